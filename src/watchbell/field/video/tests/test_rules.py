"""Who may look: by role, by site, by the state of an incident; and where nobody may."""

from uuid import UUID

import pytest

from watchbell.field.video.facts import CameraFacts, GateFacts
from watchbell.field.video.rules import is_private, judge_look
from watchbell.line.clock import moment

HERE, THERE = UUID(int=1), UUID(int=2)


def camera(place: str = "Hall A", kind: str = "hall", name: str = "Camera 1", **settings: object) -> CameraFacts:
    return CameraFacts(
        id=UUID(int=9), name=name, site=HERE, site_name="Lincoln", place=None, place_name=place, place_kind=kind,
        floor="", x=None, y=None, state="online", state_because="", heard_at=None, settings=settings,
    )  # fmt: skip


def gate(
    site: UUID = HERE, mode: str = "real", closed: bool = False, agencies: tuple[str, ...] = ("police",)
) -> GateFacts:
    return GateFacts(
        id=UUID(int=5), incident=UUID(int=6), site=site, kind="lockdown", mode=mode, name="Lockdown", place=None,
        place_name="", agencies=agencies, opened_at=moment(0), closed_at=moment(1) if closed else None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("place", "kind", "name"),
    [
        ("Restrooms north", "restroom", "Camera 1"), ("Nurse", "health", "Camera 1"),
        ("Girls' locker room", "room", "x"),
        ("Changing Room 2", "other", "x"), ("Hall A", "hall", "Camera 8, restroom door"),
        ("Nurse’s office", "office", "x"),
    ],
)  # fmt: skip
def test_private_rooms_are_for_nobody(place: str, kind: str, name: str) -> None:
    shot = camera(place, kind, name)
    assert is_private(shot)
    verdict = judge_look(shot, ("director",), at_any_time=True, may_ask=True, gates=[gate()])
    assert not verdict.is_allowed and "private" in verdict.because


def test_an_ordinary_room_is_not_private() -> None:
    assert not any(is_private(camera(place)) for place in ("Hall A", "Nursery rhyme wall", "Locker bay", "Room 12"))


def test_a_camera_set_never_to_be_looked_at_is_for_nobody() -> None:
    verdict = judge_look(camera(is_live=False), ("director",), at_any_time=True, may_ask=True, gates=[])
    assert not verdict.is_allowed and "never" in verdict.because


@pytest.mark.parametrize(
    ("role", "may_ask", "gates", "allowed"),
    [
        ("police", True, [gate()], True), ("police", True, [gate(mode="drill")], True),
        ("police", True, [], False), ("police", True, [gate(closed=True)], False),
        ("police", True, [gate(site=THERE)], False), ("police", True, [gate(agencies=())], False),
        ("police", True, [gate(agencies=("dispatcher",))], False), ("dispatcher", True, [gate()], False),
        ("dispatcher", True, [gate(agencies=("dispatcher", "police"))], True), ("police", False, [gate()], False),
        ("teacher", True, [gate()], False), ("it", True, [gate()], False),
    ],
)  # fmt: skip
def test_agencies_look_while_an_incident_that_involves_them_is_open_there(
    role: str, may_ask: bool, gates: list[GateFacts], allowed: bool
) -> None:
    verdict = judge_look(camera(), (role,), at_any_time=False, may_ask=may_ask, gates=gates)
    assert (verdict.is_allowed, verdict.is_gated) == (allowed, allowed) and verdict.because
    assert (verdict.gate is not None) == allowed


def test_of_several_roles_at_a_site_the_agencys_counts() -> None:
    verdict = judge_look(camera(), ("teacher", "police"), at_any_time=False, may_ask=True, gates=[gate()])
    assert verdict.is_allowed and verdict.is_gated


def test_who_may_look_at_any_time_is_not_shut_out_when_an_incident_closes() -> None:
    verdict = judge_look(camera(), ("officer",), at_any_time=True, may_ask=True, gates=[gate()])
    assert verdict.is_allowed and verdict.gate is not None and not verdict.is_gated
    assert judge_look(camera(), ("officer",), at_any_time=True, may_ask=True, gates=[]).is_allowed
