"""A quiet alarm reaches the nearest few, names what helps there, and never offers what has expired."""

import msgspec
import pytest

from watchbell.reflex import rules
from watchbell.reflex.audience import audience_of, helps_of, told_responders
from watchbell.wire.nearness import Point, way_between
from watchbell.wire.order import Endpoint
from watchbell.wire.press import PanicPressed
from watchbell.wire.snapshot import (
    SiteSnapshot,
    SnapshotAid,
    SnapshotEscalation,
    SnapshotFloor,
    SnapshotOrder,
    SnapshotPlace,
    SnapshotPlan,
    SnapshotResponder,
    SnapshotStep,
)

FLOORS = {
    "g": SnapshotFloor(id="g", name="Ground floor", building="Main", level=1, metres_per_unit=0.1),
    "u": SnapshotFloor(id="u", name="Floor 2", building="Main", level=2, metres_per_unit=0.1),
    "a": SnapshotFloor(id="a", name="Annex floor", building="Annex", level=1, metres_per_unit=0.1),
}


def _who(user, role, floor="g", x=0.0, skills=()):
    return SnapshotResponder(user=user, name=user.title(), role=role, floor=floor, x=x, y=0.0, skills=list(skills),
                             place="p", place_name=f"Room of {user}")  # fmt: skip


PEOPLE = [
    _who("ana", "nurse", x=900.0), _who("bo", "officer", x=100.0), _who("cy", "principal", floor="u", x=0.0),
    _who("di", "office", floor="a"), _who("ed", "teacher", x=50.0, skills=["cpr"]),
]  # fmt: skip
AIDS = [
    SnapshotAid(id="1", kind="aed", name="AED 1", place_name="Gym", floor="g", x=100.0, y=0.0, expires_on="2026-11-25"),
    SnapshotAid(id="2", kind="aed", name="AED 2", place_name="Lobby", floor="g", x=400.0, y=0.0,
                expires_on="2026-11-26"),
    SnapshotAid(id="3", kind="kit", name="Kit", place_name="Library", floor="u", x=0.0, y=0.0),
]  # fmt: skip
PHONES = SnapshotOrder(
    endpoint=Endpoint(id="S", name="Screens", gateway="screens", device="S"), action="tell_screens",
    params={"audience": {"roles": ["nurse", "principal", "office", "officer"], "nearest": 2}},
)  # fmt: skip
STEP = SnapshotStep(
    id="few", name="Few", orders=[PHONES],
    escalations=[SnapshotEscalation(
        after_seconds=30, waits_for=["on_my_way"],
        orders=[msgspec.structs.replace(PHONES, params={"audience": {"roles": ["nurse", "teacher"]}})],
    )],
)  # fmt: skip
PLANS = {
    kind: SnapshotPlan(id=kind, version=1, kind=kind, name=kind.title(), directive="", steps=[STEP])
    for kind in ("staff_assist", "medical", "duress")
}
SITE = SiteSnapshot(
    district="d", district_name="Cedar", site="s", site_name="Lincoln", version=1, made_at=0, valid_from=0,
    address={}, latitude=None, longitude=None, plans=PLANS, floors=FLOORS, aids=AIDS, responders=PEOPLE,
    places={"r": SnapshotPlace(id="r", name="Room 101", floor_id="g", x=0.0, y=0.0)},
)  # fmt: skip
NOW = 1_795_651_200.0  # 2026-11-26 00:00 UTC


def _press(**more):
    words = {"id": "p1", "district": "d", "site": "s", "kind": "staff_assist", "mode": "real", "device": "console/x",
             "gateway": "console", "received_at": NOW, "place": "r"}  # fmt: skip
    return PanicPressed(**{**words, **more})


FEW = ["nurse", "principal", "office", "officer"]


@pytest.mark.parametrize(
    ("wanted", "more", "users"),
    [
        ({"roles": FEW, "nearest": 1}, {}, ["bo"]),
        ({"roles": FEW, "nearest": 2}, {}, ["ana", "bo"]),  # the same floor before the one above, however near
        ({"roles": FEW, "nearest": 3}, {}, ["ana", "bo", "cy"]),  # another floor before another building
        ({"roles": FEW, "nearest": 9}, {}, ["ana", "bo", "cy", "di"]),
        ({"roles": FEW, "nearest": 1}, {"by": "bo"}, ["ana"]),  # who presses does not help themselves
        ({"roles": FEW, "nearest": 2, "each": True}, {}, ["ana", "bo", "cy", "di"]),  # the nearest of every role
        ({"roles": ["principal", "officer"], "nearest": 1, "each": True}, {}, ["bo", "cy"]),
        ({"roles": [], "skills": ["cpr"], "nearest": 1}, {}, ["ed"]),
        ({"roles": FEW, "nearest": 2}, {"place": None}, ["ana", "bo"]),  # nobody knows where: by name
    ],
)
def test_the_nearest_are_meant(wanted, more, users):
    assert audience_of(wanted, _press(**more), SITE) == {"roles": [], "users": users}


