"""When a number is held bad: two answers that speak of it, of carriers that carry; nobody is silenced by a carrier."""

import pytest

from watchbell.communication.channels import jobs
from watchbell.communication.channels.facts import FAILED, WAITING
from watchbell.communication.channels.models import BadAddress
from watchbell.communication.channels.rules.trust import is_at_fault, is_believed
from watchbell.communication.channels.tests.builders import (
    add_carrier,
    batch_of,
    build_mailing,
    contact,
    hand_out,
    ids_of,
    refuse,
    states_of,
    tell,
)


@pytest.mark.parametrize(("brought", "failed", "is_at"), [
    (0, 1, False), (0, 4, False), (0, 5, True), (19, 5, True), (20, 5, False), (1000, 240, False), (700, 300, True),
])  # fmt: skip
def test_a_carrier_that_fails_with_many_speaks_of_itself(brought, failed, is_at):
    assert is_at_fault(brought, failed) is is_at


@pytest.mark.parametrize(("channel", "said", "is_bad"), [
    ("text", [], False), ("text", [(9, 1)], False), ("text", [(9, 1), (9, 1)], True), 
    ("voice", [(9, 1), (0, 1)], False),
    ("text", [(9, 1), (0, 200)], False), ("email", [(0, 1)], True), ("email", [(0, 200)], False), ("email", [], False),
])  # fmt: skip
def test_two_witnesses_are_believed_of_a_number_and_one_of_a_mailbox(channel, said, is_bad):
    to = "p@x.invalid" if channel == "email" else "+15735550001"
    assert is_believed(channel, to, said) is is_bad


def test_what_is_no_number_at_all_needs_no_witness():
    assert is_believed("text", "no number", []) and not is_believed("text", "+15735550001", [])


def held():
    return sorted(BadAddress.held().values_list("address", flat=True))


@pytest.mark.parametrize("is_another_carrier", [True, False])
def test_a_number_is_held_bad_by_two_messages(kept, actor, is_another_carrier):
    first = add_carrier()
    second = add_carrier() if is_another_carrier else first
    refuse(actor, first, 1)
    assert held() == [] and BadAddress.objects.get().is_doubt
    refuse(actor, second, 1, 2)
    assert held() == ["+15735550001"] and BadAddress.objects.count() == 2


def test_the_same_message_tried_again_by_the_same_carrier_is_one_witness(kept, actor):
    carrier = add_carrier()
    mailing = build_mailing(actor, [contact(1), contact(2)], purpose="routine", channels=("text",))
    batch = batch_of(mailing)
    first, second = ids_of(batch)
    for number in (1, 2):
        tell(batch, carrier, number if number == 2 else hand_out(batch, carrier), {first: "failed", second: "sent"},
             code="0x000b", because="No such number", is_bad_address=True)  # fmt: skip
    assert held() == [] and len(BadAddress.objects.get(address="+15735550001").said) == 1


def test_a_carrier_with_the_wrong_contract_silences_nobody(kept, actor):
    """It takes a third of the numbers, message after message; the office's queue does not fill with the others."""
    carrier = add_carrier()
    for _ in range(3):
        refuse(actor, carrier, *range(1, 11), well=20)
    assert held() == [] and not BadAddress.objects.exists()
    urgent = build_mailing(actor, [contact(at) for at in range(1, 11)], channels=("text",))
    assert set(states_of(urgent)["text"]) == {WAITING}
    jobs.feed_carriers()
    assert len(kept[-1][1].recipients) == 10, "and none of them is asked last"


def test_the_witness_of_a_carrier_that_turns_out_to_carry_nothing_counts_no_more(kept, actor):
    first, second = add_carrier(), add_carrier()
    mailing = build_mailing(actor, [contact(at) for at in range(1, 12)], purpose="routine", channels=("text",))
    batch = batch_of(mailing)
    ids = ids_of(batch)
    attempt = hand_out(batch, first)
    # its first answers are one number that it does not know and one that it has taken, and then it fails with all
    tell(batch, first, attempt, {ids[0]: "failed"}, because="No such number", code="0x000b", is_bad_address=True)
    assert BadAddress.objects.get().is_doubt
    batch.refresh_from_db()
    tell(batch, first, hand_out(batch, first), dict.fromkeys(ids[1:], "failed"), because="No route", code="0x0445")
    refuse(actor, second, 1)
    assert held() == [], "the first is no witness"
    refuse(actor, second, 1)
    assert len(held()) == 1


def test_what_was_held_bad_is_good_again_once_something_has_arrived(kept, actor):
    carrier = add_carrier()
    for _ in range(2):
        refuse(actor, carrier, 1)
    assert held() == ["+15735550001"]
    assert states_of(build_mailing(actor, [contact(1)], purpose="routine", channels=("text",)))["text"] == [FAILED]
    urgent = build_mailing(actor, [contact(1)], channels=("text",))
    batch = batch_of(urgent)
    tell(batch, carrier, hand_out(batch, carrier), dict.fromkeys(ids_of(batch), "sent"))
    assert held() == ["+15735550001"], "that the carrier has taken it says nothing yet"
    tell(batch, carrier, 1, dict.fromkeys(ids_of(batch), "delivered"))
    assert held() == [] and BadAddress.objects.get().cleared_at is not None
