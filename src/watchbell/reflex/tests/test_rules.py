"""Press and snapshot in, orders out: the same everywhere, never none for an unknown kind, no news twice."""

import msgspec
import pytest

from watchbell.reflex import rules
from watchbell.wire.order import Endpoint
from watchbell.wire.press import PanicPressed
from watchbell.wire.snapshot import (
    SiteSnapshot,
    SnapshotEscalation,
    SnapshotOrder,
    SnapshotPlace,
    SnapshotPlan,
    SnapshotStep,
)


def _to(name, action):
    return SnapshotOrder(endpoint=Endpoint(id=name, name=name, gateway="g", device=name), action=action)


STEPS = [
    SnapshotStep(id="lock", name="Lock", orders=[_to("D1", "lock_door"), _to("D2", "lock_door")]),
    SnapshotStep(id="tell", name="Tell", orders=[_to("C1", "tell_dispatch")], fallback=[_to("V1", "place_call")]),
    SnapshotStep(id="say", name="Say", orders=[_to("Z1", "start_page")]),
]
LOCKDOWN = SnapshotPlan(id="p", version=1, kind="lockdown", name="Lockdown", directive="Locks", steps=STEPS)
SITE = SiteSnapshot(
    district="d", district_name="Cedar", site="s", site_name="Lincoln", version=1, made_at=0, valid_from=0,
    address={"HNO": "1", "RD": "Main"}, latitude=None, longitude=None, plans={"lockdown": LOCKDOWN},
    places={"r": SnapshotPlace(id="r", name="Room 101", nearest_door="Door 3")},
)  # fmt: skip


def _press(**more):
    words = {"id": "p1", "district": "d", "site": "s", "kind": "lockdown", "mode": "real", "device": "siadc09/1/1",
             "gateway": "siadc09", "received_at": 9.0, "place": "r"}  # fmt: skip
    return PanicPressed(**{**words, **more})


def _orders(steps):
    return [order for step in steps for order in step.orders]


@pytest.mark.parametrize("kind", ["lockdown", "medical", "dance"])
def test_a_kind_without_a_plan_follows_the_lockdown(kind):
    assert rules.choose_plan(_press(kind=kind), SITE) is LOCKDOWN


def test_a_911_call_and_duress_lock_no_doors_where_they_have_no_plan_of_their_own():
    assert rules.choose_plan(_press(kind="call_911"), SITE) is None
    assert rules.choose_plan(_press(kind="duress"), SITE) is None


def test_a_911_call_tells_the_office_of_each_caller_and_the_centre_once():
    steps = [
        SnapshotStep(id="office", name="Office", orders=[_to("S1", "tell_screens")]),
        SnapshotStep(id="tell", name="Tell", orders=[_to("C1", "tell_dispatch")]),
    ]
    plan = msgspec.structs.replace(LOCKDOWN, kind="call_911", name="911 call", steps=steps)
    site = msgspec.structs.replace(SITE, plans={"lockdown": LOCKDOWN, "call_911": plan})
    press = _press(kind="call_911", detail={"extension": "4312", "callback": "+15735554312"})
    first, joined = _orders(rules.orders_for(press, site, 9.0)), _orders(rules.orders_for(press, site, 9.0, callers=2))
    assert [order.action for order in first] == ["tell_screens", "tell_dispatch"]
    assert [order.action for order in joined] == ["tell_screens"]
    assert first[0].params["place_name"] == "Room 101 (ext. 4312, call back +15735554312)"
    assert "call back +15735554312" in first[0].params["body"]


def test_escalations_are_counted_from_the_press_and_keep_their_ids():
    step = msgspec.structs.replace(
        STEPS[1],
        escalations=[
            SnapshotEscalation(after_seconds=30, waits_for=["dispatch_acknowledged"], orders=[_to("V1", "place_call")]),
            SnapshotEscalation(after_seconds=60, waits_for=["dispatch_acknowledged"], orders=[_to("V1", "place_call")]),
        ],
    )
    plan = msgspec.structs.replace(LOCKDOWN, steps=[step])
    site = msgspec.structs.replace(SITE, plans={"lockdown": plan})
    (first,), (again,) = rules.orders_for(_press(), site, 9.0), rules.orders_for(_press(), site, 25.0)
    assert [one.due_at for one in first.escalations] == [39.0, 69.0]
    assert [one.orders[0].id for one in first.escalations] == [one.orders[0].id for one in again.escalations]
    assert len({one.orders[0].id for one in first.escalations} | {step.orders[0].endpoint.id}) == 3
    (joined,) = rules.orders_for(_press(), site, 9.0, callers=2)
    assert joined.escalations == ()


def test_the_same_press_gives_the_same_orders_and_another_gives_others():
    first, again = _orders(rules.orders_for(_press(), SITE, 9.0)), _orders(rules.orders_for(_press(), SITE, 12.0))
    other = _orders(rules.orders_for(_press(id="p2"), SITE, 9.0))
    assert [one.id for one in first] == [one.id for one in again] and len({one.id for one in first}) == 4
    assert not {one.id for one in first} & {one.id for one in other}
    assert {(one.mode, one.expires_at) for one in first} == {("real", 69.0)}


def test_a_press_that_joins_is_news_to_dispatch_only():
    joined = rules.orders_for(_press(id="p2"), SITE, 9.0, callers=2)
    assert [one.action for one in _orders(joined)] == ["tell_dispatch"] and joined[0].fallback == []


