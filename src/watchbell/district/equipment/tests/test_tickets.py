"""A fault becomes one ticket: opened by itself or reported, proved mended or closed by a second, told when late."""

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image

from watchbell.district.accounts.actions import add_user, keep_subscription
from watchbell.district.accounts.models import User
from watchbell.district.equipment import actions, jobs, queries
from watchbell.district.equipment.facts import SelfTest
from watchbell.district.equipment.models import Equipment, Ticket, TicketNote, TicketPhoto
from watchbell.district.equipment.rules import judge_look
from watchbell.district.people.models import Person
from watchbell.district.sites.tests.builders import SITE, build_site, room_of
from watchbell.kernel import journal
from watchbell.kernel.bus_thread import bus_thread
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.jobs import waiting
from watchbell.kernel.models import AuditRow
from watchbell.line import clock
from watchbell.line.errors import Conflict, NotFound, Refused


@pytest.fixture
def moved():
    yield clock.shift
    clock.shift(0)


@pytest.fixture
def look(district):
    return lambda: jobs.look_for_tickets(district.id, clock.now())


@pytest.fixture
def second(actor):
    return replace(actor, user_id=uuid4(), name="Sam Second")


def things(count, kind="controlled_door", **more):
    row = {"kind": kind, "site_id": SITE, "gateway": "osdp", "state": "online", "heard_at": clock.now()}
    actions.load_equipment([{**row, "name": f"{kind} {n}", "device": f"{kind}-{n}", **more} for n in range(count)])


def fail(state="silent", **which):
    with recorded_batch("a test's fault"):
        Equipment.objects.filter(**which).update(state=state, state_because="not heard since 10:48:12")


def photo(colour="red"):
    out, noted = io.BytesIO(), Image.Exif()
    noted[0x010F] = "A camera's maker"
    Image.new("RGB", (40, 30), colour).save(out, "JPEG", exif=noted)
    return out.getvalue()


def notes():
    return list(TicketNote.objects.values_list("what", flat=True))


def test_a_fault_that_stays_opens_one_ticket_and_its_end_closes_it(district, look, moved):
    build_site()
    things(2, place_id=room_of(SITE))
    fail(name="controlled_door 0")
    look()
    moved(290)
    look()
    assert not Ticket.objects.exists(), "a flapping link opens none"
    moved(301)
    look()
    look()
    row = Ticket.objects.get()
    assert (row.number, row.state, row.severity, row.title) == (1, "open", "life_safety", "controlled_door 0 is silent")
    assert row.place_id == room_of(SITE) and row.due_at - row.opened_at == timedelta(hours=24)
    assert AuditRow.objects.get(action="tickets.open").details["opened"] == [1]
    fail("unknown", name="controlled_door 0")
    look()
    assert Ticket.objects.get().state == "open", "the unknown proves nothing"
    fail("online", name="controlled_door 0")
    look()
    row = Ticket.objects.get()
    assert (row.state, row.closed_because) == ("closed", "It is back online.") and notes() == ["opened", "closed"]
    assert Equipment.objects.filter(failing_since__isnull=False).count() == 0


def test_what_recurs_within_a_day_opens_its_old_ticket_again_and_later_a_new_one(district, look, moved):
    build_site()
    things(1)

    def come_and_go(at):
        for state, seconds in (("trouble", 0), ("trouble", 310), ("online", 320)):
            moved(at + seconds)
            fail(state)
            look()

    come_and_go(0)
    come_and_go(3600)
    assert list(Ticket.objects.values_list("number", "times", "state")) == [(1, 2, "closed")]
    come_and_go(3 * 86400)
    assert list(Ticket.objects.order_by("number").values_list("number", "times")) == [(1, 2), (2, 1)]


