"""Messages are asked once, told of once, and whoever is reached is asked no more."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from watchbell.communication.channels import actions, inbox, jobs, queries
from watchbell.communication.channels.facts import (
    ANSWERED,
    BUSY,
    DELIVERED,
    FAILED,
    OPENED,
    SENT,
    SKIPPED,
    STOPPED,
    UNSURE,
    WAITING,
)
from watchbell.communication.channels.models import (
    BadAddress,
    Batch,
    CarrierTrouble,
    Consent,
    Delivery,
    Mailing,
    Recipient,
)
from watchbell.communication.channels.tests.builders import (
    add_carrier,
    batch_of,
    build_mailing,
    contact,
    hand_out,
    heard,
    ids_of,
    refuse,
    states_of,
    tell,
)
from watchbell.kernel.bus_thread import bus_thread
from watchbell.kernel.models import AuditRow
from watchbell.line import clock, signing
from watchbell.line.errors import Conflict, Refused
from watchbell.wire.base import encode
from watchbell.wire.tell import Batch as WireBatch
from watchbell.wire.tell import Result, Told


def test_each_portion_of_recipients_is_added_once(kept, actor):
    mailing = build_mailing(actor, [contact(1), contact(2)])
    assert actions.add_recipients(mailing, [contact(1), contact(2)], ("text", "email"), 0) == 0
    assert actions.add_recipients(mailing, [contact(3)], ("text", "email"), 2) == 2
    assert states_of(mailing) == {"text": [WAITING] * 3, "email": [WAITING] * 3}
    assert AuditRow.objects.filter(action="channels.begin_mailing").count() == 1


def test_a_number_two_people_share_is_told_once(kept, actor):
    both = [contact(1), contact(2, phones=("+15735550001",))]
    mailing = build_mailing(actor, both, channels=("text",))
    assert states_of(mailing)["text"] == [WAITING, SKIPPED]


def test_batches_go_out_signed_with_what_each_recipient_needs(kept, actor):
    carrier = add_carrier()
    mailing = build_mailing(actor, [contact(1), contact(2)], channels=("text",))
    assert jobs.feed_carriers() == 1
    ((subject, batch),) = kept
    assert subject.split(".")[3:5] == ["tell", "sms"] and isinstance(batch, WireBatch)
    assert signing.Verifier().is_genuine(batch)
    assert sorted(one.to for one in batch.recipients) == ["+15735550001", "+15735550002"]
    first = min(batch.recipients, key=lambda one: one.to)
    assert first.fields["child"] == "Child 1" and "/m/" in first.fields["link"]
    assert jobs.feed_carriers() == 0  # it has it
    tell(batch_of(mailing), carrier, 1, dict.fromkeys(ids_of(batch_of(mailing)), "delivered"))
    assert states_of(mailing)["text"] == [DELIVERED] * 2
    assert Recipient.objects.filter(reached_by="text").count() == 2
    jobs.tend_mailings()
    assert Mailing.objects.get().state == "done"


def test_an_urgent_mailing_goes_first(kept, actor):
    add_carrier()
    build_mailing(actor, [contact(1)], purpose="routine", channels=("text",))
    build_mailing(actor, [contact(2)], purpose="emergency", channels=("text",))
    jobs.feed_carriers()
    assert [batch.purpose for _, batch in kept] == ["emergency", "routine"]


def test_another_carrier_takes_what_the_first_could_not(kept, actor):
    first, second = add_carrier(settings={"priority": 1}), add_carrier(settings={"priority": 2})
    mailing = build_mailing(actor, [contact(1), contact(2)], channels=("text",))
    jobs.feed_carriers()
    batch = batch_of(mailing)
    tell(batch, first, 1, {ids_of(batch)[0]: "sent"}, how="down")
    assert CarrierTrouble.objects.get().carrier == first
    jobs.feed_carriers()
    assert kept[-1][1].endpoint.id == str(second) and [one.to for one in kept[-1][1].recipients] == ["+15735550002"]
    tell(batch, second, 2, {ids_of(batch)[1]: "sent"})
    assert states_of(mailing)["text"] == [SENT, SENT]
    assert Batch.objects.get().state == "done"


def test_what_has_expired_ends_and_no_carrier_is_asked_nor_blamed(kept, actor):
    add_carrier()
    late = build_mailing(actor, [contact(1), contact(2)], channels=("text", "email"), next_after=1800)
    paused = build_mailing(actor, [contact(3)], channels=("text",))
    actions.change_mailing(actor, paused, "pause")
    actions.mark_opened(Recipient.objects.get(name="Parent 2").pk)
    try:
        clock.shift(7201)
        assert jobs.feed_carriers() == 0 and kept == []
        urgent = build_mailing(actor, [contact(4)], channels=("text",))
        assert jobs.feed_carriers() == 1, "nothing stands in an emergency's way"
        jobs.end_expired()
        jobs.end_expired()
        assert AuditRow.objects.filter(action="channels.end_expired").count() == 2
        assert states_of(late) == {"text": [FAILED, FAILED], "email": [FAILED, SKIPPED]}
        assert states_of(paused)["text"] == [FAILED] and states_of(urgent)["text"] == [WAITING]
        assert set(Delivery.objects.filter(state=FAILED).values_list("because", "code")) == {
            ("Its time was over before it could go out.", "expired")
        }
        jobs.tend_mailings()
        assert set(Mailing.objects.exclude(pk=urgent).values_list("state", flat=True)) == {"done"}
        assert not CarrierTrouble.objects.exists() and not BadAddress.objects.exists()
    finally:
        clock.shift(0)


def test_no_call_is_placed_again_when_its_time_is_over(kept, actor):
    carrier = add_carrier("call_carrier", "voicecall")
    mailing = build_mailing(actor, [contact(1)], channels=("voice",))
    batch = batch_of(mailing, "voice")
    tell(batch, carrier, hand_out(batch, carrier), dict.fromkeys(ids_of(batch), "no_answer"))
    try:
        clock.shift(7201)
        jobs.tend_mailings()
    finally:
        clock.shift(0)
    assert states_of(mailing)["voice"] == [BUSY] and Mailing.objects.get().state == "done"


def test_a_late_word_takes_nothing_back(kept, actor):
    carrier = add_carrier()
    mailing = build_mailing(actor, [contact(1)], channels=("text",))
    batch = batch_of(mailing)
    (one,) = ids_of(batch)
    tell(batch, carrier, hand_out(batch, carrier), {one: "delivered"})
    for state in ("sent", "failed"):
        tell(batch, carrier, 1, {one: state})
    assert states_of(mailing)["text"] == [DELIVERED]


def test_reports_that_come_one_by_one_are_written_down_together(kept, actor, hints):
    mailing = build_mailing(actor, [contact(number) for number in range(40)], channels=("text",))
    reports = [
        encode(Told(district=str(actor.district), gateway="sms", endpoint="", at=clock.unix(),
                    results=[Result(pk.hex, state, clock.unix())]))
        for state in ("sent", "delivered") for pk in ids_of(batch_of(mailing))
    ]  # fmt: skip
    hints.clear()
    with CaptureQueriesContext(connection) as asked:
        inbox.take_all(reports)
    assert len(asked) < 10 and states_of(mailing)["text"] == [DELIVERED] * 40
    assert len(hints) == 1 and not Recipient.objects.filter(reached_at=None).exists()


def test_a_bad_number_waits_for_the_front_office_and_is_not_tried_again(kept, actor):
    carrier = add_carrier()
    refuse(actor, carrier, 1)
    bad = BadAddress.objects.get()
    assert bad.address == "+15735550001" and bad.because == "No such number"
    routine = {"purpose": "routine", "channels": ("text",)}
    assert states_of(build_mailing(actor, [contact(1)], **routine))["text"] == [WAITING], "said once it is a doubt"
    refuse(actor, carrier, 1)
    assert BadAddress.objects.get().pk == bad.pk
    assert states_of(build_mailing(actor, [contact(1)], **routine))["text"] == [FAILED]
    actions.clear_bad_address(actor, bad.pk, "Corrected")
    assert states_of(build_mailing(actor, [contact(1)], **routine))["text"] == [WAITING]


def test_an_emergency_goes_to_a_bad_number_too_in_a_batch_after_all_others(kept, actor):
    carrier = add_carrier()
    for _ in range(2):
        refuse(actor, carrier, 1)
    mailing = build_mailing(actor, [contact(1), contact(2)], channels=("text",))
    jobs.feed_carriers()
    assert [[one.to for one in batch.recipients] for _, batch in kept] == [["+15735550002"], ["+15735550001"]]
    doubtful = Delivery.objects.get(mailing=mailing, to="+15735550001")
    assert doubtful.state == WAITING and doubtful.because.startswith("Nothing has arrived there before")
    tell(doubtful.batch, carrier, 1, {doubtful.pk: "delivered"})
    assert Recipient.objects.get(mailing=mailing, name="Parent 1").reached_by == "text"
    assert BadAddress.objects.get().cleared_by == "Something has arrived there", "and routine messages go there again"


def test_the_next_way_opens_for_who_was_not_reached(kept, actor):
    carrier = add_carrier()
    mailing = build_mailing(actor, [contact(1), contact(2), contact(3)], purpose="routine", next_after=1800)
    batch = batch_of(mailing)
    one, two, three = ids_of(batch)
    tell(batch, carrier, hand_out(batch, carrier), {one: "delivered", two: "failed", three: "sent"})
    actions.open_waves(Mailing.objects.get())
    # who was reached is not asked, whose text failed gets the mail at once, the third still has time
    assert states_of(mailing)["email"] == [SKIPPED, WAITING, WAITING]
    assert [b.state for b in Batch.objects.filter(channel="email").order_by("id")] == ["held", "waiting"]
    clock.shift(clock.shifted() + 1801)
    try:
        actions.open_waves(Mailing.objects.get())
        assert [b.state for b in Batch.objects.filter(channel="email").order_by("id")] == ["waiting", "waiting"]
    finally:
        clock.shift(0)


@pytest.mark.parametrize(("kind", "gateway"), [("call_carrier", "voicecall"), ("sip_trunk", "siptrunk")])
def test_a_call_nobody_took_is_placed_again_three_times_in_all(kept, actor, kind, gateway):
    carrier = add_carrier(kind, gateway)
    mailing = build_mailing(actor, [contact(1)], channels=("voice",))
    try:
        for number in range(1, 4):
            batch = Batch.objects.order_by("id").last()
            tell(batch, carrier, hand_out(batch, carrier), dict.fromkeys(ids_of(batch), "no_answer"))
            jobs.tend_mailings()
            assert Mailing.objects.get().state == ("sending" if number < 3 else "done")
            clock.shift(clock.shifted() + 181)
            assert actions.open_waves(Mailing.objects.get()) == (1 if number < 3 else 0)
    finally:
        clock.shift(0)
    assert states_of(mailing)["voice"] == [BUSY]


def test_a_call_that_has_been_placed_and_ends_unanswered_later_is_placed_again(kept, actor):
    """A carrier with an API has a batch once its calls are placed; how they end it says afterwards."""
    carrier = add_carrier("call_carrier", "voicecall")
    mailing = build_mailing(actor, [contact(1)], channels=("voice",))
    try:
        for number in range(1, 4):
            batch = Batch.objects.order_by("id").last()
            (call,) = ids_of(batch)
            tell(batch, carrier, hand_out(batch, carrier), {call: "sent"})
            jobs.tend_mailings()
            assert Mailing.objects.get().state == ("sending" if number < 3 else "done"), "it may be ringing"
            actions.take_told(later(batch, carrier, call, "no_answer"))
            assert states_of(mailing)["voice"] == [BUSY]
            actions.take_told(later(batch, carrier, call, "sent"))
            assert states_of(mailing)["voice"] == [BUSY], "said late, it says less"
            clock.shift(clock.shifted() + 181)
            jobs.tend_mailings()
            assert states_of(mailing)["voice"] == [WAITING if number < 3 else BUSY]
    finally:
        clock.shift(0)


def later(batch, carrier, call, state):
    """A carrier's report long after the batch."""
    return Told(district=str(batch.district_id), gateway="voicecall", endpoint=str(carrier), at=clock.unix(),
                results=[Result(call.hex, state, clock.unix())])  # fmt: skip


