"""Whoever declines while a message waits for them gets it no more; safety comes all the same."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from watchbell.communication.channels import actions, jobs
from watchbell.communication.channels.facts import FAILED, SENT, SKIPPED, WAITING
from watchbell.communication.channels.models import Batch, Delivery, Mailing
from watchbell.communication.channels.tests.builders import (
    add_carrier,
    build_mailing,
    contact,
    hand_out,
    refuse,
    states_of,
    tell,
)
from watchbell.line import clock


def number(at):
    return f"+1573555{at:04d}"


def stop(actor, at, purpose="routine"):
    actions.record_consent(actor, "text", number(at), purpose, False, "STOP by text")


def told(kept):
    return sorted(one.to for _, batch in kept for one in batch.recipients)


def test_a_stop_before_the_next_way_is_heeded(kept, actor):
    relay, _ = add_carrier("mail_relay", "smtp"), add_carrier()
    people = [contact(at, order=("email", "text")) for at in (1, 2)]
    mailing = build_mailing(actor, people, purpose="routine", next_after=1800)
    batch = Batch.objects.get(channel="email")
    mails = Delivery.objects.filter(batch=batch).values_list("pk", flat=True)
    tell(batch, relay, hand_out(batch, relay), dict.fromkeys(mails, "sent"))
    stop(actor, 1)
    try:
        clock.shift(1801)
        jobs.tend_mailings()
        jobs.feed_carriers()
    finally:
        clock.shift(0)
    assert told(kept) == [number(2)]
    row = Delivery.objects.get(to=number(1), mailing=mailing)
    assert (row.state, row.because) == (SKIPPED, "Has declined this.") and row.at is not None


def test_a_stop_while_it_is_paused_is_heeded_and_a_start_as_well(kept, actor):
    add_carrier()
    mailing = build_mailing(actor, [contact(at) for at in (1, 2)], purpose="routine", channels=("text",))
    actions.change_mailing(actor, mailing, "pause")
    stop(actor, 1)
    stop(actor, 2)
    actions.record_consent(actor, "text", number(2), "routine", True, "START by text")
    actions.change_mailing(actor, mailing, "resume")
    jobs.feed_carriers()
    assert told(kept) == [number(2)] and states_of(mailing)["text"] == [SKIPPED, WAITING]


def test_a_batch_nobody_wants_any_more_goes_to_no_carrier(kept, actor):
    add_carrier()
    mailing = build_mailing(actor, [contact(1)], purpose="routine", channels=("text",))
    stop(actor, 1)
    assert jobs.feed_carriers() == 0 and kept == []
    jobs.tend_mailings()
    assert states_of(mailing)["text"] == [SKIPPED] and Mailing.objects.get().state == "done"


@pytest.mark.parametrize("purpose", ["emergency", "attendance"])
def test_safety_comes_whatever_was_declined(kept, actor, purpose):
    add_carrier()
    build_mailing(actor, [contact(1)], purpose=purpose, channels=("text",))
    stop(actor, 1)
    jobs.feed_carriers()
    assert told(kept) == [number(1)]


def test_an_address_found_bad_since_is_left_out_and_may_be_tried_by_hand(kept, actor):
    carrier = add_carrier()
    second = build_mailing(actor, [contact(1)], purpose="routine", channels=("text",))
    urgent = build_mailing(actor, [contact(1)], channels=("text",))
    for _ in range(2):
        refuse(actor, carrier, 1)
    jobs.feed_carriers()
    assert [one.purpose for _, one in kept] == ["emergency"] and states_of(urgent)["text"] == [WAITING]
    assert states_of(second)["text"] == [FAILED]
    assert "No such number" in Delivery.objects.get(mailing=second).because
    jobs.tend_mailings()
    person = Delivery.objects.get(mailing=second).recipient_id
    assert actions.try_again(actor, second, [person], "text") == 0, "not unasked"
    assert actions.try_again(actor, second, [person], "text", with_bad=True) == 1
    jobs.feed_carriers()
    assert [one.purpose for _, one in kept[1:]] == ["routine"], "a person's word is heeded"


def test_a_batch_costs_the_same_statements_however_many_have_declined(kept, actor):
    carrier = add_carrier()
    counts = []
    for size in (2, 40):
        mailing = build_mailing(actor, [contact(at) for at in range(size)], purpose="routine", channels=("text",))
        for at in range(size // 2):
            stop(actor, at)
        with CaptureQueriesContext(connection) as asked:
            jobs.feed_carriers()
        counts.append(len(asked))
        batch = Batch.objects.get(mailing=mailing)
        left = Delivery.objects.filter(batch=batch, state=WAITING).values_list("pk", flat=True)
        tell(batch, carrier, 1, dict.fromkeys(left, "sent"))
        jobs.tend_mailings()
        assert states_of(mailing)["text"].count(SENT) == size // 2
        for at in range(size // 2):
            actions.record_consent(actor, "text", number(at), "routine", True, "START by text")
    assert counts[0] == counts[1]
