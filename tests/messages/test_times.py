"""A message that would be over before it goes is refused with a clear word, and so is a time that is past."""

from datetime import timedelta

import pytest
from django.utils import timezone

from watchbell.communication.channels.models import Mailing
from watchbell.communication.notices import actions, jobs, queries
from watchbell.communication.notices.models import Notice
from watchbell.communication.notices.tests.builders import write_form
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.permissions import system_actor
from watchbell.kernel.tests.reading import one_line
from watchbell.line import clock
from watchbell.line.errors import Refused

pytestmark = pytest.mark.usefixtures("committed_db", "no_bus")


@pytest.fixture
def writer(client_as):
    return client_as("director")


@pytest.fixture(autouse=True)
def clock_back():
    yield
    clock.shift(0)


def at(hours):
    return timezone.localtime(clock.now() + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M")


def write(writer, family, **words):
    writer.post("/messages/new", write_form(family, **words))
    return Notice.objects.get()


def submit(writer, notice):
    return one_line(writer.post(f"/messages/{notice.pk}/submit", {"count": "1"}, follow=True).content)


@pytest.mark.parametrize(("words", "said"), [
    ({"send_at": -1}, "it was to go out is past: choose a later one, or none to send it now"),
    ({"expires_at": -1}, "would be over before it goes out: choose a later end, or none"),
])  # fmt: skip
def test_what_is_past_is_refused_where_it_is_looked_at_and_where_it_is_sent(writer, family, words, said):
    notice = write(writer, family, **{name: at(hours) for name, hours in words.items()})
    page = one_line(writer.get(f"/messages/{notice.pk}/check").content)
    assert said in page and "Schedule </button>" not in page and "Send to" not in page
    assert said in submit(writer, notice)
    assert Notice.objects.get().state == "draft"
    with pytest.raises(Refused):
        actions.submit_notice(system_actor(notice.district_id), notice.pk)


def test_the_minute_that_runs_is_not_past(writer, family):
    assert "It goes out now" in submit(writer, write(writer, family, send_at=at(0)))


def test_what_is_taken_back_has_no_end_that_nobody_chose(writer, family):
    notice = write(writer, family, send_at=at(2))
    submit(writer, notice)
    writer.post(f"/messages/{notice.pk}/refuse", {"why": "Taken back before its time."})
    kept = Notice.objects.get()
    assert kept.state == "draft" and kept.expires_at is None
    clock.shift(5 * 24 * 3600)
    actor = system_actor(notice.district_id)
    actions.write_notice(actor, notice.pk, queries.draft_of(Notice(**{
        name: getattr(kept, name) for name in ("id", "purpose", "audience", "channels", "mode", "posts", "options",
                                               "at_once")})))  # fmt: skip
    assert actions.submit_notice(actor, notice.pk) == "sending"
    jobs.send(str(notice.pk))
    assert Mailing.objects.get().expires_at > clock.now() and Notice.objects.get().expires_at > clock.now()


def test_a_scheduled_one_ends_after_it_has_gone(writer, family):
    notice = write(writer, family, send_at=at(2))
    submit(writer, notice)
    clock.shift(2.1 * 3600)
    jobs.send(str(notice.pk))
    assert Notice.objects.get().expires_at == Mailing.objects.get().expires_at > clock.now() + timedelta(hours=71)


def test_approved_after_its_end_it_is_refused_and_after_its_time_it_goes_at_once(writer, client_as, family):
    notice = write(writer, family, sites=[], send_at=at(1), expires_at=at(3))
    submit(writer, notice)
    second = client_as("principal")
    clock.shift(2 * 3600)
    page = one_line(second.get(f"/messages/{notice.pk}").content)
    assert "That is past." in page and "Confirmed, it goes out at once." in page
    clock.shift(4 * 3600)
    answer = second.post(f"/messages/{notice.pk}/approve", {"count": "1"}, follow=True)
    assert "would be over before it goes out" in one_line(answer.content)
    assert Notice.objects.get().state == "asked"
    with recorded_batch("test"):
        Notice.objects.update(expires_at=None)
    second.post(f"/messages/{notice.pk}/approve", {"count": "1"})
    assert Notice.objects.get().state == "sending"


def test_what_waits_for_the_morning_and_ends_before_is_refused(writer, family, goto, monkeypatch):
    monkeypatch.undo()
    goto(22)
    notice = write(writer, family, expires_at="2026-12-02T23:30")
    page = one_line(writer.get(f"/messages/{notice.pk}/check").content)
    assert "would be over before it goes out" in page
    assert "would be over before it goes out" in submit(writer, notice) and Notice.objects.get().state == "draft"