def test_a_thousand_at_once_are_one_ticket_a_site_and_few_statements(district, look, moved):
    build_site()
    things(214)
    things(10, kind="camera", state="online")
    fail(kind="controlled_door")
    look()
    moved(301)
    with CaptureQueriesContext(connection) as asked:
        look()
    assert len(asked) < 25, [one["sql"][:80] for one in asked]
    row = Ticket.objects.get()
    assert row.origin == "site" and row.pieces == 214 and ": 214 pieces silent since " in row.title
    fail(kind="camera", name="camera 3")
    moved(700)
    look()
    assert Ticket.objects.get().pieces == 215, "what falls silent later is counted there"
    with recorded_batch("a test's end"):
        Equipment.objects.exclude(name__in=("controlled_door 7", "controlled_door 8")).update(state="online")
    look()
    assert Ticket.objects.get().closed_because == "222 of 224 pieces of the site are heard again."
    look()
    assert set(Ticket.objects.filter(state="open").values_list("title", flat=True)) == {
        "controlled_door 7 is silent", "controlled_door 8 is silent"
    }  # fmt: skip


def test_many_faults_that_are_no_outage_cost_statements_not_by_the_piece(district, look, moved):
    build_site()
    things(500, state="trouble")
    look()
    moved(301)
    with CaptureQueriesContext(connection) as asked:
        look()
    assert Ticket.objects.count() == 500 and len(asked) < 25, len(asked)
    assert sorted(Ticket.objects.values_list("number", flat=True)) == list(range(1, 501))


def test_what_somebody_reported_since_the_look_is_not_opened_twice(district, actor, look, moved):
    build_site()
    things(2)
    fail("trouble")
    look()
    moved(301)
    failing, standing = queries.failing_now(), queries.standing_tickets()
    actions.report_fault(actor, "Stuck", equipment=failing[0].id)
    actions.note_look(actor, judge_look(failing, standing, {}, {}, clock.now()))
    assert Ticket.objects.filter(equipment=failing[0].id).count() == 1 and Ticket.objects.count() == 2


def test_what_is_for_tests_or_out_of_use_has_no_ticket(district, actor, look, moved):
    build_site()
    things(1, is_test=True, state="trouble")
    things(1, kind="badge", state="silent")
    things(1, kind="camera", state="trouble")
    look()
    moved(301)
    look()
    row = Ticket.objects.get()
    assert row.title == "camera 0 is in trouble" and row.severity == "ordinary"
    actions.retire_equipment(actor, row.equipment_id, "sold")
    look()
    assert Ticket.objects.get().closed_because == "It was taken out of use."


def test_a_failed_test_opens_one_at_once_and_the_next_passed_one_closes_it(district, look):
    build_site()
    things(1, kind="paging_zone")
    zone, now = Equipment.objects.get().pk, clock.now()
    assert actions.record_self_tests({zone: SelfTest("failed", now, "Not heard: lhs-spk-1.")}) == 1
    assert actions.record_self_tests({zone: SelfTest("passed", now - timedelta(hours=1))}) == 0, "older"
    fail("trouble")  # as its gateway says of a zone that failed
    look()
    look()
    row = Ticket.objects.get()
    assert (row.origin, row.severity, row.words) == ("test", "life_safety", "Not heard: lhs-spk-1.")
    assert row.title == "paging_zone 0 failed its test"
    fail("online")
    look()
    assert Ticket.objects.get().state == "open", "that it answers does not say that it is heard"
    actions.record_self_tests({zone: SelfTest("passed", now + timedelta(seconds=1))})
    look()
    assert Ticket.objects.get().closed_because == "It is back online, and its newest test passed."


def test_a_report_joins_the_open_ticket_and_equipment_alone_does_not_close_it(actor, look, moved):
    build_site()
    things(1)
    fail()
    look()
    moved(301)
    look()
    door = Equipment.objects.get().pk
    _, is_joined = actions.report_fault(actor, "The handle is loose", equipment=door, photo=photo())
    assert is_joined and Ticket.objects.count() == 1 and TicketPhoto.objects.get().is_proof is False
    fail("online")
    look()
    look()
    assert Ticket.objects.get().state == "open" and notes() == ["opened", "reported too", "well again"]


