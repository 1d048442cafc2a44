"""Taken back by PIN, police first; a duress PIN reads the same everywhere but for the few; who comes; the rate."""

from datetime import timedelta
from uuid import UUID

import pytest

from watchbell.district.accounts.queries import audit_rows
from watchbell.district.sites.tests.builders import SITE, build_site, room_of
from watchbell.kernel import journal
from watchbell.kernel.bus_thread import bus_thread
from watchbell.kernel.models import AuditRow
from watchbell.kernel.permissions import system_actor
from watchbell.line import clock
from watchbell.line.errors import Conflict, NotFound, Refused
from watchbell.response.incidents import actions, queries, rules
from watchbell.response.incidents.facts import Answered, Outcome
from watchbell.response.incidents.models import Incident, TimelineEntry
from watchbell.response.incidents.tests.builders import build_incident, order, raised, receipt
from watchbell.response.plans.actions import write_plan
from watchbell.response.plans.tests.builders import CENTRE, build_endpoints
from watchbell.wire.order import Acknowledged
from watchbell.wire.press import OrdersAsked, PanicPressed

NOW = clock.moment(1_795_651_200.0)
ME, OTHER = UUID(int=7), UUID(int=8)
STEPS = [{"name": "Few", "action": "tell_dispatch", "params": {"audience": {"roles": ["nurse"], "nearest": 2}},
          "escalations": [{"after_seconds": 30, "action": "tell_dispatch", "waits_for": ["on_my_way"]}]}]  # fmt: skip


@pytest.fixture
def sent(monkeypatch):
    found = []
    monkeypatch.setattr(bus_thread, "keep", lambda subject, message, key: found.append(message) or True)
    return found


@pytest.fixture
def teacher(actor_as):
    return actor_as("teacher")


def assist(actor, teacher, sent, press="a1", place=None, kind="staff_assist"):
    """A staff assist the teacher has pressed, with one order carried out."""
    if not Incident.objects.exists():
        build_endpoints()
        for one in ("staff_assist", "medical"):
            write_plan(actor, SITE, one, STEPS, cancel_seconds=120)
    found = actions.open_or_join(
        system_actor(actor.district),
        raised(press, kind=kind, device=f"console/{teacher.user_id}", by=str(teacher.user_id), by_name=teacher.name,
               place=str(place or room_of())),
    )  # fmt: skip
    asked = order(CENTRE, "tell_dispatch", press)
    actions.take_orders([asked])
    actions.take_receipts([receipt(asked)])
    return found


@pytest.mark.parametrize(
    ("kind", "state", "seconds", "is_own", "is_leader", "after", "refused"),
    [
        ("staff_assist", "open", 120, True, False, 119, ""), ("medical", "open", 60, False, True, 5, ""),
        ("staff_assist", "open", 120, True, False, 121, "too late"),
        ("staff_assist", "open", 120, False, False, 5, "Only whoever"),
        ("staff_assist", "clearing", 120, True, True, 5, "over already"),
        ("staff_assist", "open", 0, True, True, 5, "never"), ("lockdown", "open", 120, True, True, 5, "never"),
        ("duress", "open", 120, True, True, 5, "never"),
    ],
)  # fmt: skip
def test_what_a_pin_takes_back(kind, state, seconds, is_own, is_leader, after, refused):
    found = rules.judge_cancel(kind, state, NOW, seconds, is_own, is_leader, NOW + timedelta(seconds=after))
    assert (refused in found) if refused else found == ""


def test_a_plan_that_is_no_everyday_alarm_is_never_taken_back(committed_db, actor):
    build_site()
    with pytest.raises(Refused, match="all-clear"):
        write_plan(actor, SITE, "lockdown", STEPS, cancel_seconds=60)
    with pytest.raises(Refused, match="at most"):
        write_plan(actor, SITE, "medical", STEPS, cancel_seconds=6000)


def test_a_cancel_asks_every_reset_and_says_so(committed_db, actor, teacher, sent):
    incident = assist(actor, teacher, sent)
    actions.cancel_incident(teacher, incident, "cancel")
    row = Incident.objects.get()
    assert row.state == "clearing" and row.outcome == "unintended" and row.cancelled_at is not None
    (asked,) = [one for one in sent if isinstance(one, OrdersAsked)]
    assert asked.because == "cancelled" and [one.action for one in asked.orders] == ["clear_dispatch"]
    assert TimelineEntry.objects.filter(what=f"Cancelled by {teacher.name} as pressed by mistake").count() == 1
    actions.take_receipts([receipt(asked.orders[0])])
    actions.finish_if_over(system_actor(actor.district), incident)
    assert Incident.objects.get().state == "closed"
    with pytest.raises(Conflict):
        actions.cancel_incident(teacher, incident, "cancel")


