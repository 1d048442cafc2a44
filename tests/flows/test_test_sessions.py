"""A test session from proposal to end: its button tests, every other is real, and the end makes it real again."""

from tests.flows.installation import Installation


def _button(district: Installation, zone: str) -> str:
    return str(next(z["endpoint"] for z in district.played()["panels"][0]["zones"] if z["zone"] == zone))


def _open(district: Installation, button: str, minutes: int = 5) -> str:
    site = district.played()["panels"][0]["site"]
    body = {"site": site, "devices": [button], "minutes": minutes, "why": "Monthly test"}
    session = str(district.call("POST", "/test-sessions", body)["id"])
    assert district.call("POST", f"/test-sessions/{session}/confirm", {})["status"] == 403, "one person is not enough"
    assert district.call("POST", f"/test-sessions/{session}/confirm", {}, role="it") == {"state": "open"}
    return session


def _state(district: Installation, session: str, button: str) -> str:
    """What a press of the button is now, as the page and the API say."""
    return str(district.call("GET", f"/test-sessions/{session}")["states"][button])


def _wait(district: Installation, session: str, button: str, state: str) -> None:
    district.wait_until(lambda: _state(district, session, button) == state, 30, f"the gateway says {state}")


def _pressed_mode(district: Installation, zone: str) -> str:
    """Presses, and says in which mode the alarm was raised; clears it again."""
    before = {one["id"] for one in district.incidents()}
    assert district.press(zone).answer == "ACK"
    new = district.wait_until(
        lambda: [one for one in district.incidents() if one["id"] not in before], 20, "the press is an incident"
    )
    district.settled(new[0]["id"])
    district.clear_all()
    return str(new[0]["mode"])


def test_a_button_in_a_session_tests_and_police_are_not_told_and_after_it_is_real(district: Installation) -> None:
    told = district.mark("eido")
    button = _button(district, "001")
    session = _open(district, button)
    _wait(district, session, button, "tested")
    assert _pressed_mode(district, "001") == "test"
    assert not district.outside("eido", told), "a test got out"
    assert _pressed_mode(district, "002") == "real", "another button is real"
    told = district.mark("eido")
    assert district.call("POST", f"/test-sessions/{session}/end", {}) == {"state": "ended"}
    _wait(district, session, button, "real")
    assert _pressed_mode(district, "001") == "real"
    assert district.outside("eido", told)


def test_what_a_gateway_has_not_taken_over_is_told_as_it_is(district: Installation) -> None:
    """While it stands still a session is not in force, and an end is not an end: nobody is to rely on either."""
    button = _button(district, "001")
    with district.held("gateway/siadc09"):
        session = _open(district, button)
        district.wait_until(lambda: district.told()["gateway/siadc09"]["state"] != "ok", 20, "the gateway stands still")
        assert _state(district, session, button) == "awaited"
    _wait(district, session, button, "tested")
    with district.held("gateway/siadc09"):
        district.call("POST", f"/test-sessions/{session}/end", {})
        assert _state(district, session, button) == "held"
    _wait(district, session, button, "real")
    assert _pressed_mode(district, "001") == "real"
