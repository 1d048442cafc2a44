"""Who was not reached is tried once more, or it is said why not: nothing hangs, nothing that is over goes."""

import pytest

from watchbell.communication.channels import actions as channel_actions
from watchbell.communication.channels import jobs as channel_jobs
from watchbell.communication.channels.facts import FAILED, WAITING
from watchbell.communication.channels.models import BadAddress, Batch, Delivery, Mailing, Recipient
from watchbell.communication.channels.tests.builders import add_carrier
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


# -- where nothing arrives ---------------------------------------------------------------------------------------------


@pytest.fixture
def bad_number(through):
    """The mother's number is held bad for texts; her mail has failed."""
    with recorded_batch("test"):
        BadAddress.objects.create(channel="text", address="+15735550101", because="No such number", code="0x000b")
    return through


def press(writer, notice, **words):
    people = [str(Recipient.objects.get().pk)]
    return writer.post(f"/messages/{notice.pk}/again", {"people": people, **words}, follow=True)


def test_what_is_passed_over_is_said_and_offered(writer, bad_number):
    ledger = one_line(writer.get(f"/messages/{bad_number.pk}/ledger").content)
    assert "Next: call" in ledger
    asked = one_line(press(writer, bad_number, channel="text").content)
    assert "1 address is passed over" in asked and "+15735550101 · No such number" in asked
    assert "Try them too" in asked and "Try without them" not in asked, "there is nothing without"
    assert standing(bad_number) == ("sent", "done", 0), "it is asked first"
    told = one_line(press(writer, bad_number, channel="text", bad="skip").content)
    assert "only addresses where nothing arrives" in told and standing(bad_number)[2] == 0


def test_a_try_at_a_bad_number_goes_and_stands_in_the_ledger(writer, bad_number):
    told = one_line(press(writer, bad_number, channel="text", bad="too").content)
    assert "1 message is tried once more." in told and "Passed over" not in told
    row = Delivery.objects.get(channel="text")
    assert (row.to, row.state) == ("+15735550101", WAITING) and "nothing has arrived there before" in row.because
    assert AuditRow.objects.get(action="notices.try_again").details["bad_addresses"] is True
    carrier = add_carrier()
    assert channel_jobs.feed_carriers() == 1, "a person's word is heeded when it is handed out"
    row.refresh_from_db()
    assert row.state == WAITING and row.batch.carrier == carrier
    assert "though nothing has arrived there before" in one_line(
        writer.get(f"/messages/{bad_number.pk}/ledger").content
    )


def test_good_addresses_go_without_the_bad_ones_and_it_is_said_how_many_were_left(writer, bad_number, family):
    with recorded_batch("test"):
        Person.objects.filter(pk=family.mother).update(phones=["+15735550101", "+15735550102"])
    asked = one_line(press(writer, bad_number, channel="text").content)
    assert "1 message goes once more." in asked and "Try without them" in asked
    told = one_line(press(writer, bad_number, channel="text", bad="skip").content)
    assert "1 message is tried once more. Passed over: 1 where nothing arrives." in told
    assert list(Delivery.objects.filter(channel="text").values_list("to", "because")) == [
        ("+15735550102", "Tried again by hand.")
    ]
    assert AuditRow.objects.get(action="notices.try_again").details["passed_over"] == 1


def test_a_message_that_failed_at_a_bad_address_is_passed_over_too(writer, bad_number):
    """Its way was used before: what has failed there is asked again, but for what is bad."""
    with recorded_batch("test"):
        BadAddress.objects.create(channel="email", address=Delivery.objects.get().to, because="No such mailbox")
    assert "1 address is passed over" in one_line(press(writer, bad_number, channel="email").content)
    press(writer, bad_number, channel="email", bad="too")
    row = Delivery.objects.get()
    assert row.state == WAITING and row.because == "Tried again by hand, though nothing has arrived there before."


def test_the_next_best_way_is_a_good_one(writer, bad_number):
    assert "1 message is tried once more." in one_line(press(writer, bad_number, channel="next").content)
    assert Delivery.objects.exclude(channel="email").get().channel == "voice"


def test_the_same_by_json(caller_as, bad_number):
    office = caller_as("director")
    path = f"/api/v1/notices/{bad_number.pk}"
    (one,) = office("GET", f"{path}/answers")["items"]
    body = {"recipients": [one["recipient"]], "way": "text"}
    assert "only addresses where nothing arrives" in office("POST", f"{path}/again", body, status=403)["detail"]
    found = office("POST", f"{path}/again", body | {"bad_addresses": True})
    assert found == {"messages": 1, "passed_over": 0}
