"""By mail anybody can write as anybody: a wish counts only for the address a known message of ours went to."""

import pytest

from watchbell.communication.channels import actions, queries
from watchbell.communication.channels.models import Consent, Delivery
from watchbell.communication.channels.tests.builders import (
    add_carrier,
    batch_of,
    build_mailing,
    contact,
    hand_out,
    heard,
    ids_of,
    tell,
)
from watchbell.kernel.models import Announcement, AuditRow
from watchbell.line.ids import same_id


@pytest.fixture
def went(kept, actor):
    """A mail that has gone out to somebody."""
    carrier = add_carrier("mail_relay", "smtp")
    mailing = build_mailing(actor, [contact(1)], purpose="routine", channels=("email",))
    batch = batch_of(mailing, "email")
    tell(batch, carrier, hand_out(batch, carrier), dict.fromkeys(ids_of(batch), "sent"))
    return Delivery.objects.get(mailing_id=mailing)


def mailed(kind, sender="", **more):
    return heard(kind, **{"gateway": "smtp", "channel": "email", "sender": sender, **more})


@pytest.mark.parametrize("kind", ["opt_out", "complaint"])
@pytest.mark.parametrize("delivery", ["", same_id("nobody"), "x"])
def test_a_wish_that_names_no_message_of_ours_takes_nobody_out(went, actor, kind, delivery):
    actions.take_heard(actor, mailed(kind, went.to, delivery=delivery, text="unsubscribe"))
    assert not Consent.objects.exists() and queries.is_wanted("email", went.to, "routine")
    row = AuditRow.objects.get(action=f"channels.hear_{kind}")
    assert "names no message" in row.details["ignored"]


def test_words_of_a_person_that_count_for_nothing_go_to_a_desk(went, actor):
    actions.take_heard(actor, mailed("opt_out", "who@x.invalid", text="Take me out, please"))
    said = Announcement.objects.get(name__endswith="ReplyHeard").body
    assert said["text"] == "Take me out, please" and said["sender"] == "who@x.invalid"


@pytest.mark.parametrize("kind", ["opt_out", "complaint"])
@pytest.mark.parametrize("sender", ["", "Somebody.Else@x.invalid", "victim@x.invalid"])
def test_a_known_message_counts_for_where_it_went_whoever_writes(went, actor, kind, sender):
    actions.take_heard(actor, mailed(kind, sender, delivery=went.pk.hex))
    assert set(Consent.objects.values_list("address", flat=True)) == {went.to}
    assert not queries.is_wanted("email", went.to, "routine")


def test_a_text_s_message_says_nothing_about_a_mail(kept, actor):
    mailing = build_mailing(actor, [contact(1)], purpose="routine", channels=("text",))
    actions.take_heard(actor, mailed("complaint", "x@x.invalid", delivery=Delivery.objects.get(mailing=mailing).pk.hex))
    assert not Consent.objects.exists()


def test_an_answer_from_an_address_spelled_otherwise_is_an_answer(went, actor):
    actions.take_heard(actor, mailed("reply", went.to.upper(), text="Thank you"))
    went.recipient.refresh_from_db()
    assert went.recipient.reached_by == "email"
