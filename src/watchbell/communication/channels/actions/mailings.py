"""A mailing begins, gets its recipients in portions, is paused, goes on or is stopped."""

import json
import secrets
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from watchbell.communication.channels import queries, rules
from watchbell.communication.channels.events import MailingEnded
from watchbell.communication.channels.facts import (
    FAILED,
    MOST_CALLS,
    POSTS,
    SKIPPED,
    STOPPED,
    URGENCY,
    WAITING,
    BodyText,
    Contact,
    Way,
)
from watchbell.communication.channels.models import Batch, Body, Delivery, Mailing, Recipient
from watchbell.communication.channels.queries.digests import digest_for
from watchbell.kernel.acting import acting_district
from watchbell.kernel.changes import Change, recorded_batch, recorded_change
from watchbell.kernel.live import touch
from watchbell.kernel.permissions import Actor
from watchbell.kernel.zones import zone_of
from watchbell.line.clock import now
from watchbell.line.errors import Conflict, NotFound
from watchbell.line.ids import new_id
from watchbell.wire.subjects import progress_topic

SHARED = "Another recipient has the same address."
OVER = "It was ended or stopped before its digest went."


def begin_mailing(
    actor: Actor, about: str, label: str, purpose: str, mode: str, bodies: Sequence[BodyText], options: dict[str, Any],
    expires_at: datetime, next_after_seconds: int | None = None, *, may_wait: bool = False,
) -> UUID:  # fmt: skip
    """A mailing without recipients yet; gives its id. Twice for the same `about` is once.

    may_wait: its mails wait for the day's digest where a reader wants one a day; of a routine one that is real.
    """
    known = Mailing.objects.filter(about=about).first()
    if known is not None:
        return known.pk
    with recorded_change(actor, "channels.begin_mailing", target=label) as change:
        mailing = Mailing.objects.create(
            about=about, label=label[:200], purpose=purpose, mode=mode, urgency=URGENCY[purpose], options=options,
            expires_at=expires_at, next_after_seconds=next_after_seconds, may_wait=may_wait,
        )  # fmt: skip
        Body.objects.bulk_create(
            Body(mailing=mailing, language=one.language, subject=one.subject[:200], text=one.text, html=one.html,
                 short=one.short, spoken=one.spoken, sound=one.sound)
            for one in bodies
        )  # fmt: skip
        change.about(mailing)
        change.note(purpose=purpose, mode=mode)
    return mailing.pk


def send_owed(
    actor: Actor, about: str, label: str, bodies: Sequence[BodyText], contacts: Sequence[Contact],
    channels: Sequence[str], expires_at: datetime, options: dict[str, Any] | None = None, *, is_once: bool = False,
) -> None:  # fmt: skip
    """A message that is owed to them: an answer, a code, a confirmation. Twice for `about` is once.

    It goes as attendance does: nobody has declined it, and no night holds it up. is_once: nobody is called again.
    """
    mailing = begin_mailing(actor, about[:80], label, "attendance", "real", bodies, options or {}, expires_at)
    add_recipients(mailing, contacts, channels, 0)
    if is_once:
        with recorded_batch("a call that is placed once"):
            Delivery.objects.filter(mailing_id=mailing).update(tries=MOST_CALLS)
    finish_preparing(actor, mailing)


def send_one(
    actor: Actor, about: str, label: str, body: BodyText, contact: Contact, channels: Sequence[str],
    expires_at: datetime, options: dict[str, Any] | None = None, *, is_once: bool = False,
) -> None:  # fmt: skip
    """`send_owed` to one address."""
    send_owed(actor, about, label, [body], [contact], channels, expires_at, options, is_once=is_once)


def add_recipients(mailing_id: UUID, contacts: Sequence[Contact], channels: Sequence[str], prepared: int) -> int:
    """Adds a portion of recipients with their messages; gives how many messages wait.

    prepared: how many contacts came before this portion: a portion that is there already is not added again.
    """
    with recorded_batch("recipients of a mailing"):
        mailing = Mailing.objects.select_for_update().get(pk=mailing_id)
        if mailing.prepared > prepared or mailing.state == "stopped":
            return 0
        declined = queries.declined_by(contacts, mailing.purpose)
        bad = queries.bad_addresses_of(contacts)
        seen = queries.addresses_asked(mailing_id, contacts)
        at_once = mailing.next_after_seconds is None
        due = digest_for(mailing) if any(one.is_daily for one in contacts) else None
        tag = rules.tag_of(str(acting_district()))
        rows: list[tuple[Recipient, Way]] = []
        people: list[Recipient] = []
        over: list[str] = []
        for one in contacts:
            person = Recipient(
                mailing_id=mailing_id, person_id=one.person, family=one.household or one.person or new_id(),
                name=one.name[:200], language=one.language, fields=one.fields, about=[str(pk) for pk in one.about],
                token=tag + secrets.token_urlsafe(12),
            )  # fmt: skip
            people.append(person)
            for way in rules.choose_ways(one, channels, mailing.purpose, declined, bad, at_once=at_once,
                                         may_wait=due is not None):  # fmt: skip
                rows.append((person, _once(way, seen, over)))
        insert_recipients(people)
        count = _insert_deliveries(mailing, rows, due)
        if over:
            shared = Delivery.objects.filter(mailing=mailing, to__in=over, batch__state="digest", state=WAITING)
            shared.update(state=SKIPPED, at=now(), because=SHARED)
        mailing.prepared = prepared + len(contacts)
        if count and mailing.state == "done":  # those gathered before were through already
            mailing.state, mailing.done_at = "sending", None
        mailing.save(update_fields=["prepared", "state", "done_at"])
        touch(progress_topic(mailing.about))
    return count


