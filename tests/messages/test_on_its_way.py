"""What a carrier has while its message is corrected, ended or stopped: nothing stays wrong, nothing waits for good."""

from datetime import timedelta

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from watchbell.communication.channels import jobs as channel_jobs
from watchbell.communication.channels.facts import SENT, STOPPED, UNSURE, WAITING
from watchbell.communication.channels.models import Batch, Delivery, Mailing, Recipient
from watchbell.communication.channels.tests.builders import add_carrier, hand_out, tell
from watchbell.communication.notices import jobs
from watchbell.communication.notices.models import Notice
from watchbell.communication.notices.tests.builders import write_form
from watchbell.line import clock

pytestmark = pytest.mark.usefixtures("committed_db", "no_bus")
RIGHT = {"title_en": "On time", "short_en": "Buses are on time.", "why": "The road is open"}


@pytest.fixture
def on_its_way(client_as, family):
    """A notice whose post two accounts have and have not told of yet: the notice, {account: (batch, attempt)}."""
    accounts = [add_carrier("social_account", "social") for _ in range(2)]
    client = client_as("director")
    client.post("/messages/new", write_form(family, posts=list(map(str, accounts))))
    notice = Notice.objects.get()
    client.post(f"/messages/{notice.pk}/submit", {"count": "1"})
    jobs.send(str(notice.pk))
    batches = {one: Batch.objects.get(channel="post", device=str(one)) for one in accounts}
    return client, notice, {one: (batch, hand_out(batch, one)) for one, batch in batches.items()}


def tell_posted(account, batch, attempt, ref):
    (pk,) = Delivery.objects.filter(batch=batch).values_list("pk", flat=True)
    tell(batch, account, attempt, {pk: "sent"}, ref=ref)


def again(job):
    """It is asked once more, a moment later."""
    return ProcrastinateJob.objects.filter(args__job=job, scheduled_at__isnull=False).count()


def corrected(notice, about):
    rows = Recipient.objects.filter(mailing__about=f"notice:{notice.pk}:{about}")
    return {one.fields["replaces_ref"] for one in rows}


def test_a_post_on_its_way_is_corrected_once_it_is_known(on_its_way):
    client, notice, out = on_its_way
    client.post(f"/messages/{notice.pk}/correct", RIGHT)
    jobs.correct_posts(str(notice.pk), 1)
    assert corrected(notice, "1:posts") == set() and again("notices.correct_posts") == 1
    (first, second) = out
    tell_posted(first, *out[first], "11")
    jobs.correct_posts(str(notice.pk), 1)
    assert corrected(notice, "1:posts") == {"11"}, "what is known is corrected at once"
    mailing = Mailing.objects.get(about=f"notice:{notice.pk}:1:posts")
    correcting = Batch.objects.get(mailing=mailing)
    tell_posted(first, correcting, hand_out(correcting, first), "12")
    channel_jobs.tend_mailings()
    assert Mailing.objects.get(pk=mailing.pk).state == "done"
    tell_posted(second, *out[second], "21")
    jobs.correct_posts(str(notice.pk), 1)
    assert corrected(notice, "1:posts") == {"11", "21"}
    assert Mailing.objects.get(pk=mailing.pk).state == "sending", "it goes on for the post that came later"
    assert set(mailing.bodies.filter(replaced_at=None).values_list("subject", flat=True)) >= {"On time"}
    count = again("notices.correct_posts")
    jobs.correct_posts(str(notice.pk), 1)
    assert Batch.objects.filter(mailing=mailing).count() == 2 and again("notices.correct_posts") == count


def test_a_post_on_its_way_says_that_it_is_over_once_it_is_known(on_its_way):
    client, notice, out = on_its_way
    client.post(f"/messages/{notice.pk}/end", {"why": "Everybody is home."})
    jobs.end_posts(str(notice.pk))
    assert again("notices.end_posts") == 1
    for number, account in enumerate(out):
        tell_posted(account, *out[account], f"{number}1")
    jobs.end_posts(str(notice.pk))
    jobs.end_posts(str(notice.pk))
    assert corrected(notice, "ended") == {"01", "11"} and again("notices.end_posts") == 1
    assert Batch.objects.filter(mailing__about=f"notice:{notice.pk}:ended").count() == 2


