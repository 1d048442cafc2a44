"""Pages and operations of tickets: found, sorted, printed, worked on, each under its permission."""

from dataclasses import replace
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.contrib.messages.storage.fallback import FallbackStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from watchbell.district.equipment import actions, jobs, pages
from watchbell.district.equipment.models import Equipment, Ticket, TicketPhoto
from watchbell.district.equipment.tests.test_tickets import fail, photo, things
from watchbell.district.sites.tests.builders import SITE, build_site, room_of
from watchbell.kernel.changes import recorded_batch
from watchbell.line import clock


@pytest.fixture
def moved():
    yield clock.shift
    clock.shift(0)


@pytest.fixture
def ask(committed_db, rf, actor):
    build_site()

    def get(view, path="/", post=None, who=None, **kwargs):
        request = rf.get(path) if post is None else rf.post(path, post)
        request.actor, request.session = who or actor, {}
        request._messages = FallbackStorage(request)
        answer = view(request, **kwargs)
        body = answer.content.decode(errors="replace")
        return SimpleNamespace(body=body, said=[str(m) for m in request._messages], raw=answer, code=answer.status_code)

    return get


def test_a_fault_is_reported_with_a_photo_and_found_again(ask):
    assert "Room 101" in ask(pages.report_page, f"/tickets/report?site={SITE}").body
    form = {"site": str(SITE), "place": str(room_of(SITE)), "words": "Latch <b>broken</b>", "grave": "on",
            "photo": SimpleUploadedFile("a.jpg", photo())}  # fmt: skip
    answer = ask(pages.report_page, post=form)
    row = Ticket.objects.get()
    assert answer.raw["Location"] == f"/tickets/{row.pk}" and row.severity == "life_safety"
    assert answer.said == ["Thank you. It is ticket 1. Nobody answers for it yet; who mends faults sees it."]
    body = ask(pages.ticket_page, ticket_id=row.pk).body
    assert "&lt;b&gt;" in body and "Floor 1" in body and "Main" in body
    shown = ask(pages.photo_page, ticket_id=row.pk, photo_id=TicketPhoto.objects.get().pk).raw
    assert shown["Content-Type"] == "image/jpeg" and "sandbox" in shown["Content-Security-Policy"]
    assert ask(pages.photo_page, ticket_id=row.pk, photo_id=uuid4()).code == 404
    for query, is_found in (("q=latch", True), ("q=101", True), (f"q={row.number}", True), ("q=%231", True),
                            ("q=camera", False), ("severity=ordinary", False), ("due=overdue", False),
                            ("state=closed", False), (f"site={SITE}", True), ("site=x", False), ("owner=nobody", True),
                            ("owner=mine", False), ("sort=-site", True), ("sort=nonsense", True)):  # fmt: skip
        assert ("Latch" in ask(pages.tickets_page, f"/tickets?{query}&format=csv").body) is is_found, query


def test_what_was_written_stays_when_a_report_is_refused(ask):
    answer = ask(pages.report_page, post={"site": str(SITE), "words": "Loose", "photo": SimpleUploadedFile("a", b"x")})
    assert "no JPEG" in answer.said[0] and ">Loose</textarea>" in answer.body and not Ticket.objects.exists()


def test_a_ticket_is_worked_on_until_a_second_person_closes_it(ask, actor):
    ticket, _ = actions.report_fault(actor, "Loose", site=SITE)
    second = replace(actor, user_id=uuid4(), name="Sam Second")

    def step(what, who=None, **form):
        return ask(pages.change_ticket, post={"what": what, **form}, who=who, ticket_id=ticket).said[0]

    assert step("take_up") == "In work." and "by now" in step("take_up")
    assert step("interim", words="Use room 102").startswith("The room's")
    assert "Use room 102" in ask(pages.ticket_page, ticket_id=ticket).body
    assert step("repaired", words="Screwed on").startswith("Written down")
    assert "somebody else looks at it" in ask(pages.ticket_page, ticket_id=ticket).body
    assert "required" in ask(pages.ticket_page, who=second, ticket_id=ticket).body
    assert "Add a photo" in step("close", who=second)
    assert step("close", who=second, photo=SimpleUploadedFile("a.jpg", photo())) == "Closed."
    assert "no such step" in step("explode")
    assert "Opened again" in ask(pages.ticket_page, ticket_id=ticket).body or step("reopen", words="Loose again")
    assert Ticket.objects.get().state == "open"