def test_a_call_nothing_is_heard_of_keeps_no_mailing_open(kept, actor):
    carrier = add_carrier("call_carrier", "voicecall")
    mailing = build_mailing(actor, [contact(1), contact(2)], channels=("voice",))
    batch = batch_of(mailing, "voice")
    lost, silent = ids_of(batch)
    tell(batch, carrier, hand_out(batch, carrier), {lost: "sent", silent: "sent"})
    actions.take_told(later(batch, carrier, lost, "unsure"))
    assert sorted(states_of(mailing)["voice"]) == [SENT, UNSURE]
    jobs.tend_mailings()
    assert Mailing.objects.get().state == "sending"
    try:
        clock.shift(301)
        jobs.tend_mailings()
    finally:
        clock.shift(0)
    assert Mailing.objects.get().state == "done"


def test_pause_holds_it_and_stop_ends_it(kept, actor):
    add_carrier()
    mailing = build_mailing(actor, [contact(1)], channels=("text",))
    actions.change_mailing(actor, mailing, "pause")
    assert jobs.feed_carriers() == 0
    actions.change_mailing(actor, mailing, "resume")
    assert actions.change_mailing(actor, mailing, "stop") == 1
    assert states_of(mailing)["text"] == [STOPPED]
    with pytest.raises(Conflict, match="stopped already"):
        actions.change_mailing(actor, mailing, "resume")