def test_closing_needs_a_photo_and_a_second_person(actor, second):
    build_site()
    ticket, is_joined = actions.report_fault(
        actor, "Door does not latch", site=SITE, place=room_of(SITE), is_grave=True
    )
    row = Ticket.objects.get()
    assert not is_joined and (row.number, row.severity, row.origin) == (1, "life_safety", "person")
    with pytest.raises(Conflict):
        actions.close_ticket(second, ticket)
    actions.take_up(actor, ticket)
    actions.mark_repaired(actor, ticket, "New latch")
    with pytest.raises(Refused, match="Somebody else"):
        actions.close_ticket(actor, ticket, photo=photo())
    assert not TicketPhoto.objects.exists(), "what was refused left nothing"
    with pytest.raises(Refused, match="photo"):
        actions.close_ticket(second, ticket)
    actions.send_back(second, ticket, "Still loose")
    actions.mark_repaired(actor, ticket, "Tightened", photo())
    actions.close_ticket(second, ticket, "Latches")
    row.refresh_from_db()
    assert row.state == "closed" and "looked at by Sam Second" in row.closed_because
    actions.reopen_ticket(actor, ticket, "Loose again")
    actions.mark_repaired(actor, ticket, "Glued")
    with pytest.raises(Refused, match="photo"):
        actions.close_ticket(second, ticket)
    actions.close_ticket(second, ticket, photo=photo("blue"))
    assert Ticket.objects.get().times == 2


def test_bad_input_is_refused_with_what_to_do(actor):
    build_site()
    things(1)
    for words, more in (("", {"site": SITE}), ("x", {}), ("x", {"site": SITE, "photo": b"no picture"})):
        with pytest.raises(Refused):
            actions.report_fault(actor, words, **more)
    with pytest.raises(NotFound):
        actions.report_fault(actor, "x", equipment=uuid4())
    with pytest.raises(Refused):
        actions.report_fault(actor, "x", site=SITE, place=uuid4())
    assert not Ticket.objects.exists()
    ticket, _ = actions.report_fault(actor, "x", site=SITE)
    with pytest.raises(Refused):
        actions.set_severity(actor, ticket, "enormous")
    with pytest.raises(Refused):
        actions.note_ticket(actor, ticket, " ")


def test_a_teacher_reports_and_sees_their_own_alone(actor, second):
    build_site()
    teacher = replace(second, role="teacher", permissions=frozenset({"tickets.report"}), sites=frozenset({SITE}))
    mine, _ = actions.report_fault(teacher, "Mine", site=SITE)
    other, _ = actions.report_fault(actor, "Other", site=SITE)
    assert [row.pk for row in queries.tickets_seen_by(teacher)] == [mine]
    with pytest.raises(NotFound):
        queries.ticket_seen_by(teacher, other)
    actions.note_ticket(teacher, mine, "It is the left one")
    for act in (lambda: actions.take_up(teacher, mine), lambda: actions.set_interim(teacher, mine, "x")):
        with pytest.raises(Refused):
            act()
    with pytest.raises(Refused):
        actions.report_fault(replace(teacher, sites=frozenset()), "Elsewhere", site=SITE)


def test_owners_follow_the_rules_until_one_is_given(actor):
    build_site()
    with recorded_batch("a test's people"):
        kim = Person.objects.create(kind="staff", given="Kim", family="Poe", email="k@x.invalid")
        dana = Person.objects.create(kind="staff", given="Dana", family="Fox", email="d@x.invalid")
    things(1)
    ticket, _ = actions.report_fault(actor, "x", equipment=Equipment.objects.get().pk)
    actions.write_owner_rule(actor, "controlled_door", None, kim.pk)
    assert actions.follow_owners(actor) == 1 and Ticket.objects.get().owner_id == kim.pk
    actions.set_ticket_owner(actor, ticket, dana.pk)
    assert actions.follow_owners(actor) == 0 and Ticket.objects.get().owner_id == dana.pk
    assert [r.pk for r in queries.tickets_seen_by(actor, owner=str(dana.pk))] == [ticket]
    actions.set_ticket_owner(actor, ticket, None)
    assert Ticket.objects.get().owner_id == kim.pk


@pytest.fixture
def sent(monkeypatch):
    asked = []
    monkeypatch.setattr(bus_thread, "keep", lambda where, message, key, timeout=5.0: asked.append(message) or True)
    return asked