def test_equipment_shows_its_faults_and_the_health_page_counts_by_site(ask, actor):
    things(1)
    door = Equipment.objects.get().pk
    ticket, _ = actions.report_fault(actor, "Loose", equipment=door)
    actions.set_interim(actor, ticket, "Shut it by hand")
    body = ask(pages.one_page, equipment_id=door).body
    assert f"/tickets/{ticket}" in body and "Shut it by hand" in body
    again = ask(pages.report_page, post={"equipment": str(door), "words": "Still loose"})
    assert again.said == ["Thank you. Ticket 1 is open for it already; your words stand there now."]
    assert "1 open, 1 of life safety" in " ".join(ask(pages.site_tickets_part).body.split())
    assert "Loose" in ask(pages.tickets_part).body
    assert "Open already" in ask(pages.report_page, f"/tickets/report?equipment={door}").body


def test_lists_cost_the_same_whatever_their_length(ask, district, moved):
    things(60, state="trouble")
    jobs.look_for_tickets(district.id, clock.now())
    moved(301)
    jobs.look_for_tickets(district.id, clock.now())
    fail("online", name="controlled_door 3")
    jobs.look_for_tickets(district.id, clock.now())
    for view, path in ((pages.tickets_page, "/tickets"), (pages.tickets_page, "/tickets?state=all&sort=-due")):
        with CaptureQueriesContext(connection) as asked:
            body = ask(view, path).body
        assert len(asked) <= 12 and "controlled_door" in body and "Week by week" in body


def test_who_may_only_report_finds_their_own(ask, actor):
    teacher = replace(actor, user_id=uuid4(), permissions=frozenset({"tickets.report"}), sites=frozenset({SITE}))
    other, _ = actions.report_fault(actor, "Secret", site=SITE)
    body = ask(pages.tickets_page, who=teacher).body
    assert "You have reported nothing yet" in body and "Secret" not in body
    assert ask(pages.report_page, f"/tickets/report?site={SITE}", who=teacher).code == 200
    assert ask(pages.ticket_page, who=teacher, ticket_id=other).code == 404
    assert ask(pages.site_tickets_part, who=teacher).code == 403
    assert ask(pages.tickets_page, who=replace(teacher, permissions=frozenset())).code == 403
    mine, _ = actions.report_fault(teacher, "Mine", site=SITE)
    body = ask(pages.ticket_page, who=teacher, ticket_id=mine).body
    assert "Add a note" in body and "Take it up" not in body
    things(1)
    door = Equipment.objects.get().pk
    actions.report_fault(actor, "Loose", equipment=door)
    answer = ask(pages.report_page, who=teacher, post={"equipment": str(door), "words": "Loose here too"})
    assert answer.code == 302 and "is open for it already" in answer.said[0]
    joined = answer.raw["Location"].rpartition("/")[2]
    assert "Loose here too" in ask(pages.ticket_page, who=teacher, ticket_id=joined).body, "who joins it sees it"
    assert ask(
        pages.change_ticket, who=teacher, post={"what": "note", "words": "The left one"}, ticket_id=joined
    ).said == ["Added."]


@pytest.mark.parametrize("role", ["driver", "teacher", "nurse"])
def test_everybody_on_the_staff_reports(ask, actor_as, role):
    who = actor_as(role, SITE)
    assert ask(pages.report_page, f"/tickets/report?site={SITE}", who=who).code == 200
    answer = ask(pages.report_page, who=who, post={"site": str(SITE), "words": "Loose"})
    assert answer.code == 302 and ask(pages.tickets_page, who=who).code == 200
    ticket = Ticket.objects.get()
    assert "Loose" in ask(pages.ticket_page, who=who, ticket_id=ticket.pk).body
    assert ask(pages.change_ticket, who=who, post={"what": "take_up"}, ticket_id=ticket.pk).said[0] != "In work."