def add_posts(
    mailing_id: UUID, accounts: Sequence[str], language: str, page: str, replaces: Sequence[str] = (), *,
    is_last: bool = False,
) -> int:  # fmt: skip
    """The district's own accounts post it, each once; how many.

    page: where the post links to. replaces: the mailings (their `about`) whose posts these correct, the oldest first.
    is_last: only what was posted is corrected; an account that has not posted stays silent.
    Asked again, it adds those that are not among them yet; a mailing that was through goes on for these.
    """
    with recorded_batch("posts of a mailing"):
        mailing = Mailing.objects.select_for_update().get(pk=mailing_id)
        if mailing.state == "stopped":  # while it was gathered: what comes to it now would wait for good
            return 0
        known = set(Batch.objects.filter(mailing=mailing, channel="post").values_list("device", flat=True))
        accounts = [account for account in accounts if account not in known]
        earlier = Delivery.objects.filter(mailing__about__in=replaces, channel="post").exclude(ref="")
        told = {(about, to): ref for about, to, ref in earlier.values_list("mailing__about", "to", "ref")}
        refs = {to: ref for about in replaces for (one, to), ref in told.items() if one == about}
        accounts = [account for account in accounts if account in refs] if is_last else accounts
        tag = rules.tag_of(str(acting_district()))
        for account in accounts:
            fields = {"page": page} | ({"replaces_ref": refs[account]} if account in refs else {})
            person = Recipient(mailing_id=mailing_id, family=new_id(), name=POSTS, language=language, fields=fields,
                               token=tag + secrets.token_urlsafe(12))  # fmt: skip
            insert_recipients([person])
            batch = Batch.objects.create(mailing=mailing, channel="post", size=1, device=account)
            insert_deliveries(mailing_id, [(new_id(), person.pk, batch.pk, "post", 0, account, WAITING, "")])
        if accounts and mailing.state == "done":
            Mailing.objects.filter(pk=mailing_id).update(state="sending", done_at=None)
    return len(accounts)


def _once(way: Way, seen: dict[tuple[str, str], bool], over: list[str]) -> Way:
    """A number two people share is called once. seen: (way, address) → it waits for a digest.

    Where one of them wants mail at once it comes at once: into over go the addresses whose digest leaves it out.
    """
    if way.because:
        return way
    key = (way.channel, way.to)
    if key in seen and (way.waits or not seen[key]):
        return Way(way.channel, way.to, way.wave, SHARED)
    if key in seen:
        over.append(way.to)
    seen[key] = way.waits
    return way


def insert_recipients(people: Sequence[Recipient]) -> None:
    rows = [(one.pk, one.mailing_id, one.person_id, one.family, one.name, one.language, json.dumps(one.fields),
             json.dumps(one.about), one.token) for one in people]  # fmt: skip
    columns = [list(column) for column in zip(*rows, strict=True)] if rows else []
    if not columns:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into channels_recipient (id, district_id, mailing_id, person_id, family, name, language, fields,"
            " about, token, reached_by) select id, %s, mailing, person, family, name, language, fields::jsonb,"
            " about::jsonb, token, '' from unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::text[],"
            " %s::text[], %s::text[], %s::text[], %s::text[])"
            " as t (id, mailing, person, family, name, language, fields, about, token)",
            [acting_district(), *columns],
        )