def test_the_principal_and_the_director_are_told_once_of_what_is_overdue(committed_db, actor, sent, moved, monkeypatch):
    monkeypatch.setattr("watchbell.district.accounts.actions.is_push_address", lambda address: True)
    build_site()
    things(1, kind="push_group", gateway="webpush")
    add_user(actor, "boss@x.invalid", "Boss", "principal", SITE)
    boss = User.objects.get(email="boss@x.invalid")
    keep_subscription(replace(actor, user_id=boss.id), "https://push.invalid/2", "p", "a")
    actions.load_equipment([{"kind": "voice_line", "name": "Line"}])
    actions.report_fault(actor, "Nobody answers", equipment=Equipment.objects.get(kind="voice_line").pk)
    actions.report_fault(actor, "Slow", site=SITE)
    actions.report_fault(actor, "Grave", site=SITE, is_grave=True)
    moved(23 * 3600)
    jobs.tend_tickets()
    assert sent == []
    moved(25 * 3600)
    jobs.tend_tickets()
    jobs.tend_tickets()
    journal.sweep()
    orders = [order for asked in sent for order in asked.orders]
    assert [(o.params["audience"]["users"], o.params["title"], o.params["url"]) for o in orders] == [
        ([str(boss.id)], "Ticket 3 is overdue", "/tickets?due=overdue")
    ]
    assert "overdue" in notes() and AuditRow.objects.filter(action="tickets.escalate").count() == 1
    moved(73 * 3600)
    jobs.tend_tickets()
    journal.sweep()
    assert Ticket.objects.filter(escalated_at__isnull=False).count() == 3
    last = [order.params["title"] for asked in sent for order in asked.orders][-1]
    assert last == "Ticket 2 is overdue", "what serves the whole district is not the principal's"


def test_who_answers_is_told_of_a_ticket_once(committed_db, actor, sent, monkeypatch):
    monkeypatch.setattr("watchbell.district.accounts.actions.is_push_address", lambda address: True)
    build_site()
    keep_subscription(actor, "https://push.invalid/1", "p", "a")
    with recorded_batch("a test's people"):
        person = Person.objects.create(kind="staff", given="Dana", family="Fox", user_id=actor.user_id)
    actions.write_owner_rule(actor, "", None, person.pk)
    things(1, kind="push_group", gateway="webpush")
    actions.report_fault(actor, "Door does not latch", site=SITE)
    actions.report_fault(actor, "Lamp is out", site=SITE)
    assert waiting("soon") == 1
    jobs.tell_ticket_owner(str(person.pk))
    jobs.tell_ticket_owner(str(person.pk))
    journal.sweep()
    (order,) = [order for asked in sent for order in asked.orders]
    assert order.params["title"] == "2 tickets for you" and "1 Door does not latch" in order.params["body"]


def test_weeks_are_counted_by_local_mondays():
    from watchbell.district.equipment.rules import draw_weeks, sum_weeks

    at = datetime(2026, 9, 9, 12, tzinfo=UTC)
    day, hour = timedelta(days=1), timedelta(hours=1)
    rows = [
        (at - 8 * day, at - 7 * day, at - 8 * day + 10 * hour),
        (at - 8 * day, at - 5 * day, None),
        (at - hour, at + day, at),
    ]
    last, this = sum_weeks(rows, at, "America/Chicago", 2)
    assert (last.opened, last.closed, last.hours, last.overdue) == (2, 1, 10.0, 1)
    assert (this.opened, this.closed, this.hours, this.overdue) == (1, 1, 1.0, 1)
    assert len(draw_weeks([last, this])["bars"]) == 2 and draw_weeks([]) == {}


def test_photos_lose_what_a_camera_notes(actor):
    build_site()
    actions.report_fault(actor, "x", site=SITE, photo=photo())
    kept = bytes(TicketPhoto.objects.get().content)
    assert Image.open(io.BytesIO(kept)).getexif() == {} and b"camera" not in kept


def test_old_closed_ones_are_forgotten(actor, second, moved):
    build_site()
    ticket, _ = actions.report_fault(actor, "x", site=SITE)
    actions.mark_repaired(actor, ticket, "y", photo())
    actions.close_ticket(second, ticket)
    actions.report_fault(actor, "still open", site=SITE)
    moved(4 * 365 * 86400)
    assert actions.forget_tickets() == 1 + 1 + 3, "ticket, photo, notes"
    assert Ticket.objects.get().words == "still open"
