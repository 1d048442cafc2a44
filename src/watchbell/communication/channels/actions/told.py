"""What carriers say became of messages: written down once, in whatever order it comes."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.db import connection

from watchbell.communication.channels import queries, rules
from watchbell.communication.channels.actions.doubting import Said, note_arrived, note_bad
from watchbell.communication.channels.actions.following import follow_mails, mark_reached
from watchbell.communication.channels.actions.sending import FORGOTTEN, LOST, NEVER_TOLD, close_batch
from watchbell.communication.channels.facts import (
    ANSWERED,
    BY_WORD,
    FAILED,
    OPENED,
    REACHING,
    WEIGHTS,
)
from watchbell.communication.channels.models import (
    Batch,
    CarrierTrouble,
    Delivery,
    Recipient,
)
from watchbell.district.sites.facts import read_id
from watchbell.kernel.acting import acting_district
from watchbell.kernel.changes import recorded_batch, take_turns
from watchbell.kernel.live import touch
from watchbell.line.clock import now
from watchbell.wire.subjects import progress_topic
from watchbell.wire.tell import Result, Told

#: What the hub has written for want of a word: any word of the carrier's says more.
GUESSES = (NEVER_TOLD, LOST, FORGOTTEN)
UPDATE = """
update channels_delivery d set state = t.state, at = to_timestamp(t.at), because = t.because, code = t.code
from unnest(%s::uuid[], %s::int[], %s::float8[], %s::text[], %s::text[]) as t (id, state, at, because, code)
where d.id = t.id and ((%s::int[])[d.state + 1] < (%s::int[])[t.state + 1] or d.because = any(%s))
returning d.id, d.recipient_id, d.mailing_id, d.channel, d.state, d."to", d.at
"""


def wait_turn() -> None:
    """Who writes down what became of many messages of a district waits for who writes down what many people answer."""
    take_turns(f"what became of messages:{acting_district()}")


def take_told(*listed: Told) -> None:
    """What carriers' gateways say, in one transaction: results, trouble, the ends of batches."""
    with recorded_batch("what became of messages"):
        wait_turn()
        mailings = _take_results([(told.endpoint, one) for told in listed for one in told.results])
        has_news = [_take_trouble(told) for told in listed]
        for told in listed:
            if told.batch and told.is_last:
                mailings |= _end_batch(told)
    abouts = [one.about for one in queries.mailings_under_way()] if any(has_news) else []
    for topic in {queries.topic_of(mailing) for mailing in mailings} | {progress_topic(one) for one in abouts}:
        touch(topic)


def _take_results(results: Sequence[tuple[str, Result]]) -> set[UUID]:
    """results: what became of messages, each with the carrier that says so. Gives the mailings it changes."""
    carriers = {one.id: carrier for carrier, one in results}
    rows = [(read_id(one.id), BY_WORD[one.state], one) for _, one in results if one.state in BY_WORD]
    rows = [row for row in rows if row[0] is not None]
    if not rows:
        return set()
    latest = {pk: (state, one) for pk, state, one in sorted(rows, key=lambda row: WEIGHTS[row[1]])}
    words = [(pk, state, one.at, one.because[:255], one.code[:20]) for pk, (state, one) in latest.items()]
    columns = [list(column) for column in zip(*words, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(UPDATE, [*columns, list(WEIGHTS), list(WEIGHTS), list(GUESSES)])
        changed = cursor.fetchall()
    follow_mails([row[0] for row in changed if row[3] == "email"])
    reached: dict[str, list[UUID]] = defaultdict(list)
    for _, recipient, _, channel, state, _, _ in changed:
        if state in REACHING.get(channel, ()):
            reached[channel].append(recipient)
    for channel, people in reached.items():
        mark_reached(people, channel)
    for pk, _, _, channel, _, _, _ in changed:
        if channel == "post" and latest[pk][1].ref:
            Delivery.objects.filter(pk=pk).update(ref=latest[pk][1].ref[:200])
    bad = {pk: one for pk, (_, one) in latest.items() if one.is_bad_address}
    note_bad([
        Said(channel, to, recipient, mailing, carriers[bad[pk].id], bad[pk])
        for pk, recipient, mailing, channel, state, to, _ in changed if pk in bad and state == FAILED
    ])  # fmt: skip
    note_arrived((channel, state, to) for _, _, _, channel, state, to, _ in changed)
    return {row[2] for row in changed}


def _take_trouble(told: Told) -> bool:
    """True when whoever looks at a mailing that waits for this carrier may read something new."""
    carrier = read_id(told.endpoint)
    if carrier is None or not told.batch or not told.is_last:
        return False
    known = CarrierTrouble.objects.filter(carrier=carrier).first()
    if told.carrier == "ok":
        if known is not None:
            known.delete()
        return known is not None
    failures = known.failures + 1 if known else 1
    until = now() + timedelta(seconds=rules.seconds_bad(told.carrier, failures))
    CarrierTrouble.objects.update_or_create(
        carrier=carrier,
        defaults={"state": told.carrier, "because": told.because[:255], "failures": failures, "until": until},
    )
    return True


def _end_batch(told: Told) -> set[UUID]:
    number = read_id(told.batch)
    batch = Batch.objects.select_for_update().filter(pk=number).first() if number else None
    if batch is None or batch.attempts != told.attempt or batch.state not in ("out", "stopped"):
        return set()
    untried = [pk for one in told.untried if (pk := read_id(one)) is not None]
    close_batch(batch, told.carrier, told.because, untried)
    return {batch.mailing_id}


def mark_opened(recipient_id: UUID, *, answered: bool = False) -> None:
    """They have looked at their page, or answered: reached, by whichever way the link came."""
    with recorded_batch("a page was opened"):
        state = ANSWERED if answered else OPENED
        # the message before the person, as everywhere: two that wait for each other would both be thrown back
        Delivery.objects.filter(recipient_id=recipient_id, channel="email", state__in=(1, 2)).update(
            state=state, at=now()
        )
        mark_reached([recipient_id], "page")
        for mailing in Recipient.objects.filter(pk=recipient_id).values_list("mailing_id", flat=True):
            touch(queries.topic_of(mailing))