def _insert_deliveries(mailing: Mailing, rows: Sequence[tuple[Recipient, Way]], due: datetime | None) -> int:
    """Messages in batches by way and wave; those not asked have none. due: the digest some wait for. How many wait."""
    asked: dict[tuple[str, int, bool, bool], list[tuple[Recipient, Way]]] = defaultdict(list)
    said = rules.say_waits(due, zone_of(mailing.district_id)) if due else ""
    inserted: list[tuple[Any, ...]] = []
    for person, way in rows:
        if way.because:
            state = FAILED if way.is_bad else SKIPPED
            inserted.append((new_id(), person.pk, None, way.channel, way.wave, way.to, state, way.because[:255]))
        else:
            asked[way.channel, way.wave, way.waits, way.is_bad].append((person, way))
    batches = []
    for (channel, wave, waits, is_bad), mine in sorted(asked.items(), key=lambda one: one[0][3]):  # the doubtful last
        because = said if waits else rules.DOUBTFUL if is_bad else ""
        at = 0
        for size in [len(mine)] if waits else rules.size_batches(channel, len(mine)):
            batch = Batch(mailing=mailing, channel=channel, wave=wave, size=size,
                          state="digest" if waits else "held" if wave else "waiting",
                          not_before=due if waits and due else now())  # fmt: skip
            batches.append(batch)
            inserted += [(new_id(), person.pk, batch.pk, channel, wave, way.to, WAITING, because)
                         for person, way in mine[at : at + size]]  # fmt: skip
            at += size
    Batch.objects.bulk_create(batches)
    insert_deliveries(mailing.pk, inserted)
    return sum(len(mine) for mine in asked.values())


def insert_deliveries(mailing_id: UUID, rows: Sequence[tuple[Any, ...]]) -> None:
    """Rows of (id, recipient, batch, channel, wave, to, state, because), in one statement."""
    if not rows:
        return
    columns = [list(column) for column in zip(*rows, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(
            'insert into channels_delivery (id, district_id, mailing_id, recipient_id, batch_id, channel, wave, "to",'
            " state, because, code, tries, ref) select id, %s, %s, recipient, batch, channel, wave, address, state,"
            " because, '', 0, '' from unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::int[], %s::text[],"
            " %s::int[], %s::text[]) as t (id, recipient, batch, channel, wave, address, state, because)",
            [acting_district(), mailing_id, *columns],
        )


def finish_preparing(actor: Actor, mailing_id: UUID) -> None:
    """All recipients are there: now it may end."""
    with recorded_change(actor, "channels.finish_preparing", target=str(mailing_id)) as change:
        end_gathering(mailing_id)
        change.touch(queries.topic_of(mailing_id))


def end_gathering(mailing_id: UUID) -> None:
    """Inside a change. What is paused stays so."""
    Mailing.objects.filter(pk=mailing_id).update(is_gathered=True)
    Mailing.objects.filter(pk=mailing_id, state="preparing").update(state="sending")


#: What is asked of a mailing → (states it may be in, state it gets).
CHANGES = {
    "pause": (("sending", "preparing", "digest"), "paused"),
    "resume": (("paused",), "sending"),
    "stop": (("preparing", "sending", "paused", "digest"), "stopped"),
}


def change_mailing(actor: Actor, mailing_id: UUID, what: str) -> int:
    """Pauses, resumes or stops it; gives how many messages will surely not go out.

    Of what carriers' gateways have, each says what it has not begun with, as soon as it lives. Raises Conflict when it
    is over.
    """
    before, after = CHANGES[what]
    with recorded_change(actor, f"channels.{what}_mailing", target=str(mailing_id)) as change:
        mailing = Mailing.objects.select_for_update().filter(pk=mailing_id).first()
        if mailing is None:
            raise NotFound("There is no such mailing.")
        if mailing.state not in before:
            raise Conflict(f"It is {mailing.get_state_display().lower()} already.")
        mailing.state = "preparing" if what == "resume" and not mailing.is_gathered else after
        mailing.done_at = now() if what == "stop" else None
        mailing.save(update_fields=["state", "done_at"])
        count = _stop_waiting(change, mailing) if what == "stop" else 0
        change.about(mailing)
        change.touch(progress_topic(mailing.about))
    return count


def _stop_waiting(change: Change, mailing: Mailing) -> int:
    gone = Batch.objects.filter(mailing=mailing, state__in=("held", "waiting", "digest"))
    # what a digest carries already goes with it
    left = Delivery.objects.filter(batch__in=gone, state=WAITING, digest=None)
    stopped = {"state": STOPPED, "at": now()}
    count = left.filter(batch__state="digest").update(**stopped, because=OVER)
    count += left.update(**stopped, because="Stopped.")
    gone.update(state="stopped")
    change.note(not_sent=count)
    if Batch.objects.filter(mailing=mailing, state="out").exists():
        change.ask_slowly("channels.say_stopped", queue="soon", mailing=str(mailing.pk))
    change.announce(MailingEnded(str(mailing.pk), mailing.about, "stopped"))
    return count
