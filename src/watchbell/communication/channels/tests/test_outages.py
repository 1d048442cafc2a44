"""Outages of carriers and of their gateways: nothing is lost by them, nothing goes twice, and all of it ends."""

from datetime import timedelta

import pytest

from watchbell.communication.channels import actions, jobs
from watchbell.communication.channels.facts import DELIVERED, FAILED, SENT, STOPPED, UNSURE, WAITING
from watchbell.communication.channels.models import Batch, CarrierTrouble, Delivery, Mailing
from watchbell.communication.channels.tests.builders import (
    add_carrier,
    batch_of,
    build_mailing,
    contact,
    hand_out,
    ids_of,
    states_of,
    tell,
)
from watchbell.district.equipment.models import Equipment
from watchbell.district.equipment.rules import say_silence
from watchbell.kernel.changes import recorded_batch
from watchbell.line import clock, signing
from watchbell.line.clock import now
from watchbell.wire.tell import Told


@pytest.mark.parametrize("how", ["down", "slow", "refuses", "ok"])
def test_no_outage_ends_a_message_before_its_time_is_over(kept, actor, how):
    carrier = add_carrier()
    mailing = build_mailing(actor, [contact(1)], channels=("text",))
    batch = batch_of(mailing)
    for _ in range(20):
        tell(batch, carrier, hand_out(batch, carrier), {}, how=how)
    batch.refresh_from_db()
    assert states_of(mailing)["text"] == [WAITING] and batch.state == "waiting"
    if how == "ok":
        assert batch.not_before > now() + timedelta(seconds=60), "it does not come round without a pause"
    else:
        assert jobs.feed_carriers() == 0, "the carrier is left alone for a while"
    try:
        clock.shift(7201)
        jobs.end_expired()
        jobs.tend_mailings()
    finally:
        clock.shift(0)
    row = Delivery.objects.get()
    assert (row.state, row.code) == (FAILED, "expired") and Mailing.objects.get().state == "done"
    assert row.because == "Its time was over before it could go out." + ("" if how == "ok" else " no answer")


def test_a_carrier_that_is_well_and_twice_does_not_take_it_gives_way_to_another(kept, actor):
    first, second = add_carrier(settings={"priority": 1}), add_carrier(settings={"priority": 2})
    batch = batch_of(build_mailing(actor, [contact(1)], channels=("text",)))
    (pk,) = ids_of(batch)
    went = []
    for number in range(1, 6):
        with recorded_batch("the wait is over"):
            Batch.objects.update(not_before=now())
        assert jobs.feed_carriers() == 1
        carrier = Batch.objects.get().carrier
        went.append("first" if carrier == first else "second" if carrier == second else "")
        tell(batch, carrier, number, {pk: "later"})
    assert went == ["first", "first", "second", "second", "first"], "and when none is left they take turns"


def silence(carrier):
    with recorded_batch("the silence watch"):
        Equipment.objects.filter(pk=carrier).update(state="silent", state_because=say_silence(now(), now(), "UTC"))


def test_a_carrier_whose_gateway_is_not_heard_gets_nothing_while_there_is_another(kept, actor):
    first, second = add_carrier(settings={"priority": 1}), add_carrier(settings={"priority": 2})
    silence(first)
    batch = batch_of(build_mailing(actor, [contact(1)], channels=("text",)))
    with recorded_batch("a carrier in trouble"):
        CarrierTrouble.objects.create(carrier=second, state="down", because="", until=now() + timedelta(seconds=60))
    assert jobs.feed_carriers() == 0, "what a dead gateway has cannot be called back: the other is waited for"
    with recorded_batch("a carrier is well"):
        CarrierTrouble.objects.all().delete()
    jobs.feed_carriers()
    batch.refresh_from_db()
    assert batch.carrier == second
    silence(second)
    later = batch_of(build_mailing(actor, [contact(2)], channels=("text",)))
    jobs.feed_carriers()
    later.refresh_from_db()
    assert later.carrier == first, "where there is no other it is there when the gateway comes back"


