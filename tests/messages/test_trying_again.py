"""Who was not reached is tried once more, or it is said why not: nothing hangs, nothing that is over goes."""

import pytest

from watchbell.communication.channels import actions as channel_actions
from watchbell.communication.channels.facts import FAILED, WAITING
from watchbell.communication.channels.models import Batch, Delivery, Mailing, Recipient
from watchbell.communication.notices import jobs
from watchbell.communication.notices.models import Notice
from watchbell.communication.notices.tests.builders import write_form
from watchbell.district.people.models import Person
from watchbell.kernel import journal
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.models import Announcement, AuditRow
from watchbell.kernel.permissions import system_actor
from watchbell.kernel.tests.reading import one_line
from watchbell.line import clock

pytestmark = pytest.mark.usefixtures("committed_db", "no_bus")


@pytest.fixture
def writer(client_as):
    return client_as("director")


@pytest.fixture
def through(writer, family):
    """A mail-only notice that is through; it reached nobody."""
    writer.post("/messages/new", write_form(family, channels=["email"]))
    notice = Notice.objects.get()
    writer.post(f"/messages/{notice.pk}/submit", {"count": ""})
    jobs.send(str(notice.pk))
    with recorded_batch("test"):
        Delivery.objects.update(state=FAILED, at=clock.now())
        Batch.objects.update(state="done")
        Mailing.objects.update(state="done")
        Notice.objects.update(state="sent")
    return notice


def try_again(writer, notice, people, channel):
    answer = writer.post(f"/messages/{notice.pk}/again", {"people": people, "channel": channel}, follow=True)
    return one_line(answer.content)


def standing(notice):
    return Notice.objects.get().state, Mailing.objects.get().state, AuditRow.objects.filter(
        action="notices.try_again").count()  # fmt: skip


def test_a_way_they_have_no_address_for_is_refused_and_nothing_changes(writer, through):
    with recorded_batch("test"):
        Person.objects.update(phones=[])
    page = try_again(writer, through, [str(Recipient.objects.get().pk)], "voice")
    assert "Nobody ticked can be tried by call now" in page and "Tried once more" not in page
    assert standing(through) == ("sent", "done", 0)


@pytest.mark.parametrize(("people", "channel"), [([], "email"), (["x"], "email"), ([], "")])
def test_without_anybody_ticked_nothing_changes(writer, through, people, channel):
    assert "Tick whom to try once more" in try_again(writer, through, people, channel)
    assert standing(through) == ("sent", "done", 0)


def test_who_is_ticked_is_tried_and_counted(writer, through):
    page = try_again(writer, through, [str(Recipient.objects.get().pk)], "email")
    assert "1 message is tried once more." in page
    assert standing(through) == ("sending", "sending", 1) and Delivery.objects.get().state == WAITING
    assert "can be tried by e-mail now" in try_again(writer, through, [str(Recipient.objects.get().pk)], "email")


@pytest.mark.parametrize(("path", "word"), [("end", "ended"), ("change/stop", "stopped")])
def test_what_is_over_is_not_offered_and_does_not_go(writer, through, path, word):
    if word == "stopped":
        with recorded_batch("test"):
            Notice.objects.update(state="sending")
    writer.post(f"/messages/{through.pk}/{path}")
    shown = one_line(writer.get(f"/messages/{through.pk}/ledger").content)
    assert "Try again" not in shown and 'name="people"' not in shown
    page = try_again(writer, through, [str(Recipient.objects.get().pk)], "email")
    assert f"was {word}" in page or f"has {word}" in page
    assert standing(through)[0] == word and Delivery.objects.get().state == FAILED


def test_only_ways_they_were_asked_by_are_offered(writer, through):
    page = one_line(writer.get(f"/messages/{through.pk}/ledger").content)
    assert '<option value="email">E-mail</option>' in page
    assert (
        'form="again"> <option value="voice"' not in page and '<option value="text">Text</option> </select>' not in page
    )


def test_who_was_reached_meanwhile_leaves_nothing_hanging(writer, through, district):
    with recorded_batch("test"):
        Recipient.objects.update(reached_at=clock.now())
        Notice.objects.update(state="sending")
    mailing = Mailing.objects.get()
    channel_actions.try_again(system_actor(district.id), mailing.pk, [Recipient.objects.get().pk], "email")
    assert Announcement.objects.filter(name="MailingEnded").exists() and mailing.state == "done"
    while journal.sweep():
        pass
    assert Notice.objects.get().state == "sent"
