"""Whether an address is bad by what carriers say of it, and when it is good again."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import NamedTuple
from uuid import UUID

from watchbell.communication.channels.actions.browsers import drop_gone_browser
from watchbell.communication.channels.facts import ANSWERED, DELIVERED
from watchbell.communication.channels.models import BadAddress, Recipient
from watchbell.communication.channels.queries.trusting import Answers, answers_of
from watchbell.communication.channels.rules import trust
from watchbell.line.clock import now
from watchbell.wire.tell import Result

ARRIVED = "Something has arrived there"
#: More answers than these say nothing new.
MOST_SAID = 8
#: What shows that a number works after all; that a machine takes a call may be an announcement of the network's.
ARRIVING = {"text": (DELIVERED,), "voice": (ANSWERED,)}


class Said(NamedTuple):
    """A carrier's word that nothing arrives at an address. carrier: its id, as the gateway gives it."""

    channel: str
    to: str
    recipient: UUID
    mailing: UUID
    carrier: str
    result: Result


def note_bad(listed: Iterable[Said]) -> None:
    """Inside a batch of writes: each address waits in the office's queue, and is held bad once that is believed."""
    fresh = [one for one in listed if one.channel != "push" or not drop_gone_browser(one.to)]
    if not fresh:
        return
    rows = {
        (row.channel, row.address): row
        for row in BadAddress.objects.filter(cleared_at=None, address__in={one.to[:700] for one in fresh})
    }  # fmt: skip
    people = dict(Recipient.objects.filter(pk__in=[one.recipient for one in fresh]).values_list("pk", "person_id"))
    answers = answers_of({
        *((str(one.mailing), one.carrier) for one in fresh),
        *((said["mailing"], said["carrier"]) for row in rows.values() for said in row.said),
    })  # fmt: skip
    for one in fresh:
        row = rows.get((one.channel, one.to[:700]))
        if row is None:
            row = BadAddress(channel=one.channel, address=one.to[:700], person_id=people.get(one.recipient),
                             is_doubt=True)  # fmt: skip
        if _hear(row, one, answers):
            rows[row.channel, row.address] = row


def _hear(row: BadAddress, one: Said, answers: Answers) -> bool:
    """Whether the answer says something of the address."""
    words = {"mailing": str(one.mailing), "carrier": one.carrier}
    is_sure = trust.is_believed(one.channel, one.to, [])
    if (trust.is_at_fault(*answers[str(one.mailing), one.carrier]) and not is_sure) or not row.is_doubt:
        return False
    if words not in row.said:
        row.said = [*row.said, words][:MOST_SAID]
    row.because, row.code = one.result.because[:255], one.result.code[:20]
    witnesses = [answers[said["mailing"], said["carrier"]] for said in row.said]
    row.is_doubt = not trust.is_believed(one.channel, one.to, witnesses)
    row.save()
    return True


def note_arrived(changed: Iterable[tuple[str, int, str]]) -> None:
    """(way, state, address) of messages, inside a batch of writes: where one has arrived, messages go again."""
    arrived: dict[str, set[str]] = defaultdict(set)
    for channel, state, to in changed:
        if state in ARRIVING.get(channel, ()):
            arrived[channel].add(to)
    for channel, addresses in arrived.items():
        clear(channel, addresses, ARRIVED)


def clear(channel: str, addresses: Collection[str], by: str) -> None:
    """These addresses are good again, inside a batch of writes."""
    rows = BadAddress.objects.filter(channel=channel, address__in=addresses, cleared_at=None)
    rows.update(cleared_at=now(), cleared_by=by)
