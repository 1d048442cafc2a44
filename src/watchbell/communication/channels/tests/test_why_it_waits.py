"""Whoever looks at a mailing reads why it waits: which carrier is in trouble, and who brings the messages now."""

import pytest

from watchbell.communication.channels.models import Batch, Mailing
from watchbell.communication.channels.queries.waiting import progress_with_reasons
from watchbell.communication.channels.tests.builders import add_carrier, build_mailing, contact, hand_out, tell
from watchbell.wire.subjects import progress_topic


@pytest.fixture
def told(committed_db, district, hints):
    return hints


def why(mailing):
    return progress_with_reasons(Mailing.objects.get(pk=mailing)).why


def test_a_carrier_in_trouble_and_who_takes_over_stand_on_every_mailing_that_waits(told, actor):
    first = add_carrier(name="Carrier A", settings={"priority": 1})
    mailing, other = (build_mailing(actor, [contact(number)], channels=("text",)) for number in (1, 2))
    assert why(mailing) == ()
    batch = Batch.objects.get(mailing=mailing)
    told.clear()
    tell(batch, first, hand_out(batch, first), {}, how="refuses")
    assert f"{progress_topic(Mailing.objects.get(pk=other).about)}" in str(told), "who looks at the other hears of it"
    for one in (mailing, other):
        (said,) = why(one)
        assert said.startswith("Texts wait: Carrier A refuses since ") and "no carrier is left" in said
        assert "It is tried again at " in said
    second = add_carrier(name="Carrier B", settings={"priority": 2})
    (said,) = why(mailing)
    assert said.startswith("Texts: Carrier A refuses since ") and said.endswith("; they go by Carrier B now.")
    batch.refresh_from_db()
    tell(batch, second, hand_out(batch, second), {batch.deliveries.get().pk: "sent"})
    assert why(mailing) == () and why(other) != (), "what has gone waits for nothing"
    batch = Batch.objects.get(mailing=other)
    tell(batch, first, hand_out(batch, first), {batch.deliveries.get().pk: "later"})
    assert why(other) == (), "it works again"