def test_a_centre_knows_every_press_by_the_first_of_the_alarm_that_is_on():
    alarms = {rules.alarm_of(_press()): {"p1": 9.0, "p2": 11.0}, rules.alarm_of(_press(kind="hold")): {"h": 5.0},
              rules.alarm_of(_press(kind="duress")): {"d": 12.0}}  # fmt: skip
    call = _press(id="c", kind="call_911", received_at=20.0)
    assert rules.lead_of(_press(id="p2"), alarms) == "p1" == rules.lead_of(call, alarms)
    assert rules.lead_of(msgspec.structs.replace(call, mode="test"), alarms) == "c"
    assert rules.lead_of(msgspec.structs.replace(call, received_at=11.0 + rules.JOIN_SECONDS + 1), alarms) == "c"
    assert rules.lead_of(_press(id="f", kind="fire"), alarms) == "f"
    (told,) = _orders(rules.orders_for(_press(id="p2", by_name="Bo"), SITE, 9.0, callers=2, lead="p1"))
    assert told.params["alarm"] == "p1" and told.params["said"] == "Pressed in Room 101 by Bo."
    first = _orders(rules.orders_for(_press(), SITE, 9.0, lead="p1"))
    assert not any("alarm" in one.params for one in first)
    caller = _press(kind="call_911", detail={"extension": "4312", "callback": "+1 573 555 4312"})
    told = rules.params_for("tell_dispatch", caller, SITE, LOCKDOWN, 1)
    assert told["callback"] == ["tel:+15735554312"]
    assert told["said"] == "911 called from Room 101 (ext. 4312, call back +1 573 555 4312)."


def test_the_fallback_names_what_it_stands_in_for():
    tell = rules.orders_for(_press(), SITE, 9.0)[1]
    assert tell.fallback[0].fallback_of == tell.orders[0].id and tell.fallback[0].action == "place_call"


@pytest.mark.parametrize(
    ("more", "where"),
    [({}, "Room 101"), ({"place": None, "place_name": "Gate"}, "Gate"), ({"place": "x"}, "place unknown")],
)
def test_who_comes_hears_where(more, where):
    said = rules.params_for("place_call", _press(**more), SITE, LOCKDOWN, 1)["say"]
    told = rules.params_for("tell_dispatch", _press(**more), SITE, LOCKDOWN, 1)
    assert said.endswith(f"from {where}.") and told["place"]["name"] == where


@pytest.mark.parametrize(
    ("mode", "begins"), [("real", "Lockdown at"), ("drill", "This is a drill"), ("test", "This is a test")]
)
def test_a_drill_says_so_first(mode, begins):
    assert rules.spoken_summary(_press(mode=mode), SITE, LOCKDOWN, "x").startswith(begins)
    assert rules.params_for("start_page", _press(mode=mode), SITE, LOCKDOWN, 1)["is_drill"] is (mode != "real")


def test_a_next_attempt_is_the_same_order_and_waiting_grows_to_five_seconds():
    (first, *_) = _orders(rules.orders_for(_press(), SITE, 9.0))
    again = rules.next_attempt(first, 10.0)
    assert (again.id, again.attempt, again.signature) == (first.id, 2, "")
    waits = [rules.patience(attempt) for attempt in range(1, 9)]
    assert waits[0] == 1.0 and waits == sorted(waits) and waits[-1] == 5.0


def test_a_drill_s_escalations_ask_nobody_outside_but_a_test_endpoint():
    desk = SnapshotOrder(endpoint=Endpoint(id="T", name="Desk", gateway="eido", device="t", test=True),
                         action="tell_dispatch")  # fmt: skip
    orders = {30: [_to("V", "place_call")], 60: [_to("C2", "tell_dispatch"), desk, _to("S", "tell_screens")]}
    follows = [
        SnapshotEscalation(after_seconds=seconds, waits_for=["dispatch_acknowledged"], orders=asked)
        for seconds, asked in orders.items()
    ]
    step = msgspec.structs.replace(STEPS[1], escalations=follows)
    plan = msgspec.structs.replace(LOCKDOWN, steps=[step])
    site = msgspec.structs.replace(SITE, plans={"lockdown": plan})
    (drill,), (real,) = rules.orders_for(_press(mode="drill"), site, 9.0), rules.orders_for(_press(), site, 9.0)
    assert [[o.endpoint.id for o in later.orders] for later in drill.escalations] == [["T", "S"]]
    assert len(real.escalations) == 2 and len(real.escalations[1].orders) == 3


def test_a_centre_gets_the_link_a_call_says_the_code_once_and_doors_get_neither():
    tell, call, lock = (rules.orders_for(_press(), SITE, 9.0)[n] for n in (1, 1, 0))
    told = rules.with_pass(tell.orders[0], "https://w/d/x", "1 2 3", "w")
    said = rules.with_pass(call.fallback[0], "https://w/d/x", "1 2 3", "watchbell.example.org")
    assert told.params["link"] == "https://w/d/x" and "link" not in said.params
    assert said.params["say"].endswith("Details on the web at watchbell.example.org, slash D, code 1 2 3.")
    assert rules.with_pass(said, "", "9 9 9", "w") == said, "said once, however often it is asked"
    assert rules.with_pass(lock.orders[0], "l", "c", "w") == lock.orders[0]


def test_what_a_school_s_machine_does_is_told_from_the_rest_and_known_again_under_another_press():
    steps = rules.orders_for(_press(), SITE, 9.0)
    none, all_ = rules.by_gateways(steps, frozenset())
    assert _orders(none) == [] and _orders(all_) == _orders(steps)
    assert _orders(rules.by_gateways(steps, frozenset({"g"}))[0]) == _orders(steps)
    order = _orders(steps)[0]
    other = _orders(rules.orders_for(_press(id="p2"), SITE, 9.0))[0]
    assert rules.same_of(order, ["p1", "p2"]) == [order.id, other.id]
    left = rules.only(steps, lambda one: one.id not in rules.same_of(order, ["p1"]))
    assert _orders(left) == _orders(steps)[1:]
