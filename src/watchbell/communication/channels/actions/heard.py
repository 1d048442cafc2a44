"""What people answer, decline and press: many at once, each written down once with its own audit row."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from watchbell.communication.channels import queries
from watchbell.communication.channels.actions.following import follow_mails, mark_reached
from watchbell.communication.channels.actions.told import wait_turn
from watchbell.communication.channels.events import ReplyHeard
from watchbell.communication.channels.facts import ANSWERED, DECLINABLE
from watchbell.communication.channels.models import Consent, Delivery, StrayWish
from watchbell.district.sites.facts import read_id
from watchbell.kernel.changes import Change, recorded_changes
from watchbell.kernel.permissions import Actor
from watchbell.line.addresses import read_email
from watchbell.wire.tell import Heard

HOW = {"opt_out": "Wrote STOP", "opt_in": "Wrote START", "complaint": "Marked it as unwanted", "key": "Pressed 9"}
STRAY = "It names no message of ours: anybody can write as anybody."
UPDATE = """
update channels_delivery d set state = %s, at = to_timestamp(t.at)
from unnest(%s::uuid[], %s::float8[]) as t (id, at) where d.id = t.id
"""


def take_heard(actor: Actor, *listed: Heard) -> None:
    """Somebody answers, declines, presses a key; all of it in one transaction. Said twice, it is written down once."""
    said = {(_action(one), one.id): one for one in listed if one.kind != "bounce"}  # that is told beside it
    with recorded_changes(actor, "channels.hear") as changes:
        wait_turn()
        known = changes.known(said)
        fresh = sorted((one for key, one in said.items() if key not in known), key=lambda one: one.at)
        answered = queries.messages_answered(fresh)
        wishes = _Wishes(fresh, answered)
        for one in fresh:
            change = changes.add(_action(one), target=one.sender[:200], once=one.id)
            delivery = answered.get(one.id)
            is_taken = wishes.take(change, one, delivery)
            if one.kind in ("reply", "key") or (one.kind == "opt_out" and one.text and not is_taken):
                if delivery is not None:
                    change.touch(queries.topic_of(delivery.mailing_id))
                change.announce(_reply_of(one, delivery))
        _mark_answered((one, answered[one.id]) for one in fresh if one.kind in ("reply", "key") and one.id in answered)
        wishes.write()


def _action(heard: Heard) -> str:
    return f"channels.hear_{heard.kind}"


def _reply_of(heard: Heard, delivery: Delivery | None) -> ReplyHeard:
    return ReplyHeard(
        heard=heard.id, channel=heard.channel, kind=heard.kind, sender=heard.sender, text=heard.text[:20000],
        subject=heard.subject[:200], mailing=str(delivery.mailing_id) if delivery else "",
        recipient=str(delivery.recipient_id) if delivery else "", at=heard.at,
    )  # fmt: skip


def _mark_answered(answered: Iterable[tuple[Heard, Delivery]]) -> None:
    moments: dict[Any, float] = {}
    people: dict[str, set[Any]] = defaultdict(set)
    for heard, delivery in answered:
        moments[delivery.pk] = heard.at
        people[delivery.channel].add(delivery.recipient_id)
    if not moments:
        return
    with connection.cursor() as cursor:
        cursor.execute(UPDATE, [ANSWERED, list(moments), list(moments.values())])
    if "email" in people:
        follow_mails(moments)
    for channel, mine in people.items():
        mark_reached(mine, channel)


class _Wishes:
    """Who declines what, and takes it back, as it is said: the ledger is read once and written once."""

    def __init__(self, listed: Sequence[Heard], answered: Mapping[str, Delivery]) -> None:
        self._where = {one.id: _address_of(one, answered.get(one.id)) for one in listed
                       if _is_wish(one) and _is_proved(one, answered.get(one.id))}  # fmt: skip
        asked = [(one.channel, self._where[one.id][0]) for one in listed if one.id in self._where]
        self._wanted = queries.wishes_of(asked) if asked else {}
        self._rows: list[Consent] = []
        self._strays: list[StrayWish] = []
        self._to_confirm: list[dict[str, Any]] = []
        self._first: Change | None = None

    def take(self, change: Change, heard: Heard, delivery: Delivery | None) -> bool:
        """Whether it counts: nothing is written down where it is no wish, or one that names no message."""
        if heard.id not in self._where:
            if _is_wish(heard):
                change.note(ignored=STRAY)
                unread = str(heard.detail.get("unreadable") or "")
                self._strays.append(StrayWish(
                    heard=heard.id[:120], kind=heard.kind, sender=heard.sender[:254], subject=heard.subject[:200],
                    text=heard.text[:2000], because=f"The mail cannot be read: {unread}"[:255] if unread else STRAY,
                    at=datetime.fromtimestamp(heard.at, UTC),
                ))  # fmt: skip
            return False
        address, is_news = self._where[heard.id]
        is_wanted = heard.kind == "opt_in"
        given = "newsletter" if is_news else heard.detail.get("purpose")
        purposes: tuple[Any, ...] = (given,) if given in DECLINABLE else DECLINABLE
        new = [one for one in purposes if self._wanted.get((heard.channel, address, one), True) != is_wanted]
        for purpose in new:
            self._wanted[heard.channel, address, purpose] = is_wanted
            self._rows.append(Consent(channel=heard.channel, address=address[:700], purpose=purpose,
                                      is_wanted=is_wanted, how=HOW.get(heard.kind, heard.kind)))  # fmt: skip
        change.note(channel=heard.channel, wanted=is_wanted, purposes=list(purposes))
        # a carrier that refuses a number tells of no person who waits for an answer
        if new and heard.text and heard.channel == "text" and heard.kind in ("opt_out", "opt_in"):
            self._to_confirm.append({"number": address, "is_wanted": is_wanted, "heard": heard.id})
            self._first = self._first or change
        return True

    def write(self) -> None:
        """Into the ledger; those who wait for an answer get one, all of them together."""
        Consent.objects.bulk_create(self._rows)
        StrayWish.objects.bulk_create(self._strays, ignore_conflicts=True)
        if self._first is not None:
            self._first.ask_later("channels.confirm_wishes", wishes=self._to_confirm)


def _is_wish(heard: Heard) -> bool:
    return heard.kind in ("opt_out", "opt_in", "complaint") or (heard.kind == "key" and heard.text == "9")


def _is_proved(heard: Heard, delivery: Delivery | None) -> bool:
    """Whether a wish is surely of whom it is about: a mail has to name the message of ours that it is about.

    Who wrote a mail, and whom a report in it speaks of, anybody writes as they like; a telephone's network knows.
    """
    if heard.channel != "email":
        return True
    return delivery is not None and delivery.channel == "email" and delivery.pk == read_id(heard.delivery)


def _address_of(heard: Heard, delivery: Delivery | None) -> tuple[str, bool]:
    """(whose wish it is, whether it is about a newsletter only).

    By mail the address it went to counts, however whoever writes spells theirs. Whoever leaves a newsletter by their
    mail program leaves nothing else.
    """
    is_news = bool(heard.delivery) and delivery is not None and delivery.mailing.purpose == "newsletter"
    is_known = delivery is not None and (heard.kind == "key" or heard.channel == "email")
    address = delivery.to if delivery is not None and is_known else heard.sender
    return (heard.channel == "email" and read_email(address)) or address, is_news
