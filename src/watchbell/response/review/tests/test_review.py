"""A review from the closing of its incident to the printed report and the proof of what was mended."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.contrib.messages.storage.fallback import FallbackStorage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from watchbell.district.people.models import Person
from watchbell.district.sites.tests.builders import SITE, room_of
from watchbell.kernel.bus_thread import bus_thread
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.journal import sweep
from watchbell.kernel.models import Announcement, AuditRow
from watchbell.kernel.permissions import system_actor
from watchbell.line import clock
from watchbell.line.errors import Conflict, NotFound, Refused
from watchbell.response.incidents import actions as incidents
from watchbell.response.incidents.models import BoardEntry, Incident
from watchbell.response.incidents.tests.builders import build_incident
from watchbell.response.review import actions, api, pages, queries
from watchbell.response.review.models import Improvement, Objective, Review

SCREEN = {"owner": None, "due_on": None}


@pytest.fixture
def moved():
    yield clock.shift
    clock.shift(0)


@pytest.fixture
def incident(committed_db, district, actor, monkeypatch):
    monkeypatch.setattr(bus_thread, "keep", lambda subject, message, key: True)
    found = build_incident(actor)
    incidents.check_in_room(actor, found, room_of(), "help", accounted=20, note="Two hurt")
    return found


@pytest.fixture
def closed(incident, actor):
    incidents.give_all_clear(actor, incident)
    with recorded_batch("every reset is confirmed"):
        BoardEntry.objects.filter(is_reset=True).update(state="done")
    incidents.finish_if_over(system_actor(actor.district), incident)
    while sweep():
        pass
    return Review.objects.select_related("site").get()


@pytest.fixture
def dana(actor):
    with recorded_batch("a test's people"):
        return Person.objects.create(kind="staff", given="Dana", family="Fox", email="dana@x.invalid",
                                     user_id=actor.user_id)  # fmt: skip


@pytest.fixture
def ask(rf, actor):
    def get(view, path="/", post=None, who=None, **kwargs):
        request = rf.get(path) if post is None else rf.post(path, post)
        request.actor, request.session = who or actor, {}
        request._messages = FallbackStorage(request)
        answer = view(request, **kwargs)
        if not hasattr(answer, "content"):
            return answer
        return SimpleNamespace(
            status=answer.status_code, raw=answer.content, said=[str(m) for m in request._messages],
            body=answer.content.decode("utf-8", "replace"), headers=answer.headers,
        )  # fmt: skip

    return get


def test_a_closed_incident_has_its_report_from_the_record(closed):
    assert closed.state == "draft" and closed.drafted_at and closed.hot_wash_until > clock.now()
    facts = queries.facts_of(closed)
    assert (facts.kind, facts.rooms_reported, facts.cleared_by) == ("lockdown", 1, "Director Cedar")
    assert [row.because for row in facts.failed][:1] == ["No answer."] and facts.ended
    assert facts.help_rooms[0].because == "Two hurt"
    assert "Endpoint" in Improvement.objects.order_by("number").first().issue
    assert Objective.objects.count() >= 2
    assert Announcement.objects.filter(name="ReportDrafted").exists()
    assert set(AuditRow.objects.filter(action__startswith="review.").values_list("action", flat=True)) == {
        "review.begin", "review.draft",
    }  # fmt: skip


def test_closing_twice_keeps_what_people_wrote(closed, actor):
    actions.save_texts(actor, closed.pk, {"conclusion": "We lock faster now."}, 1)
    actions.draft_after_close(system_actor(actor.district), closed.incident_id)
    assert Review.objects.get().texts["conclusion"] == "We lock faster now."


def test_a_review_begins_while_the_endpoints_are_resetting_but_not_before(incident, actor):
    with pytest.raises(NotFound):
        actions.begin_review(actor, incident)
    with recorded_batch("the all-clear"):
        Incident.objects.filter(pk=incident).update(state="clearing")
    first = actions.begin_review(actor, incident)
    assert actions.begin_review(actor, incident) == first


def test_several_people_note_at_once_and_a_repeat_is_kept_once(closed, actor, actor_as):
    teacher = actor_as("teacher", SITE)
    assert actions.add_finding(teacher, closed.pk, "mend", "The hall door stuck", "e1")
    assert not actions.add_finding(teacher, closed.pk, "mend", "The hall door stuck", "e1")
    assert actions.add_finding(actor, closed.pk, "well", "Everybody was calm", "e2")
    notes = queries.notes_of(closed)
    assert [(n.by_name, n.role) for n in notes["mend"]] == [("Teacher Cedar", "teacher")] and len(notes["well"]) == 1
    with pytest.raises(Refused):
        actions.add_finding(teacher, closed.pk, "area", "Not for a teacher")


def test_after_ten_minutes_only_who_edits_writes(closed, actor, actor_as, moved):
    moved(601)
    with pytest.raises(Refused, match="The hot wash is over"):
        actions.add_finding(actor_as("teacher", SITE), closed.pk, "mend", "Late")
    assert actions.add_finding(actor, closed.pk, "mend", "Later, by the director")
    actions.open_hot_wash(actor, closed.pk)
    assert actions.add_finding(actor_as("teacher", SITE), closed.pk, "mend", "Open again")


def test_two_who_write_do_not_overwrite_each_other(closed, actor):
    assert actions.save_texts(actor, closed.pk, {"analysis": "Good."}, 1) == 2
    with pytest.raises(Conflict, match="has saved version 2"):
        actions.save_texts(actor, closed.pk, {"analysis": "Bad."}, 1)
    actions.set_state(actor, closed.pk, "final")
    with pytest.raises(Refused, match="final"):
        actions.save_texts(actor, closed.pk, {"analysis": "Bad."}, 3)
    assert [one.version for one in queries.versions_of(closed)] == [3, 2, 1]


def test_an_objective_is_rated_and_the_suggestion_stays_beside_it(closed, actor):
    row = Objective.objects.first()
    actions.rate_objective(actor, row.pk, "M", "The bolt of door 3 is worn.")
    row.refresh_from_db()
    assert (row.rating, row.rated_by) == ("M", "Director Cedar") and row.suggested
    with pytest.raises(Refused):
        actions.rate_objective(actor, row.pk, "X", "")


def test_the_plan_is_overdue_first_and_done_only_with_proof(closed, actor, actor_as, dana):
    today = timezone.localdate()
    words = {"issue": "x", "owner": None}
    for name, days in (("later", 40), ("late", -3)):
        actions.write_improvement(
            actor, closed.pk, None, action=name, due_on=today + timedelta(days=days), **words
        )  # fmt: skip
    undated = actions.write_improvement(actor, closed.pk, None, issue="x", action="mine", owner=dana.pk, due_on=None)
    rows = list(queries.improvements_seen_by(actor, state="due"))
    assert [row.action for row in rows][:2] == ["late", "later"]
    with pytest.raises(Refused, match="proved"):
        actions.move_improvement(actor, rows[0].pk, "done")
    with pytest.raises(Refused):
        actions.move_improvement(actor_as("teacher", SITE), undated, "done", "I say so")
    actions.move_improvement(actor, undated, "done", "Tested on Friday")
    assert Announcement.objects.filter(name="ImprovementDone").exists()
    assert list(queries.improvements_seen_by(actor))[-1].pk == undated


def test_the_report_prints_as_a_tagged_pdf_and_the_same_each_time(closed, ask):
    first = ask(pages.review_pdf, "/x?paper=a4", review_id=closed.pk)
    assert first.raw.startswith(b"%PDF-1.7") and b"/StructTreeRoot" in first.raw and b"pdfuaid" in first.raw
    assert first.headers["Content-Type"] == "application/pdf"
    assert ask(pages.review_pdf, "/x?paper=a4", review_id=closed.pk).raw == first.raw
    assert ask(pages.review_pdf, review_id=closed.pk).raw != first.raw, "letter is another size"
    assert AuditRow.objects.filter(action="review.print").count() == 3


def test_the_pages_stand(closed, ask, actor, actor_as, dana):
    with CaptureQueriesContext(connection) as asked:
        page = ask(pages.review_page, review_id=closed.pk)
    assert len(asked) <= 14
    for words in ("Analysis of capabilities", "Appendix A: improvement plan", "Press to receipt", "<svg", "No answer.",
                  "Timeline", "numbers suggest"):  # fmt: skip
        assert words in page.body
    assert "Lockdown" in ask(pages.reviews_page, "/reviews").body
    assert ask(pages.reviews_page, "/reviews?format=csv").body.startswith("incident,")
    teacher = actor_as("teacher", SITE)
    wash = ask(pages.hot_wash_page, review_id=closed.pk, who=teacher)
    assert "Went well" in wash.body and "Open for everybody until" in wash.body
    assert ask(pages.review_page, review_id=closed.pk, who=teacher).status == 403
    assert "Hot wash" in ask(pages.hot_wash_part, who=teacher).body
    assert ask(pages.add_finding, post={"kind": "mend", "text": "A door"}, review_id=closed.pk).status == 302
    form = {"issue": "Door 3", "action": "Mend it", "owner": "dana@x.invalid", "due_on": "2020-01-01"}
    assert ask(pages.write_improvement, post=form, review_id=closed.pk).said == ["Saved."]
    row = Improvement.objects.get(owner=dana)
    assert "Overdue" in ask(pages.improvements_page, "/?state=due&mine=1").body
    assert "Mend it" in ask(pages.due_part).body
    assert "How is it proved" in ask(pages.improvement_page, improvement_id=row.pk).body
    assert ask(pages.texts_page, post={"version": "0", "analysis": "Mine"}, review_id=closed.pk).status == 200
    assert (
        "has saved version" in ask(pages.texts_page, post={"version": "0", "analysis": "M"}, review_id=closed.pk).body
    )
    assert ask(pages.texts_page, post={"version": "1", "analysis": "M"}, review_id=closed.pk).status == 302
    assert ask(api.read_review, review_id=closed.pk)["facts"]["kind"] == "lockdown"
    assert ask(api.list_improvements)["count"] >= 1


def test_an_everyday_alert_gets_its_report_only_when_somebody_asks(committed_db, district, actor, monkeypatch, ask):
    monkeypatch.setattr(bus_thread, "keep", lambda subject, message, key: True)
    found = build_incident(actor, kind="medical")
    with recorded_batch("it is over"):
        Incident.objects.filter(pk=found).update(state="closed", kind="medical", closed_at=clock.now())
    assert "Begin the review" in ask(pages.incident_review_page, incident_id=found).body
    assert not Review.objects.exists()
    ask(pages.begin_review, post={}, incident_id=found)
    assert ask(pages.incident_review_page, incident_id=found).status == 302


def test_the_review_of_a_duress_alarm_is_for_the_few(closed, actor, actor_as):
    forced = actor_as("officer")
    with recorded_batch("a test's duress"):
        Incident.objects.filter(id=closed.incident_id).update(kind="duress", pressed_by=forced.user_id)
    queries.improvements_seen_by(actor)
    actions.write_improvement(actor, closed.id, None, issue="Late", action="Sooner", **SCREEN)
    item = Improvement.objects.latest("id")
    for role in ("principal", "teacher", "officer"):
        who = actor_as(role)
        assert not queries.open_hot_washes(who).exists(), role
        for change in (
            lambda who: queries.hot_wash_seen_by(who, closed.id), lambda who: queries.review_seen_by(who, closed.id),
            lambda who: actions.begin_review(who, closed.incident_id),
            lambda who: actions.add_finding(who, closed.id, "well", "Quick"),
            lambda who: actions.move_improvement(who, item.id, "doing"),
            lambda who: actions.rate_objective(who, Objective.objects.first().id, "P", ""),
        ):  # fmt: skip
            with pytest.raises(NotFound):
                change(who)
        if role != "teacher":
            assert not queries.reviews_seen_by(who).exists() and not queries.improvements_seen_by(who).exists()
    assert queries.reviews_seen_by(actor).count() == 1 and queries.open_hot_washes(actor).count() == 1
