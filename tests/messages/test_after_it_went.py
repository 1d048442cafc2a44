"""A message that is out: where who goes back to it is led, what its public page says of it, what is taken back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from watchbell.communication.channels.models import Delivery, Mailing, Recipient
from watchbell.communication.channels.tests.builders import add_carrier
from watchbell.communication.notices import jobs, queries
from watchbell.communication.notices.models import Notice
from watchbell.communication.notices.tests.builders import write_form
from watchbell.communication.public.queries import build_files
from watchbell.communication.public.rules.notices import was_ended
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.tests.reading import one_line
from watchbell.kernel.zones import zone_of
from watchbell.line.clock import now

pytestmark = pytest.mark.usefixtures("committed_db", "no_bus")


@pytest.fixture
def writer(client_as):
    return client_as("director")


@pytest.fixture
def send(writer, family):
    """`send(...)`: a message that is out."""

    def go(**words):
        writer.post("/messages/new", write_form(family, **words))
        notice = Notice.objects.latest("number")
        writer.post(f"/messages/{notice.pk}/submit", {"count": ""})
        jobs.send(str(notice.pk))
        return Notice.objects.get(pk=notice.pk)

    return go


def correct(writer, notice, **more):
    words = {"title_en": "Early release", "short_en": "School ends at one.", "why": "One, not noon", **more}
    assert writer.post(f"/messages/{notice.pk}/correct", words).status_code == 302


def page_of(notice):
    return one_line(build_files()[f"notices/{notice.number}.html"])


def test_who_goes_back_is_shown_what_became_of_it_and_is_not_offered_to_send_it_again(writer, send):
    notice = send()
    for path in ("check", "edit"):
        answer = writer.get(f"/messages/{notice.pk}/{path}")
        assert (answer.status_code, answer.url) == (302, f"/messages/{notice.pk}"), path
    answer = writer.post(f"/messages/{notice.pk}/submit", {"count": ""}, follow=True)
    shown = one_line(answer.content)
    assert "by now" in shown and "Nothing has gone out yet" not in shown
    assert Notice.objects.count() == 1 and Recipient.objects.count() == 1


def test_one_that_was_taken_back_is_no_longer_released(writer, family):
    later = (now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    writer.post("/messages/new", write_form(family, send_at=later))
    notice = Notice.objects.get()
    writer.post(f"/messages/{notice.pk}/submit", {"count": ""})
    assert "goes out" in one_line(writer.get(f"/messages/{notice.pk}").content)
    writer.post(f"/messages/{notice.pk}/refuse", {"why": "Taken back before its time."})
    notice.refresh_from_db()
    assert (notice.state, notice.approved_name, notice.approved_at, notice.approved_by) == ("draft", "", None, None)
    shown = one_line(writer.get(f"/messages/{notice.pk}").content)
    assert "released by" not in shown and "to go out" in shown


def test_who_decides_reads_the_answers_and_that_newsrooms_are_mailed(writer, family):
    asked = {"options": ["I pick up", "By bus"], "options_es": "Yo lo recojo / En bus", "short_es": "Hoy.",
             "title_es": "Hoy", "tell_media": "on", "is_public": "on"}  # fmt: skip
    writer.post("/messages/new", write_form(family, **asked))
    notice = Notice.objects.get()
    assert "mail to newsrooms" in one_line(writer.get(f"/messages/{notice.pk}/check").content)
    writer.post(f"/messages/{notice.pk}/submit", {"count": "", "hold": "on"})
    shown = one_line(writer.get(f"/messages/{notice.pk}").content)
    assert "I pick up / By bus" in shown and "Yo lo recojo / En bus" in shown and "mail to newsrooms" in shown


def test_a_message_to_nobody_is_not_offered_to_be_sent(writer, family):
    writer.post("/messages/new", write_form(family, grades=["12"]))
    shown = one_line(writer.get(f"/messages/{Notice.objects.get().pk}/check").content)
    assert "Nobody fits this audience" in shown and "Send to" not in shown


def test_the_list_says_where_its_number_is_a_correction_s(writer, send):
    notice = send()
    assert "by its correction" not in one_line(writer.get("/messages").content)
    correct(writer, notice, tell_again="on")
    jobs.send_correction(str(notice.pk), 1)
    assert "by its correction" in one_line(writer.get("/messages").content)


def test_posts_do_not_wait_until_everybody_is_gathered(writer, send, monkeypatch):
    account = str(add_carrier("social_account", "social"))
    gathered = []
    monkeypatch.setattr(jobs, "_add_all", lambda *args: gathered.append(Delivery.objects.get().channel))
    send(posts=[account])
    assert gathered == ["post"]


def test_a_correction_keeps_its_time_when_the_message_ends_and_why_it_ended_is_public(writer, send, client):
    notice = send(is_public="on")
    correct(writer, notice)
    notice.refresh_from_db()
    with recorded_batch("a test's hour"):
        Notice.objects.update(corrected_at=notice.corrected_at - timedelta(hours=1))
    writer.post(f"/messages/{notice.pk}/end", {"why": "Everybody is home"})
    notice.refresh_from_db()
    assert notice.ended_at - notice.corrected_at > timedelta(minutes=59)
    assert "Everybody is home" in page_of(notice)
    assert queries.public_notice(notice.pk).corrected_at == notice.corrected_at
    link = Recipient.objects.exclude(person_id=None).first().token
    shown = one_line(client.get(f"/m/{link}").content)
    assert "Everybody is home" in shown and notice.corrected_at.isoformat()[:16] in shown


def test_what_runs_out_is_over_without_being_taken_back(writer, send):
    notice = send(is_public="on")
    with recorded_batch("a test's end"):
        Notice.objects.update(expires_at=now() - timedelta(seconds=30), sent_at=now() - timedelta(hours=1),
                              changed_at=now() - timedelta(hours=1))  # fmt: skip
    jobs.end_expired()
    notice.refresh_from_db()
    assert notice.state == "ended" and notice.ended_because == ""
    assert not was_ended(queries.public_notice(notice.pk), now()), "only what a person ends is taken back"


def test_a_list_to_take_away_tells_the_time_as_the_page_does(writer, send, district):
    notice = send()
    sheet = writer.get("/messages?format=csv").content.decode()
    local = timezone.localtime(notice.sent_at, zone_of(district.pk))
    assert local.isoformat(" ", "seconds") in sheet and "." not in local.isoformat(" ", "seconds")


def test_while_the_next_way_is_held_the_page_says_when_it_goes(writer, send):
    notice = send(at_once="", channels=["text", "email"])
    due = Mailing.objects.get().made_at + timedelta(minutes=30)
    shown = one_line(writer.get(f"/messages/{notice.pk}/progress").content)
    assert "The next way" in shown and due.isoformat()[:16] in shown
    assert "The next way" not in one_line(writer.get(f"/messages/{send().pk}/progress").content)