def test_a_lockdown_is_not_cancelled_and_nobody_else_takes_back(committed_db, actor, teacher, sent, actor_as):
    lockdown = build_incident(actor, by=str(teacher.user_id))
    with pytest.raises(Refused, match="all-clear"):
        actions.cancel_incident(actor, lockdown, "cancel")
    assert Incident.objects.get().state == "open"
    mine = assist(actor, teacher, sent, "a2", kind="staff_assist")
    write_plan(actor, SITE, "staff_assist", STEPS, cancel_seconds=120)
    with pytest.raises((Refused, NotFound)):
        actions.cancel_incident(actor_as("nurse"), mine, "cancel")


@pytest.mark.parametrize("other", ["call_911", "staff_assist"])
def test_what_another_has_raised_too_is_no_mistake_of_the_first(committed_db, actor, teacher, sent, actor_as, other):
    incident = assist(actor, teacher, sent)
    by = actor_as("office")
    also = {"device": "pbx/4312", "by": None} if other == "call_911" else {"by": str(by.user_id), "by_name": by.name}
    joined = actions.open_or_join(system_actor(actor.district), raised("b1", kind=other, place=str(room_of()), **also))
    assert joined == incident
    for one, said in ((teacher, "cancel"), (teacher, "duress"), (actor, "cancel")):
        with pytest.raises(Refused, match="Somebody else has raised this alarm, too"):
            actions.cancel_incident(one, incident, said)
    found = Incident.objects.get(pk=incident)
    assert found.state == "open" and found.cancelled_at is None and not found.outcome


def test_duress_reads_like_a_cancel_and_raises_a_silent_alarm(committed_db, actor, teacher, sent, actor_as):
    seen = {}
    for press, said in (("a1", "cancel"), ("a2", "duress")):
        incident = assist(actor, teacher, sent, press)
        sent.clear()
        actions.cancel_incident(teacher, incident, said)
        journal.sweep()
        row = Incident.objects.select_related("site").get(id=incident)
        told = [one for one in sent if isinstance(one, OrdersAsked)]
        actions.take_receipts([receipt(told[0].orders[0])])
        actions.finish_if_over(system_actor(actor.district), incident)
        raised_now = [one for one in sent if isinstance(one, PanicPressed)]
        seen[said] = (queries.incident_in_full(teacher, incident), len(told), len(raised_now), row, raised_now)
    plain, forced = seen["cancel"], seen["duress"]
    assert (plain[2], forced[2]) == (0, 1) and plain[1] == forced[1] == 1
    assert without_ids(plain[0]) == without_ids(forced[0]), "what the person sees is the same but for ids and times"
    (press,) = forced[4]
    assert press.kind == "duress" and press.by == str(teacher.user_id)
    silent = actions.open_or_join(
        system_actor(actor.district),
        raised(press.id, kind="duress", by=press.by, by_name=press.by_name, device=press.device),
    )
    assert without_ids(queries.incident_in_full(teacher, forced[3].id)) == without_ids(plain[0])
    assert "duress" not in str(queries.incident_in_full(actor_as("principal"), forced[3].id))
    full = queries.incident_in_full(actor, forced[3].id)
    assert full["state"] == "open" and full["duress"]["id"] == str(silent), "on for the few"
    for who in (teacher, actor_as("principal"), actor_as("nurse"), actor_as("office")):
        assert silent not in {one.id for one in queries.incidents_seen_by(who)}
        with pytest.raises(NotFound):
            queries.incident_seen_by(who, silent)
    for who in (actor, actor_as("officer"), actor_as("police")):
        assert queries.incident_seen_by(who, silent).kind == "duress"
    assert not queries.incidents_on_wall([SITE])
    said_by = {row.action for row in AuditRow.objects.all()}
    assert "incidents.look_after_cancel" in said_by and not any("duress" in action for action in said_by)
    principal = actor_as("principal")
    assert not [row for row in audit_rows(principal) if "uress" in row.target + row.action]


def without_ids(found):
    """The API's form without what differs between any two incidents."""
    text = {key: found[key] for key in ("kind", "mode", "state", "name", "site", "outcome", "coming")}
    text["receipts"] = [(r["action"], r["state"], r["is_reset"], r["because"]) for r in found["receipts"]]
    text["timeline"] = [(t["what"], t["by"], t["because"]) for t in found["timeline"]]
    return text | {"keys": sorted(found)}


def test_an_officer_forced_to_cancel_sees_no_duress(committed_db, actor, actor_as, sent):
    officer = actor_as("officer")
    incident = assist(actor, officer, sent)
    actions.cancel_incident(officer, incident, "duress")
    journal.sweep()
    (press,) = [one for one in sent if isinstance(one, PanicPressed)]
    silent = actions.open_or_join(
        system_actor(actor.district), raised(press.id, kind="duress", by=press.by, device=press.device)
    )
    with pytest.raises(NotFound):
        queries.incident_seen_by(officer, silent)
    assert "duress" not in queries.incident_in_full(officer, incident)