@pytest.mark.parametrize("wanted", [None, "everybody", []])
def test_without_an_audience_everybody_is_meant(wanted):
    assert audience_of(wanted, _press(), SITE) is None


def test_where_nobody_is_known_all_of_the_roles_are_meant():
    empty = msgspec.structs.replace(SITE, responders=[])
    assert audience_of({"roles": FEW, "nearest": 2}, _press(), empty) == {"roles": sorted(FEW), "users": []}
    assert audience_of({"roles": FEW}, _press(), SITE) == {"roles": sorted(FEW), "users": []}


def test_duress_is_never_told_to_whom_it_is_about():
    found = audience_of({"roles": ["officer"]}, _press(kind="duress", by="bo"), SITE)
    assert found == {"roles": ["officer"], "users": [], "not": ["bo"]}


def test_an_alert_names_those_told_and_from_where():
    told = told_responders({"roles": [], "users": ["ana", "bo"]}, _press(), SITE)
    assert [(one["user"], one["far"]) for one in told] == [("bo", "10 m"), ("ana", "90 m")]


def test_what_helps_is_in_date_and_near():
    texts = [one["text"] for one in helps_of(_press(), SITE, NOW)]
    assert texts == ["AED: Lobby, 40 m", "Kit: Library, Floor 2, about 15 m", "Trained: Ed, Room of ed, 5 m"]
    later = [one["text"] for one in helps_of(_press(), SITE, NOW + 86400)]
    assert not any("AED" in text for text in later), "what has expired is never offered"


@pytest.mark.parametrize(
    ("there", "rank", "words"),
    [
        (Point("g", 400.0, 300.0), 0, "50 m"), (Point("u", 0.0, 0.0), 1, "Floor 2, about 15 m"),
        (Point("a", 0.0, 0.0), 2, "Annex, Annex floor"), (Point(), 3, ""), (Point("g"), 0, ""),
    ],
)  # fmt: skip
def test_a_way_in_words(there, rank, words):
    way = way_between(Point("g", 0.0, 0.0), there, FLOORS)
    assert (way.rank, way.words) == (rank, words)


def test_orders_carry_whom_they_are_for_and_when_they_go_further():
    (step,) = rules.orders_for(_press(kind="medical"), SITE, NOW)
    params = step.orders[0].params
    assert params["audience"] == {"roles": [], "users": ["ana", "bo"]} and params["escalates_at"] == NOW + 30
    assert "AED: Lobby, 40 m" in params["body"] and params["helps"][0]["what"] == "aed"
    (later,) = step.escalations
    assert later.orders[0].params["audience"] == {"roles": ["nurse", "teacher"], "users": []}
    assert later.orders[0].params["waited_seconds"] == 30 and later.orders[0].params["escalates_at"] is None


def test_help_in_another_room_is_another_alarm():
    one, two = rules.alarm_of(_press()), rules.alarm_of(_press(place="q"))
    assert one != two and rules.alarm_of(_press(id="p2")) == one
    assert rules.alarm_of(_press(kind="lockdown")) == rules.alarm_of(_press(kind="lockdown", place="q"))


def test_an_all_clear_tells_police_first():
    (step,) = rules.orders_for(_press(), SITE, NOW)
    orders = [msgspec.structs.replace(step.orders[0], action=action)
              for action in ("clear_screens", "clear_dispatch", "release_door", "cancel_cap")]  # fmt: skip
    first, rest = rules.first_and_rest(orders)
    assert [one.action for one in first] == ["clear_dispatch", "cancel_cap"]
    assert [one.action for one in rest] == ["clear_screens", "release_door"]


def test_what_expires_today_counts_until_the_day_is_over_where_the_school_is():
    evening = NOW + 86400 + 3 * 3600  # 3:00 UTC on the 27th, the evening of the 26th in Chicago
    assert [one["place_name"] for one in helps_of(_press(), SITE, evening) if one["what"] == "aed"] == []
    there = msgspec.structs.replace(SITE, timezone="America/Chicago")
    assert [one["place_name"] for one in helps_of(_press(), there, evening) if one["what"] == "aed"] == ["Lobby"]
