"""Looks are allowed by the state of an incident, each leaves a trace, and none outlives what allowed it."""

from datetime import timedelta

import pytest

from watchbell.district.sites.tests.builders import build_site
from watchbell.field.video import actions, jobs, queries
from watchbell.field.video.models import Gate, Look
from watchbell.field.video.tests.builders import (
    HALL,
    INCIDENT,
    NEVER,
    OFFICE,
    PRIVATE,
    SITE,
    build_cameras,
    close_gate,
    open_gate,
)
from watchbell.kernel.models import AuditRow
from watchbell.line import clock, signing
from watchbell.line.errors import NotFound, Refused
from watchbell.line.ids import same_uuid


@pytest.fixture
def cameras(committed_db, district):
    build_cameras()


def audited(action: str) -> list[tuple[str, str, str]]:
    rows = AuditRow.objects.filter(action=action).order_by("at", "id")
    return list(rows.values_list("actor_name", "target", "why"))


def test_police_look_while_the_gate_is_open_and_are_refused_before_and_after(cameras, actor, actor_as, hints):
    police = actor_as("police")
    with pytest.raises(Refused, match="No incident that involves police is open"):
        actions.begin_look(police, HALL)
    open_gate(actor)
    look, verdict = actions.begin_look(police, HALL)
    assert verdict.is_gated and look.is_gated and look.gate.incident == INCIDENT
    claims = signing.read_ticket(queries.ticket_of(look, police))
    assert (claims["kind"], claims["camera"], claims["gate"]) == ("video", str(HALL), str(INCIDENT))
    assert claims["exp"] <= clock.unix() + 300
    close_gate(actor)
    assert f"gate:{INCIDENT}" in hints, "running looks hear of it"
    with pytest.raises(Refused):
        actions.renew_look(police, look.pk)
    with pytest.raises(Refused):
        actions.begin_look(police, HALL)
    assert Look.objects.get().ended_at is not None
    assert [row[1:] for row in audited("video.begin_look")] == [("Camera 1, Hall", "Lockdown is open at Test T1.")]
    assert len(audited("video.refuse_look")) == 2 and audited("video.refuse_look")[0][2].startswith("No incident")
    assert len(audited("video.open_gate")) == len(audited("video.close_gate")) == 1


def test_a_drill_opens_the_gate_too_and_says_that_it_is_one(cameras, actor, actor_as):
    open_gate(actor, mode="drill")
    assert actions.begin_look(actor_as("dispatcher"), HALL)[1].gate.mode == "drill"


def test_an_incident_that_calls_no_agency_opens_nothing_to_them(cameras, actor, actor_as):
    open_gate(actor, agencies=())
    with pytest.raises(Refused):
        actions.begin_look(actor_as("police"), HALL)


def test_officers_look_at_any_time_at_their_site_and_at_no_other(cameras, actor, actor_as):
    here = actor_as("officer", site_id=SITE)
    look, _ = actions.begin_look(here, HALL)
    assert look.gate is None and signing.read_ticket(queries.ticket_of(look, here))["gate"] == ""
    with pytest.raises(NotFound):
        actions.begin_look(actor_as("principal", site_id=build_site("T2", same_uuid("other"))), HALL)
    open_gate(actor)
    look, _ = actions.begin_look(here, OFFICE)
    assert look.gate is not None and not look.is_gated, "noted, but it does not end with it"
    close_gate(actor)
    assert actions.renew_look(here, look.pk).ended_at is None


@pytest.mark.parametrize("camera", [PRIVATE, NEVER])
def test_nobody_looks_where_nobody_may(cameras, actor, camera):
    with pytest.raises(Refused):
        actions.begin_look(actor, camera)


@pytest.mark.parametrize("role", ["teacher", "office", "nurse", "parent", "driver", "it"])
def test_others_never_look(cameras, actor, actor_as, role):
    open_gate(actor)
    with pytest.raises((Refused, NotFound)):
        actions.begin_look(actor_as(role), HALL)
    assert not Look.objects.exists()


def test_a_look_is_one_row_from_when_to_when(cameras, actor, actor_as):
    look, _ = actions.begin_look(actor, HALL)
    was = look.until
    clock.shift(60)
    try:
        assert actions.renew_look(actor, look.pk).until > was
        with pytest.raises(NotFound):
            actions.renew_look(actor_as("officer"), look.pk)
        actions.end_look(actor, look.pk)
        with pytest.raises(Refused, match="ended"):
            actions.renew_look(actor, look.pk)
    finally:
        clock.shift(0)
    row = Look.objects.get()
    assert row.ended_at - row.began_at >= timedelta(seconds=59) and len(audited("video.begin_look")) == 1


def test_duress_is_known_to_few(cameras, actor, actor_as):
    open_gate(actor, kind="duress", name="Duress")
    principal, police = actor_as("principal"), actor_as("police")
    assert queries.gate_of(principal, INCIDENT) is None and queries.gate_of(police, INCIDENT) is not None
    look, _ = actions.begin_look(principal, HALL)
    assert look.gate is None
    actions.begin_look(police, HALL)
    assert "Duress" not in str(audited("video.begin_look"))
    assert [row.by_name for row in queries.looks_seen_by(principal)] == [principal.name]
    open_gate(actor, kind="duress", name="Duress", pressed_by=actor.user_id)
    assert queries.gate_of(actor, INCIDENT) is None, "not on the screen of whom it is about"


def test_the_jobs_of_incidents_open_and_close_the_gate_once(cameras, actor):
    told = {"incident": str(INCIDENT), "site": str(SITE), "kind": "lockdown", "mode": "real", "name": "Lockdown",
            "place": None, "place_name": "", "agencies": ["police"], "opened_at": clock.now().isoformat()}  # fmt: skip
    jobs.open_gate(**told)
    jobs.open_gate(**{**told, "place_name": "Room 204"})
    assert Gate.objects.get().place_name == "Room 204"
    jobs.close_gate(str(INCIDENT))
    jobs.close_gate(str(INCIDENT))
    assert Gate.objects.get().closed_at is not None


def test_the_trial_ticket_shows_nothing_and_needs_the_right_to_edit(cameras, actor, actor_as):
    claims = signing.read_ticket(actions.try_camera(actor, HALL))
    assert claims["kind"] == "video-test" and "hunter2" not in str(claims)
    with pytest.raises(Refused):
        actions.try_camera(actor_as("officer"), HALL)
    assert actions.try_camera(actor_as("it"), HALL)