def test_what_a_carrier_never_told_of_ends_as_unsure_one_lease_after_its_time(kept, actor):
    first, _ = add_carrier(settings={"priority": 1}), add_carrier(settings={"priority": 2})
    mailing = build_mailing(actor, [contact(1)], channels=("text",))
    assert jobs.feed_carriers() == 1
    silence(first)
    try:
        clock.shift(121)
        assert jobs.feed_carriers() == 1 and kept[-1][1].endpoint.id == str(first), "nobody else may send it twice"
        assert kept[-1][1].attempt == 1
        clock.shift(7201)
        jobs.feed_carriers()
        jobs.end_expired()
        assert states_of(mailing)["text"] == [WAITING], "it has a lease to say what became of it"
        clock.shift(7200 + 121)
        assert jobs.feed_carriers() == 0
        jobs.end_expired()
        assert states_of(mailing)["text"] == [UNSURE]
        assert "never said what became of it" in Delivery.objects.get().because
        jobs.tend_mailings()
        assert Mailing.objects.get().state == "done"
        tell(batch_of(mailing), first, 1, dict.fromkeys(ids_of(batch_of(mailing)), "delivered"))
        assert states_of(mailing)["text"] == [DELIVERED], "said late, it counts"
    finally:
        clock.shift(0)


def test_what_a_carrier_has_that_is_there_no_more_goes_to_no_other(kept, actor):
    first, _ = add_carrier(settings={"priority": 1}), add_carrier(settings={"priority": 2})
    build_mailing(actor, [contact(1)], channels=("text",))
    jobs.feed_carriers()
    with recorded_batch("a carrier is retired"):
        Equipment.objects.filter(pk=first).update(is_retired=True)
    try:
        clock.shift(121)
        assert jobs.feed_carriers() == 0 and len(kept) == 1
    finally:
        clock.shift(0)


def test_what_fails_with_one_mailing_keeps_no_other_from_its_turn(kept, actor, monkeypatch):
    add_carrier()
    bad = build_mailing(actor, [contact(1)], channels=("text",))
    good = build_mailing(actor, [contact(2)], purpose="routine", channels=("text", "email"), next_after=60)

    def fail_for(real):
        def run(mailing, *rest):
            if mailing.pk == bad:
                raise ValueError("a field that cannot be filled in")
            return real(mailing, *rest)

        return run

    monkeypatch.setattr(jobs, "_hand_out", fail_for(jobs._hand_out))
    monkeypatch.setattr(actions, "open_waves", fail_for(actions.open_waves))
    with pytest.raises(jobs.SomeFailed, match="Early release: ValueError: a field that cannot"):
        jobs.feed_carriers()
    assert [batch.mailing for _, batch in kept] == [good.hex]
    try:
        clock.shift(61)
        with pytest.raises(jobs.SomeFailed):
            jobs.tend_mailings()
    finally:
        clock.shift(0)
    assert Batch.objects.get(mailing=good, channel="email").state == "waiting"


def test_what_a_dead_gateway_had_not_begun_is_stopped_once_it_lives_again(kept, actor):
    carrier = add_carrier()
    mailing = build_mailing(actor, [contact(1), contact(2), contact(3)], channels=("text",))
    jobs.feed_carriers()
    batch = batch_of(mailing)
    ids = ids_of(batch)
    actions.change_mailing(actor, mailing, "stop")
    jobs.say_stopped(str(mailing))
    where, said = kept[-1]
    assert where == f"$KV.stopped.{batch.district_id}.{mailing.hex}" and said.mailing == mailing.hex
    assert signing.Verifier().is_genuine(said)
    try:
        clock.shift(121)
        jobs.end_expired()
        assert states_of(mailing)["text"] == [UNSURE] * 3, "nobody knows as long as it is dead"
        tell(batch, carrier, 1, {ids[0]: "sent", ids[1]: "unsure"}, because="It was just going out.")
        assert states_of(mailing)["text"] == [SENT, UNSURE, STOPPED]
        rows = {row.pk: row for row in Delivery.objects.all()}
        assert [rows[pk].because for pk in ids[1:]] == [
            "It was just going out.", "Stopped: its carrier had not sent it yet."
        ]  # fmt: skip
        assert Batch.objects.get().state == "stopped"
    finally:
        clock.shift(0)


def test_what_a_carrier_neither_told_of_nor_left_is_unsure_and_goes_to_nobody(kept, actor):
    first, _ = add_carrier(settings={"priority": 1}), add_carrier(settings={"priority": 2})
    mailing = build_mailing(actor, [contact(1), contact(2)], channels=("text",))
    jobs.feed_carriers()
    batch = batch_of(mailing)
    left = ids_of(batch)[1]
    actions.take_told(Told(
        district=str(batch.district_id), gateway="sms", endpoint=str(first), at=clock.unix(), results=[],
        batch=batch.pk.hex, attempt=1, is_last=True, untried=[left.hex], carrier="down", because="no answer",
    ))  # fmt: skip
    assert states_of(mailing)["text"] == [UNSURE, WAITING]
    jobs.feed_carriers()
    assert [one.id for one in kept[-1][1].recipients] == [left.hex], "only what it said that it does not have"
    assert "may have gone out" in Delivery.objects.get(state=UNSURE).because