@pytest.mark.parametrize("is_gathered_first", [False, True])
def test_what_was_paused_while_it_was_gathered_does_not_end_before_all_are_there(kept, actor, is_gathered_first):
    carrier = add_carrier()
    until = clock.now() + timedelta(hours=1)
    mailing = actions.begin_mailing(actor, "notice:1", "Late", "routine", "real", [], {}, until)
    actions.add_recipients(mailing, [contact(1)], ["text"], 0)
    actions.change_mailing(actor, mailing, "pause")
    if is_gathered_first:
        actions.finish_preparing(actor, mailing)
        assert Mailing.objects.get().state == "paused"
    actions.change_mailing(actor, mailing, "resume")
    batch = batch_of(mailing, "text")
    tell(batch, carrier, hand_out(batch, carrier), dict.fromkeys(ids_of(batch), "sent"))
    jobs.tend_mailings()
    if not is_gathered_first:
        assert Mailing.objects.get().state == "preparing", "others are to come"
        actions.finish_preparing(actor, mailing)
        jobs.tend_mailings()
    assert Mailing.objects.get().state == "done"


def test_stop_lowers_routine_only_and_is_confirmed(kept, actor):
    actions.take_heard(actor, heard("opt_out", "STOP"))
    assert {(row.purpose, row.is_wanted) for row in Consent.objects.all()} == {
        ("routine", False),
        ("newsletter", False),
    }
    assert states_of(build_mailing(actor, [contact(1)], purpose="routine", channels=("text",)))["text"] == [SKIPPED]
    assert states_of(build_mailing(actor, [contact(1)], purpose="emergency", channels=("text",)))["text"] == [WAITING]
    jobs.confirm_wish("+15735550001", False, "h1")
    answer = Mailing.objects.get(about="wish:h1")
    assert "Emergency and attendance messages still come" in answer.bodies.get().short
    actions.take_heard(actor, heard("opt_in", "START", id="h2"))
    assert states_of(build_mailing(actor, [contact(1)], purpose="routine", channels=("text",)))["text"] == [WAITING]
    with pytest.raises(Refused, match="Only routine"):
        actions.record_consent(actor, "text", "+15735550001", "emergency", False, "asked")


