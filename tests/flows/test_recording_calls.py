"""A message recorded by telephone on a whole installation: asked, called, spoken, kept; also killed on its way."""

from typing import Any

import pytest

from tests.flows.installation import Installation

pytestmark = pytest.mark.long  # a call lasts as long as somebody speaks


def ask(installation: Installation, number: str, role: str = "director") -> str:
    asked = {"number": number, "name": f"Early dismissal {number[-4:]}", "about": "message “Early dismissal”"}
    made = installation.call("POST", "/recording-calls", asked, role=role)
    assert made["state"] == "asked", made
    return str(made["id"])


def wait_for(installation: Installation, call: str, *states: str, role: str = "director", seconds: float = 30) -> Any:
    def is_so() -> Any:
        found = installation.call("GET", f"/recording-calls/{call}", role=role)
        return found["state"] in states and found

    return installation.wait_until(is_so, seconds, f"the call is {' or '.join(states)}")


def calls_to(installation: Installation, number: str) -> list[dict[str, Any]]:
    return [one for one in installation.outside("voice") if one["to"] == number]


def test_an_author_is_called_once_and_what_was_spoken_is_kept(installation: Installation) -> None:
    number = "+12125550100"
    call = ask(installation, number)
    wait_for(installation, call, "answered", "heard", "recorded", seconds=90)  # gateways may be starting still
    found = wait_for(installation, call, "recorded")
    assert found["is_kept"] and 5 < found["seconds"] < 15 and found["recording"]
    taken = installation.wait_until(lambda: calls_to(installation, number), 10, "the carrier has said how it ended")
    assert [one["body"]["ended"] for one in taken] == ["completed"], "once, by whichever carrier was well"
    refused = installation.call("POST", "/recording-calls", {"number": "+19005550100", "name": "Costly"})
    assert refused["status"] == 403 and "ordinary" in refused["title"] + str(refused.get("detail")), refused


@pytest.mark.parametrize("victim", ["worker/slow", "gateway/voicecall"])
def test_killed_in_mid_call_nothing_is_lost_and_nobody_called_twice(installation: Installation, victim: str) -> None:
    number = {"worker/slow": "+12125550200", "gateway/voicecall": "+12125550300"}[victim]
    call = ask(installation, number, role="principal")
    wait_for(installation, call, "answered", role="principal")
    installation.kill(victim)
    found = wait_for(installation, call, "recorded", role="principal", seconds=90)
    assert found["recording"] and len(calls_to(installation, number)) == 1
