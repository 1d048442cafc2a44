"""What is posted and mailed to newsrooms follows a notice: corrected with it, and over when it is over."""

from datetime import timedelta

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from watchbell.communication.channels.facts import SENT
from watchbell.communication.channels.models import Delivery, Mailing, Recipient
from watchbell.communication.channels.tests.builders import add_carrier
from watchbell.communication.notices import jobs
from watchbell.communication.notices.models import Notice
from watchbell.communication.notices.queries import mailings_of
from watchbell.communication.notices.tests.builders import write_form
from watchbell.communication.public import jobs as public
from watchbell.communication.public.models import MediaContact
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.tests.reading import one_line
from watchbell.line import clock

pytestmark = pytest.mark.usefixtures("committed_db", "no_bus")


@pytest.fixture
def newsrooms(district, family):
    with recorded_batch("test"):
        MediaContact.objects.create(newsroom="KCED", email="desk@kced.invalid")
        MediaContact.objects.create(newsroom="The Ledger", phone="+15735550142")


def send(client, family, **words):
    client.post("/messages/new", write_form(family, **words))
    notice = Notice.objects.get()
    client.post(f"/messages/{notice.pk}/submit", {"count": "1"})
    jobs.send(str(notice.pk))
    return Notice.objects.get()


def released():
    return {row.bodies.get().subject: row for row in Mailing.objects.filter(about__startswith="media:")}


def test_newsrooms_with_an_address_are_mailed_each_thing_once(client_as, family, newsrooms):
    client = client_as("director")
    notice = send(client, family, is_public="on", tell_media="on")
    public.tell_media(str(notice.pk), "sent")
    public.tell_media(str(notice.pk), "sent")
    (subject, mailing), = released().items()  # fmt: skip
    assert subject.startswith("Buses are late (") and f"/notices/{notice.number}.html" in mailing.bodies.get().text
    assert list(Recipient.objects.filter(mailing=mailing).values_list("name", flat=True)) == ["KCED"]
    words = {"title_en": "On time", "short_en": "Buses are on time.", "why": "The road is open"}
    client.post(f"/messages/{notice.pk}/correct", words)
    public.tell_media(str(notice.pk), "corrected")
    assert "The road is open" in released()[f"CORRECTION: On time ({subject.split('(')[1]}"].bodies.get().text
    client.post(f"/messages/{notice.pk}/end", {"why": "Everybody is home"})
    public.tell_media(str(notice.pk), "ended")
    assert len(released()) == 3 and any(one.startswith("OVER: ") for one in released())


@pytest.mark.parametrize("words", [{"tell_media": "on"}, {"tell_media": "on", "is_public": "on", "mode": "drill"}])
def test_newsrooms_hear_of_nothing_that_is_not_public_or_not_real(client_as, family, newsrooms, words):
    client = client_as("director")
    client.post("/messages/new", write_form(family, **words))
    notice = Notice.objects.first()
    if "mode" not in words:
        client.post(f"/messages/{notice.pk}/submit", {"count": "1"})
        assert Notice.objects.get().state == "draft", "newsrooms are sent the public page"
    else:
        client.post(f"/messages/{notice.pk}/submit", {"count": "1"})
        jobs.send(str(notice.pk))
        assert Notice.objects.get().sent_at
    public.tell_media(str(notice.pk), "sent")
    assert released() == {}


@pytest.fixture
def posted(no_bus, client_as, family):
    """A notice on two accounts, of which one has taken the post."""
    took, refused = (str(add_carrier("social_account", "social")) for _ in range(2))
    client = client_as("director")
    notice = send(client, family, posts=[took, refused])
    with recorded_batch("test"):
        Delivery.objects.filter(to=took, channel="post").update(ref="104857600000001_9")
    return client, notice, took


def last_posts(notice):
    mailing = Mailing.objects.get(about=f"notice:{notice.pk}:ended")
    return mailing.bodies.get(), Recipient.objects.filter(mailing=mailing), Delivery.objects.filter(mailing=mailing)


def test_a_post_says_that_it_is_over_where_it_was_posted(posted):
    client, notice, took = posted
    client.post(f"/messages/{notice.pk}/end", {"why": "Everybody is home."})
    jobs.end_posts(str(notice.pk))
    jobs.end_posts(str(notice.pk))
    body, recipients, deliveries = last_posts(notice)
    assert body.subject == "OVER. Buses are late" and body.short.startswith("Everybody is home. Buses are late by 20")
    assert recipients.get().fields["replaces_ref"] == "104857600000001_9" and deliveries.get().to == took
    assert Notice.objects.get().state == "ended", "the last post does not make it go on"


def test_a_correction_and_the_end_follow_the_newest_post(posted):
    client, notice, took = posted
    words = {"title_en": "On time", "short_en": "Buses are on time.", "why": "The road is open", "tell_again": "on"}
    client.post(f"/messages/{notice.pk}/correct", words)
    jobs.send_correction(str(notice.pk), 1)
    assert Recipient.objects.get(mailing__about=f"notice:{notice.pk}:1", fields__has_key="replaces_ref")
    with recorded_batch("test"):
        Delivery.objects.filter(to=took, mailing__about=f"notice:{notice.pk}:1").update(ref="77")
    client.post(f"/messages/{notice.pk}/end")
    jobs.end_posts(str(notice.pk))
    assert last_posts(notice)[1].get().fields["replaces_ref"] == "77"


