"""People subscribe, confirm, choose and leave by their own word; none of it touches anybody's contacts."""

import secrets
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from watchbell.communication.channels.queries import bad_of, wishes_of
from watchbell.communication.newsletter import queries
from watchbell.communication.newsletter.facts import ASK_AGAIN_SECONDS, MOST_TOPICS, PENDING_DAYS, PURPOSE, WRITE
from watchbell.communication.newsletter.models import Subscriber, Topic
from watchbell.communication.notices.facts import LANGUAGES
from watchbell.kernel.changes import Change, recorded_change
from watchbell.kernel.permissions import Actor, require
from watchbell.line.addresses import read_email
from watchbell.line.clock import now
from watchbell.line.errors import Conflict, NotFound, Refused


def _known_topics(chosen: Sequence[str]) -> list[str]:
    known = {str(one.pk) for one in queries.topics()}
    return sorted({one for one in chosen if one in known})


def ask_subscription(actor: Actor, address: str, language: str, topics: Sequence[str], from_where: str) -> None:
    """A link goes to this address, and nothing else before it was followed. Raises Refused for what is no address.

    Whoever asks learns nothing: an address that is known is written to as well, at most once in ten minutes.
    """
    found = read_email(address)
    if not found:
        raise Refused("Write an e-mail address, like name@example.org.")
    with recorded_change(actor, "newsletter.ask") as change:
        row = Subscriber.objects.select_for_update().filter(address=found).first()
        moment = now()
        if row is not None and (moment - row.asked_at).total_seconds() < ASK_AGAIN_SECONDS:
            change.note(subscriber=str(row.pk))
            return
        if row is None:
            row = Subscriber(address=found, token=secrets.token_urlsafe(18))
        if row.state in ("pending", "left"):
            row.language = language if language in LANGUAGES else "en"
            row.topics, row.state = _known_topics(topics), "pending"
        row.asked_at, row.from_where = moment, from_where[:32]
        row.save()
        change.note(subscriber=str(row.pk))
        change.ask_slowly("newsletter.send_confirmation", subscriber=str(row.pk), asked=int(moment.timestamp() * 1000),
                          queue="soon")  # fmt: skip
        change.touch("newsletter:subscribers")


def confirm_subscription(actor: Actor, token: str) -> Subscriber:
    """The link from the mail was followed by a person: they subscribe. Twice is once."""
    row = queries.subscriber_of_confirmation(token)
    if row.state == "left" and row.left_at and row.left_at > row.asked_at:
        raise NotFound(queries.NO_LINK)
    with recorded_change(actor, "newsletter.confirm") as change:
        row = Subscriber.objects.select_for_update().get(pk=row.pk)
        if row.state != "active":
            row.state, row.confirmed_at, row.left_at, row.left_because = "active", now(), None, ""
            row.save(update_fields=["state", "confirmed_at", "left_at", "left_because"])
            _note_wish(change, row, True, "Confirmed by the link in the mail")
        change.touch("newsletter:subscribers")
    return row


def save_wishes(actor: Actor, token: str, language: str, topics: Sequence[str]) -> None:
    """A subscriber's own language and topics."""
    row = queries.subscriber_of_token(token)
    with recorded_change(actor, "newsletter.save_wishes") as change:
        Subscriber.objects.filter(pk=row.pk).update(
            language=language if language in LANGUAGES else row.language, topics=_known_topics(topics)
        )
        change.note(subscriber=str(row.pk))
        change.touch("newsletter:subscribers")


def leave(actor: Actor, token: str, how: str) -> Subscriber:
    """By one click, for good. Only the newsletter ends: what families get from the school goes on."""
    row = queries.subscriber_of_token(token)
    _go(actor, row, how)
    return row


def _go(actor: Actor, row: Subscriber, how: str) -> None:
    with recorded_change(actor, "newsletter.leave") as change:
        rows = Subscriber.objects.filter(pk=row.pk).exclude(state="left")
        if rows.update(state="left", left_at=now(), left_because=how[:160]):
            _note_wish(change, row, False, how)
        change.touch("newsletter:subscribers")