@pytest.mark.parametrize(("words", "where"), [
    ({"posts": True}, "A post names nobody"), ({"is_banner": "on"}, "reads the banner"),
    ({"is_public": "on"}, "reads the public status page"),
])  # fmt: skip
@pytest.mark.parametrize("field", ["title_en", "short_en", "text_en"])
def test_a_correction_names_nobody_where_everybody_reads_it(client_as, family, words, where, field):
    posts = {"posts": [str(add_carrier("social_account", "social"))]} if "posts" in words else words
    client = client_as("director")
    client.post("/messages/new", write_form(family, **posts))
    notice = Notice.objects.get()
    client.post(f"/messages/{notice.pk}/submit", {"count": "1"})
    jobs.send(str(notice.pk))
    said = client.post(f"/messages/{notice.pk}/correct", RIGHT | {field: "Dear {{name}}, they are on time."})
    kept = Notice.objects.get()
    if field == "text_en" and "is_banner" in words:
        assert kept.corrections == 1, "a banner shows the title and the short text only"
        return
    told = "public status page" if field == "text_en" else where
    assert kept.corrections == 0 and told in said.content.decode()
    first = write_form(family, **posts) | {field: "Dear {{name}}, they are on time."}
    assert told in client.post("/messages/preview", first).content.decode(), "as in a first message"


def test_what_a_carrier_gives_back_after_the_stop_is_stopped(client_as, family):
    carrier, client = add_carrier(), client_as("director")
    client.post("/messages/new", write_form(family, channels=["text"]))
    notice = Notice.objects.get()
    client.post(f"/messages/{notice.pk}/submit", {"count": "1"})
    jobs.send(str(notice.pk))
    batch = Batch.objects.get()
    attempt = hand_out(batch, carrier)
    client.post(f"/messages/{notice.pk}/change/stop")
    jobs.follow(str(notice.pk), "test")
    tell(batch, carrier, attempt, {}, how="down")
    message = Delivery.objects.get()
    assert message.state == STOPPED and "carrier had not sent it" in message.because
    page = client.get(f"/messages/{notice.pk}/ledger").content.decode()
    assert "Waiting" not in page.split("<tbody")[-1] and "Stopped: its carrier had not sent it yet." in page


@pytest.mark.parametrize("is_told", [True, False])
def test_what_a_carrier_never_tells_of_after_the_stop_is_unsure(client_as, family, is_told):
    carrier, client = add_carrier(), client_as("director")
    client.post("/messages/new", write_form(family, channels=["text"]))
    notice = Notice.objects.get()
    client.post(f"/messages/{notice.pk}/submit", {"count": "1"})
    jobs.send(str(notice.pk))
    batch = Batch.objects.get()
    attempt = hand_out(batch, carrier)
    client.post(f"/messages/{notice.pk}/change/stop")
    jobs.follow(str(notice.pk), "test")
    if is_told:
        tell(batch, carrier, attempt, {Delivery.objects.get().pk: "sent"})
    channel_jobs.end_expired()
    assert Batch.objects.get().state == ("stopped" if is_told else "out"), "its carrier has its time"
    try:
        clock.shift(timedelta(minutes=5).total_seconds())
        channel_jobs.end_expired()
    finally:
        clock.shift(0)
    message = Delivery.objects.get()
    assert message.state == (SENT if is_told else UNSURE)
    if not is_told:
        assert "never said what became of it" in message.because
        tell(batch, carrier, attempt, {message.pk: "delivered"})
        assert Delivery.objects.get().state > SENT


def test_what_was_stopped_has_not_gone_out(client_as, family):
    client = client_as("director")
    client.post("/messages/new", write_form(family, channels=["text"]))
    notice = Notice.objects.get()
    client.post(f"/messages/{notice.pk}/submit", {"count": "1"})
    jobs.send(str(notice.pk))
    client.post(f"/messages/{notice.pk}/change/stop")
    jobs.follow(str(notice.pk), "test")
    page = " ".join(client.get(f"/messages/{notice.pk}/progress").content.decode().split())
    assert "<b>0 %</b>" in page and "0 of 1 wait, 1 stopped" in page and "Stopped</th>" in page
    assert "Stopped</th>" in client.get(f"/messages/{notice.pk}/report").content.decode()
    assert client.get(f"/messages/{notice.pk}/report/pdf").content.startswith(b"%PDF")


def test_a_post_of_a_sending_that_was_replaced_while_it_was_gathered_waits_for_nothing(client_as, family, monkeypatch):
    account, client = str(add_carrier("social_account", "social")), client_as("director")
    client.post("/messages/new", write_form(family, posts=[account]))
    notice = Notice.objects.get()
    client.post(f"/messages/{notice.pk}/submit", {"count": "1"})
    gather = jobs._add_all

    def corrected_meanwhile(*words):
        with monkeypatch.context() as patch:
            patch.setattr(jobs, "_add_all", gather)
            client.post(f"/messages/{notice.pk}/correct", RIGHT | {"tell_again": "on"})
            jobs.follow(str(notice.pk), "test")
            jobs.send_correction(str(notice.pk), 1)

    monkeypatch.setattr(jobs, "_add_all", corrected_meanwhile)
    jobs.send(str(notice.pk))
    posts = dict(Delivery.objects.filter(channel="post").values_list("mailing__about", "state"))
    held = {f"notice:{notice.pk}": STOPPED, f"notice:{notice.pk}:1": WAITING}
    assert posts == held, "it is posted once, with the words that hold"