def test_an_answer_reaches_whoever_gives_it(kept, actor):
    carrier = add_carrier()
    mailing = build_mailing(actor, [contact(1)], channels=("text",))
    batch = batch_of(mailing)
    tell(batch, carrier, hand_out(batch, carrier), dict.fromkeys(ids_of(batch), "sent"))
    assert not Recipient.objects.filter(reached_at__isnull=False).exists()
    actions.take_heard(actor, heard("reply", "Thank you"))
    assert states_of(mailing)["text"] == [ANSWERED] and Recipient.objects.get().reached_by == "text"


def test_whoever_opens_their_page_is_reached(kept, actor):
    carrier = add_carrier("mail_relay", "smtp")
    mailing = build_mailing(actor, [contact(1)], channels=("email",))
    batch = batch_of(mailing, "email")
    tell(batch, carrier, hand_out(batch, carrier), dict.fromkeys(ids_of(batch), "sent"))
    person = Recipient.objects.get()
    assert queries.recipient_by_token(person.token).pk == person.pk
    actions.mark_opened(person.pk)
    assert states_of(mailing)["email"] == [OPENED]
    found = queries.progress_of(mailing)
    assert (found.families, found.families_reached, found.people_reached, found.waiting) == (1, 1, 1, 0)


def test_who_is_not_reached_is_tried_by_hand(kept, actor):
    carrier = add_carrier()
    mailing = build_mailing(actor, [contact(1)], channels=("text",))
    batch = batch_of(mailing)
    tell(batch, carrier, hand_out(batch, carrier), dict.fromkeys(ids_of(batch), "failed"))
    jobs.tend_mailings()
    assert Mailing.objects.get().state == "done"
    assert actions.try_again(actor, mailing, [Recipient.objects.get().pk], "text") == 1
    assert Mailing.objects.get().state == "sending" and states_of(mailing)["text"] == [WAITING]


def test_a_batch_the_bus_does_not_take_waits_again(kept, actor, monkeypatch):
    add_carrier()
    mailing = build_mailing(actor, [contact(1)], channels=("text",))
    monkeypatch.setattr(bus_thread, "keep", lambda subject, message, key: False)
    assert jobs.feed_carriers() == 0
    assert batch_of(mailing).state == "waiting"


def test_a_way_nobody_serves_holds_nothing_up(kept, actor):
    add_carrier()
    mailing = build_mailing(actor, [contact(1)], channels=("text", "email"), mode="drill")
    assert jobs.feed_carriers() == 0
    assert states_of(mailing) == {"text": [SKIPPED], "email": [SKIPPED]}
    assert "a drill stops here" in Delivery.objects.first().because
    jobs.tend_mailings()
    assert Mailing.objects.get().state == "done"