def test_duress_is_raised_also_where_the_cancel_is_refused(committed_db, actor, teacher, sent):
    lockdown = build_incident(actor, by=str(teacher.user_id))
    sent.clear()
    with pytest.raises(Refused):
        actions.cancel_incident(teacher, lockdown, "duress")
    journal.sweep()
    assert [one.kind for one in sent if isinstance(one, PanicPressed)] == ["duress"]


def test_help_in_two_rooms_is_two_incidents(committed_db, actor, teacher, sent):
    one = assist(actor, teacher, sent, "a1")
    again = assist(actor, teacher, sent, "a2")
    assert one == again
    elsewhere = actions.open_or_join(
        system_actor(actor.district), raised("a3", kind="staff_assist", place=None, place_name="Gate")
    )
    assert elsewhere != one


def answer(what, by="u1", at=0.0, role="nurse", place="Nurse"):
    return Answered(by, by.upper(), role, what, place, NOW + timedelta(seconds=at))


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        ([], []),
        ([answer("on_my_way", at=3)], [("u1", "on_my_way", 3, None)]),
        ([answer("on_my_way", at=3), answer("arrived", at=60)], [("u1", "arrived", 3, 60)]),
        ([answer("on_my_way", at=3), answer("cannot_come", at=9)], [("u1", "cannot_come", 9, None)]),
        ([answer("cannot_come", at=3), answer("on_my_way", at=9)], [("u1", "on_my_way", 9, None)]),
        ([answer("cannot_come", at=1), answer("on_my_way", "u2", 5), answer("arrived", "u3", 9)],
         [("u3", "arrived", 9, 9), ("u2", "on_my_way", 5, None), ("u1", "cannot_come", 1, None)]),
        ([answer("screen_confirmed", at=1)], []),
    ],
)  # fmt: skip
def test_each_persons_newest_answer_counts(answers, found):
    def seconds(at):
        return None if at is None else (at - NOW).total_seconds()

    told = rules.helpers_of(reversed(answers))
    assert [(one.user, one.what, seconds(one.since), seconds(one.arrived_at)) for one in told] == found


@pytest.mark.parametrize(
    ("has_answer", "after", "further", "went"),
    [(False, 10, 30, None), (False, 31, 60, 30), (False, 99, None, 60), (True, 10, None, None)],
)
def test_a_countdown_runs_until_somebody_comes(has_answer, after, further, went):
    found = rules.next_escalation(NOW, [60, 30], has_answer, NOW + timedelta(seconds=after))
    assert [None if at is None else (at - NOW).total_seconds() for at in found] == [further, went]


def test_who_comes_is_told_and_counted(committed_db, actor, teacher, sent, district):
    incident = assist(actor, teacher, sent)
    told = Acknowledged(
        id="x", district=str(district.id), site=str(SITE), press="a1", order="o", what="on_my_way", at=clock.unix(),
        by="u1", by_name="Ana Ruiz", detail={"role": "nurse", "place_name": "Room 7"},
    )  # fmt: skip
    actions.take_acknowledgements([told, told])
    line = TimelineEntry.objects.get(what="Nurse Ana Ruiz is on the way")
    assert line.because == "From Room 7."
    shown = queries.help_shown(actor, Incident.objects.get(id=incident))
    assert [one.name for one in shown["helpers"]] == ["Ana Ruiz"] and shown["escalates_at"] is None


def test_the_rate_counts_what_nobody_had_meant():
    said = ["unintended", "real", "precaution", ""]
    found = [Outcome("2026-11", "Lincoln", "Badge", one) for one in said]
    (rate,) = rules.rates_by(found, "")
    assert (rate.closed, rate.unintended, rate.unsaid, rate.percent, rate.is_good) == (4, 1, 1, 33.3, False)
    assert [one.name for one in rules.rates_by(found, "device")] == ["Badge"] and rules.rates_by([], "month") == []
    assert rules.device_kind("console/x") == "Phone or desktop" and rules.device_kind("new/1") == "Other device"


def test_an_outcome_is_said_by_who_may_and_corrected(committed_db, actor, teacher, sent):
    incident = build_incident(actor)
    with pytest.raises(Conflict):
        actions.set_outcome(actor, incident, "real")
    actions.give_all_clear(actor, incident)
    with pytest.raises(Refused):
        actions.set_outcome(teacher, incident, "real")
    with pytest.raises(Refused):
        actions.set_outcome(actor, incident, "dance")
    actions.set_outcome(actor, incident, "real")
    actions.set_outcome(actor, incident, "precaution")
    row = Incident.objects.get()
    assert (row.outcome, row.outcome_by) == ("precaution", actor.name)
    assert TimelineEntry.objects.filter(what__startswith="Outcome:").count() == 2
