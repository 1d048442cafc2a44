"""What becomes of a press, kept from the bus alone: who confirmed, who comes, whether police have acknowledged."""

import msgspec
import pytest

from watchbell.project.alerts import still_on, widened
from watchbell.project.live import Client
from watchbell.project.progress import Progress
from watchbell.wire.order import Acknowledged, Endpoint, Order
from watchbell.wire.press import PanicPressed


def press(id_="p1", **more):
    words = {"id": id_, "district": "d", "site": "s", "kind": "staff_assist", "mode": "real", "device": "console/u",
             "gateway": "console", "received_at": 10.0, "place": "r", "by": "u"}  # fmt: skip
    return PanicPressed(**{**words, **more})


def told(what, by="n", at=11.0, press_id="p1", **detail):
    return Acknowledged(id=f"{what}{by}{at}", district="d", site="s", press=press_id, order="o", what=what, at=at,
                        by=by, by_name=by.upper(), detail=detail)  # fmt: skip


def test_an_alarm_gathers_its_presses_and_answers():
    progress = Progress()
    alarm = progress.take_press(press())
    assert (
        progress.take_press(press("p2", by="v")) is alarm and progress.take_press(press("p3", place="q")) is not alarm
    )
    assert progress.take_press(press("l1", kind="lockdown")) is progress.take_press(
        press("l2", kind="lockdown", place="q")
    )
    for one in (told("screen_confirmed", "a"), told("on_my_way", role="nurse"), told("cannot_come", "c"),
                told("arrived", at=40.0), told("dispatch_acknowledged", "psap")):  # fmt: skip
        assert progress.take_answer(one) is alarm
    found = alarm.as_dict()
    assert found["confirmed"] == 3 and found["cannot"] == 1 and found["police"]["by_name"] == "PSAP"
    assert [(one["user"], one["what"], one["since"]) for one in found["coming"]] == [("n", "arrived", 11.0)]


def test_what_changes_nothing_is_not_told():
    progress = Progress()
    progress.take_press(press())
    assert progress.take_answer(told("on_my_way", press_id="unknown")) is None
    progress.take_answer(told("arrived", at=40.0))
    assert progress.take_answer(told("on_my_way", at=20.0)) is None, "an older word changes nothing"
    assert progress.take_answer(told("dispatch_status")) is None


def test_what_has_been_brought_is_known_and_can_be_taken_back():
    progress = Progress()
    alarm = progress.take_press(press())
    assert progress.take_answer(told("aed_here", "n", 20.0)) is alarm
    assert progress.take_answer(told("aed_here", "m", 21.0)) is None, "the first who said so stays"
    assert alarm.as_dict()["aids"] == {"aed": {"is_here": True, "at": 20.0, "by": "n", "by_name": "N"}}
    assert progress.take_answer(told("aed_not_here", "m", 19.0)) is None, "an older word changes nothing"
    assert progress.take_answer(told("aed_not_here", "m", 30.0)) is alarm and not alarm.as_dict()["aids"]
    assert progress.take_answer(told("kit_here", "m", 31.0)) is alarm and set(alarm.as_dict()["aids"]) == {"kit"}
    assert progress.is_arrival("d", "p1", "n", "aed_here") and progress.is_arrival("d", "unknown", "n", "aed_here")
    assert not progress.is_arrival("d", "p1", "n", "aed_not_here")
    progress.take_answer(told("arrived", at=40.0))
    assert not progress.is_arrival("d", "p1", "n", "aed_here")


def test_an_alarm_that_is_over_is_forgotten():
    progress = Progress()
    first = progress.take_press(press())
    progress.end("d", "p1")
    assert progress.take_press(press("p9")) is not first
    progress.take_press(press("late", place="z", received_at=10.0 + 7 * 3600))
    assert ("d", "p9") not in progress.by_press


@pytest.mark.parametrize(
    ("audience", "user", "role", "is_meant"),
    [
        (None, "t", "teacher", True),
        ({"roles": ["nurse"], "users": []}, "n", "nurse", True),
        ({"roles": ["nurse"], "users": []}, "t", "teacher", False),
        ({"roles": [], "users": ["t"]}, "t", "teacher", True),
        ({"roles": ["officer"], "users": [], "not": ["o"]}, "o", "officer", False),
        ({"roles": ["officer"], "users": [], "not": ["t"]}, "o", "officer", True),
    ],
)
def test_an_alert_is_shown_to_those_meant(audience, user, role, is_meant):
    rights = {"incidents.view": None}
    client = Client({"user": user, "district": "d", "rights": rights, "roles": [[role, None]]}, frozenset())
    assert client.is_meant({"site": "s", "audience": audience}) is is_meant


def test_a_wider_order_keeps_hidden_who_was_hidden():
    before = {"audience": {"roles": [], "users": ["a"], "not": ["x"]}}
    after = widened(before, {"audience": {"roles": ["nurse"], "users": []}})
    assert after == {"roles": ["nurse"], "users": ["a"], "not": ["x"]}


def screens(press_id, action="tell_screens", kind="staff_assist", at=1.0):
    place = Endpoint(id="e", name="Screens", gateway="screens", device="e")
    return Order(
        id=press_id + action, attempt=1, press=press_id, district="d", site="s", step="t", action=action,
        endpoint=place, mode="real", made_at=at, expires_at=at + 60, deadline_seconds=5.0, kind=kind,
    )  # fmt: skip


def test_of_two_calls_for_help_the_one_not_taken_back_stays():
    past = [screens("p1"), screens("p2"), screens("p1", "clear_screens", at=2.0)]
    assert [(one.press, one.action) for one in still_on(past)] == [("p1", "clear_screens"), ("p2", "tell_screens")]


def test_the_end_of_an_alarm_takes_all_its_presses_off_and_no_other_alarm_s():
    """A real lockdown has ended a drill: the drill's reset must not take the real alert off any screen."""
    loud = [screens(press, kind="lockdown") for press in ("drill", "drill2", "real")]
    over = msgspec.structs.replace(
        screens("drill", "clear_screens", "lockdown", at=2.0), params={"presses": ["drill", "drill2"]}
    )
    assert [(one.press, one.action) for one in still_on([*loud, over])] == [
        ("drill", "clear_screens"), ("real", "tell_screens"),
    ]  # fmt: skip