def test_who_is_not_on_the_staff_reports_nothing(ask, actor_as):
    for role in ("parent", "dispatcher", "police"):
        assert ask(pages.report_page, who=actor_as(role)).code == 403


def test_programs_report_and_work(committed_db, actor, caller_as):
    build_site()
    it, officer = caller_as("it"), caller_as("officer")
    tickets = "/api/v1/tickets"
    made = it("POST", tickets, {"words": "Loose", "site": str(SITE), "is_life_safety": True}, status=201)
    assert (made["number"], made["joined"], made["severity"]) == (1, False, "life_safety")
    one = f"{tickets}/{made['id']}"
    assert it("POST", f"{one}/steps", {"step": "repaired", "words": "Screwed"})["state"] == "done"
    it("POST", f"{one}/steps", {"step": "close"}, status=403)
    assert "photo" in officer("POST", f"{one}/steps", {"step": "close"}, status=403)["detail"]
    officer("POST", f"{one}/steps", {"step": "take_up"}, status=409)
    officer("POST", f"{one}/steps", {"step": "fly"}, status=422)
    kept = it.client.post(f"{one}/photos", {"file": SimpleUploadedFile("a.jpg", photo())}, headers=it.headers)
    assert kept.status_code == 201 and kept.json()["photos"][0]["is_proof"]
    bad = it.client.post(f"{one}/photos", {"file": SimpleUploadedFile("a.jpg", b"x")}, headers=it.headers)
    assert bad.status_code == 422
    assert it("PATCH", one, {"interim": "Use 102", "severity": "ordinary"})["interim"] == "Use 102"
    assert it("GET", f"{tickets}?state=done")["count"] == 1
    assert officer("POST", f"{one}/steps", {"step": "close"})["state"] == "closed"
    assert [note["what"] for note in it("GET", one)["notes"]][:2] == ["reported", "repaired"]
    assert len(it("GET", f"{tickets}/weeks")) == 12
    it("POST", tickets, {"words": "", "site": str(SITE)}, status=403)


def test_who_reported_by_mistake_takes_that_back_and_nobody_else_does(ask, actor):
    other = replace(actor, user_id=uuid4(), name="Sam Second")

    def step(ticket, who=None, what="withdraw", **form):
        return ask(pages.change_ticket, post={"what": what, **form}, who=who, ticket_id=ticket).said[0]

    ticket, _ = actions.report_fault(actor, "Door 3 is loose", site=SITE)
    assert "Take it back" in ask(pages.ticket_page, ticket_id=ticket).body
    assert "Take it back" not in ask(pages.ticket_page, who=other, ticket_id=ticket).body
    assert "alone" in step(ticket, other, words="x") and "Say in a few words" in step(ticket, words=" ")
    assert step(ticket, words="It was door 4") == "Taken back."
    row = Ticket.objects.get(pk=ticket)
    assert row.state == "closed" and row.closed_because == f"Taken back by {actor.name}: It was door 4"
    assert "by now" in step(ticket, words="twice")

    things(2)
    piece, failing = Equipment.objects.order_by("name")
    shared, _ = actions.report_fault(actor, "Dark", equipment=piece.pk)
    actions.report_fault(other, "Dark here too", equipment=piece.pk)
    assert "alone" in step(shared, words="x"), "somebody else sees it too"
    mine, _ = actions.report_fault(actor, "Silent", equipment=failing.pk)
    with recorded_batch("a test's fault"):
        Equipment.objects.filter(pk=failing.pk).update(failing_since=clock.now())
    assert "fails" in step(mine, words="x") and Ticket.objects.get(pk=mine).state == "open"