def _note_wish(change: Change, row: Subscriber, is_wanted: bool, how: str) -> None:
    """A line in the ledger of wishes, for the newsletter alone."""
    change.note(subscriber=str(row.pk), how=how)
    change.ask_soon("newsletter.note_wish", address=row.address, is_wanted=is_wanted, how=how, by=change.actor.name)


def take_off(actor: Actor, subscriber_id: UUID, why: str) -> None:
    """The office takes somebody off who has asked for it by another way."""
    require(actor, WRITE)
    row = queries.subscriber_seen_by(actor, subscriber_id)
    if row.state == "left":
        raise Conflict("They have left already.")
    _go(actor, row, f"Taken off by {actor.name}: {why.strip() or 'they asked'}")


def mail_again(actor: Actor, subscriber_id: UUID) -> None:
    """The address works again: the next issue goes there."""
    require(actor, WRITE)
    row = queries.subscriber_seen_by(actor, subscriber_id)
    if queries.bad_addresses_of([row]):
        raise Refused("A carrier says that nothing arrives there: clear it under “Bad addresses” first.")
    with recorded_change(actor, "newsletter.mail_again") as change:
        if not Subscriber.objects.filter(pk=row.pk, state="bounced", confirmed_at__isnull=False).update(state="active"):
            raise Conflict("It does not bounce.")
        change.note(subscriber=str(row.pk))
        change.touch("newsletter:subscribers")


def follow_wishes(actor: Actor) -> int:
    """Forgets who never confirmed; notes who has left by a mail program, and where nothing arrives. How many."""
    with recorded_change(actor, "newsletter.tidy") as change:
        old = Subscriber.objects.filter(state="pending", confirmed_at=None)
        forgotten, _ = old.filter(asked_at__lt=now() - timedelta(days=PENDING_DAYS)).delete()
        # whoever had left before and never confirmed anew has left still
        again = Subscriber.objects.filter(state="pending", confirmed_at__isnull=False)
        again.filter(asked_at__lt=now() - timedelta(days=PENDING_DAYS)).update(state="left")
        rows = dict(Subscriber.objects.filter(state="active").values_list("address", "pk"))
        asked = [("email", address) for address in rows]
        gone = {to for (way, to, what), wanted in wishes_of(asked).items()
                if way == "email" and what == PURPOSE and not wanted}  # fmt: skip
        Subscriber.objects.filter(pk__in=[rows[to] for to in gone if to in rows]).update(
            state="left", left_at=now(), left_because="Declined newsletters in a mail program or on another page"
        )
        bad = {to for _, to in bad_of(asked)} - gone
        Subscriber.objects.filter(pk__in=[rows[to] for to in bad]).update(state="bounced")
        change.note(forgotten=forgotten, left=len(gone), bounced=len(bad))
    return forgotten + len(gone) + len(bad)


def save_topic(actor: Actor, name: str) -> None:
    """A list people may choose; one of that name is opened again."""
    require(actor, WRITE)
    words = " ".join(name.split())[:80]
    if not words:
        raise Refused("Give the topic a name.")
    with recorded_change(actor, "newsletter.save_topic", target=words) as change:
        if Topic.objects.filter(is_open=True).count() >= MOST_TOPICS:
            raise Refused(f"More than {MOST_TOPICS} topics are too many to choose from.")
        row, _ = Topic.objects.update_or_create(name=words, defaults={"is_open": True})
        change.about(row)


def close_topic(actor: Actor, topic_id: UUID) -> None:
    """It is offered to nobody new; who has chosen it keeps it."""
    require(actor, WRITE)
    with recorded_change(actor, "newsletter.close_topic") as change:
        row = Topic.objects.filter(pk=topic_id).first()
        if row is None:
            raise NotFound("There is no such topic.")
        row.is_open = False
        row.save(update_fields=["is_open"])
        change.about(row)