def asked_for(job):
    return list(ProcrastinateJob.objects.filter(args__job=job).order_by("id").values_list("args", flat=True))


def test_what_was_posted_is_corrected_though_nobody_is_told_again(posted):
    client, notice, took = posted
    with recorded_batch("test"):
        Delivery.objects.filter(to=took, channel="post").update(state=SENT, at=clock.now())
    words = {"title_en": "On time", "short_en": "Buses are on time.", "why": "The road is open"}
    client.post(f"/messages/{notice.pk}/correct", words)
    assert len(asked_for("notices.correct_posts")) == 1
    jobs.correct_posts(str(notice.pk), 1)
    jobs.correct_posts(str(notice.pk), 1)
    mailing = Mailing.objects.get(about=f"notice:{notice.pk}:1:posts")
    message, told = Delivery.objects.get(mailing=mailing), Recipient.objects.get(mailing=mailing)
    assert (message.channel, message.to, told.fields["replaces_ref"]) == ("post", took, "104857600000001_9")
    assert {one.short[:11] for one in mailing.bodies.all()} == {"CORRECTION."} and mailing.state == "sending"
    assert Recipient.objects.filter(person__isnull=False).count() == 1, "families are sent nothing"
    assert Notice.objects.get().state == "sending" and mailings_of([notice])[notice.pk].about == f"notice:{notice.pk}"
    with recorded_batch("test"):
        Delivery.objects.filter(pk=message.pk).update(ref="88", at=clock.now())
    client.post(f"/messages/{notice.pk}/correct", words | {"short_en": "Buses are early.", "tell_again": "on"})
    jobs.send_correction(str(notice.pk), 2)
    newest = Recipient.objects.get(mailing__about=f"notice:{notice.pk}:2", fields__has_key="replaces_ref")
    assert newest.fields["replaces_ref"] == "88", "the newest post is the one that is corrected"
    with recorded_batch("test"):
        Delivery.objects.filter(mailing__about=f"notice:{notice.pk}:2", to=took).update(ref="")
    client.post(f"/messages/{notice.pk}/end")
    jobs.end_posts(str(notice.pk))
    assert last_posts(notice)[1].get().fields["replaces_ref"] == "88"
    page = one_line(client.get("/messages/posts").content)
    assert "Buses are late by 20 minutes." in page and "Buses are on time." in page


def test_a_correction_that_takes_two_is_posted_once_it_is_settled(posted, client_as):
    client, notice, _ = posted
    with recorded_batch("test"):
        Notice.objects.update(purpose="emergency")
    words = {"title_en": "On time", "short_en": "Buses are on time.", "why": "The road is open", "tell_again": "on"}
    client.post(f"/messages/{notice.pk}/correct", words)
    assert Notice.objects.get().retell and not asked_for("notices.correct_posts")
    client_as("principal").post(f"/messages/{notice.pk}/correction/keep")
    assert len(asked_for("notices.correct_posts")) == 1


@pytest.mark.usefixtures("posted")
def test_what_ends_by_its_time_is_posted_only_for_an_emergency(monkeypatch):
    asked = []
    monkeypatch.setattr("watchbell.kernel.changes.Change.ask_slowly", lambda *words, **more: asked.append(words[1]))
    with recorded_batch("test"):
        Notice.objects.update(expires_at=clock.now() - timedelta(seconds=1))
    jobs.end_expired()
    assert Notice.objects.get().state == "ended" and asked == []
    with recorded_batch("test"):
        Notice.objects.update(state="sent", purpose="emergency")
    jobs.end_expired()
    assert asked == ["notices.end_posts"]


def test_what_was_posted_is_a_record_with_its_words(posted):
    client, notice, _ = posted
    words = {"title_en": "Buses run again", "short_en": "Buses are on time.", "why": "It was resolved"}
    client.post(f"/messages/{notice.pk}/correct", words | {"tell_again": "on"})
    jobs.send(str(notice.pk))
    jobs.send_correction(str(notice.pk), 1)
    page = one_line(client.get("/messages/posts").content)
    assert "Buses are late by 20 minutes." in page and "Buses are on time." in page and "a correction" in page
    assert "104857600000001_9" in page and f'href="/messages/{notice.pk}"' in page
    sheet = client.get("/messages/posts?format=csv").content.decode()
    assert sheet.count("\n") >= 4 and "Buses are late by 20 minutes." in sheet and "{{" not in sheet
    assert "Buses are late" not in one_line(client.get("/messages/posts?q=on time").content).split('id="posts"')[1]
    assert "Nothing was posted" in client.get("/messages/posts?until=2020-01-01").content.decode()
    assert "Exchange the two dates" in client.get("/messages/posts?since=2026-02-02&until=2026-01-01").content.decode()
    assert "Nothing was posted" in client.get(f"/messages/posts?account={notice.pk}").content.decode()
