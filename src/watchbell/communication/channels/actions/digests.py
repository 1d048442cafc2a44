"""Routine mail that waits goes once a day, each person's in one mail; or at once, where it can wait no more."""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Exists, F, OuterRef

from watchbell.communication.channels import queries, rules
from watchbell.communication.channels.actions.following import write_left_out
from watchbell.communication.channels.actions.mailings import (
    begin_mailing,
    end_gathering,
    insert_deliveries,
    insert_recipients,
)
from watchbell.communication.channels.actions.sending import batch_anew
from watchbell.communication.channels.facts import (
    BATCH_SIZE,
    DIGEST_HOURS,
    SKIPPED,
    WAITING,
    BodyText,
    Digest,
    LeftOut,
)
from watchbell.communication.channels.models import Batch, Delivery, Mailing, Recipient
from watchbell.communication.channels.queries.digests import WAITS, about_digest, digest_after
from watchbell.kernel.acting import acting_district
from watchbell.kernel.changes import recorded_batch, recorded_change, take_turns
from watchbell.kernel.live import touch
from watchbell.kernel.permissions import Actor
from watchbell.kernel.zones import zone_of
from watchbell.line.clock import now
from watchbell.line.ids import new_id, same_uuid
from watchbell.wire.subjects import progress_topic

LINK = """
update channels_delivery d set digest_id = t.mail, because = %s
from unnest(%s::uuid[], %s::uuid[]) as t (id, mail) where d.id = t.id
"""


def begin_digest(actor: Actor, due: datetime, bodies: Sequence[BodyText], options: dict[str, Any]) -> UUID:
    """The mailing of a day's digests; gives its id. Twice for a day is once."""
    local = due.astimezone(zone_of(actor.district))
    return begin_mailing(
        actor, about_digest(actor.district, due), f"Digest of {local.day} {local:%B}", "routine", "real", bodies,
        options, now() + timedelta(hours=DIGEST_HOURS),
    )  # fmt: skip


def put_in_digests(mailing_id: UUID, due: datetime, digests: Sequence[Digest], left: Sequence[LeftOut]) -> int:
    """These people's mails of the day wait to be sent, and what they carry waits no more; how many mails that makes.

    All of it becomes true together, or nothing does. A person has one digest a day: for whom there is one already, what
    waits is put off to the next. Whose messages went another way meanwhile is left for the next look.
    """
    asked = [pk for one in digests for pk, _ in one.carries] + [one.id for one in left]
    with recorded_batch("a day's digests"):
        take_turns(f"digests:{acting_district()}")
        free = _hold(asked)
        people = [one.contact.person for one in digests if one.contact.person]
        known = Recipient.objects.filter(mailing_id=mailing_id, person_id__in=people)
        have = set(known.values_list("person_id", flat=True))
        whole = [one for one in digests if all(pk in free for pk, _ in one.carries)]
        count = _insert(mailing_id, due, [one for one in whole if one.contact.person not in have])
        late = [pk for one in whole if one.contact.person in have for pk, _ in one.carries]
        _put_off(late, due)
        write_left_out([one for one in left if one.id in free])
        for about in _abouts(free):
            touch(progress_topic(about))
    return count


def leave_out(left: Sequence[LeftOut]) -> None:
    """These go in no digest, nor by themselves."""
    if left:
        with recorded_batch("a day's digests"):
            free = _hold([one.id for one in left])
            write_left_out([one for one in left if one.id in free])
            for about in _abouts(free):
                touch(progress_topic(about))


def _hold(messages: Iterable[UUID]) -> set[UUID]:
    """Which of these still wait: nobody else can take them before this has committed."""
    rows = Delivery.objects.select_for_update(of=("self",)).filter(pk__in=list(messages), **WAITS)
    return set(rows.order_by("pk").values_list("pk", flat=True))


def _abouts(messages: Iterable[UUID]) -> list[str]:
    rows = Mailing.objects.filter(pk__in=Delivery.objects.filter(pk__in=list(messages)).values("mailing_id"))
    return list(rows.values_list("about", flat=True))


def _insert(mailing_id: UUID, due: datetime, digests: Sequence[Digest]) -> int:
    if not digests:
        return 0
    district = acting_district()
    tag = rules.tag_of(str(district))
    day = f"{due.astimezone(zone_of(district)):%Y-%m-%d}"
    people, mails, carried = [], [], []
    for one in digests:
        person = Recipient(
            pk=same_uuid("digest", district, day, one.contact.person), mailing_id=mailing_id,
            person_id=one.contact.person, family=one.family, name=one.contact.name[:200],
            language=one.contact.language, fields=one.fields, token=tag + secrets.token_urlsafe(12),
        )  # fmt: skip
        people.append(person)
        own = {to: new_id() for _, to in one.carries}
        mails += [(pk, person.pk, to) for to, pk in own.items()]
        carried += [(pk, own[to]) for pk, to in one.carries]
    batches = [Batch(mailing_id=mailing_id, channel="email", size=len(mails[at : at + BATCH_SIZE]))
               for at in range(0, len(mails), BATCH_SIZE)]  # fmt: skip
    insert_recipients(people)
    Batch.objects.bulk_create(batches)
    insert_deliveries(mailing_id, [
        (pk, person, batches[number // BATCH_SIZE].pk, "email", 0, to, WAITING, "")
        for number, (pk, person, to) in enumerate(mails)
    ])  # fmt: skip
    with connection.cursor() as cursor:
        said = rules.say_carried(due, zone_of(district))
        cursor.execute(LINK, [said, *map(list, zip(*carried, strict=True))])
    Mailing.objects.filter(pk=mailing_id, state="done").update(state="sending", done_at=None)
    return len(mails)


def _put_off(messages: Sequence[UUID], due: datetime) -> None:
    """To the next day's digest; what ends before that goes at once. Inside a batch of writes."""
    if not messages:
        return
    following = digest_after(max(now(), due))
    said = rules.say_waits(following, zone_of(acting_district()))
    rows = Delivery.objects.filter(pk__in=messages).select_related("mailing").order_by("mailing_id", "pk")
    for mailing, mine in _by_mailing(rows):
        if mailing.expires_at <= following:
            _go_at_once(mailing, mine)
            continue
        batch = Batch.objects.create(mailing=mailing, channel="email", size=len(mine), state="digest",
                                     not_before=following)  # fmt: skip
        Delivery.objects.filter(pk__in=mine).update(batch=batch, because=said)


def _by_mailing(rows: Iterable[Delivery]) -> list[tuple[Mailing, list[UUID]]]:
    found: dict[UUID, tuple[Mailing, list[UUID]]] = {}
    for row in rows:
        found.setdefault(row.mailing_id, (row.mailing, []))[1].append(row.pk)
    return list(found.values())


def _go_at_once(mailing: Mailing, messages: Sequence[UUID]) -> None:
    batch_anew(mailing, "email", messages, because="")
    Mailing.objects.filter(pk=mailing.pk, state="digest").update(state="sending")
    touch(progress_topic(mailing.about))


def release_of(person_id: UUID) -> int:
    """What waits for a person's digest goes at once, inside a change; how many messages."""
    rows = Delivery.objects.select_for_update(of=("self",)).filter(recipient__person_id=person_id, **WAITS)
    found = _by_mailing(rows.select_related("mailing").order_by("pk"))
    for mailing, mine in found:
        _go_at_once(mailing, mine)
    return sum(len(mine) for _, mine in found)


def skip_reached(moment: datetime) -> int:
    """Where the ways come in turn, whoever is reached by another is not mailed any more; how many messages that is."""
    rows = Batch.objects.filter(state="digest", mailing__next_after_seconds__isnull=False)
    if not rows.exists():
        return 0
    with recorded_batch("mails that nobody needs any more"):
        left = Delivery.objects.filter(**WAITS, mailing__next_after_seconds__isnull=False)
        left = left.filter(recipient__reached_at__isnull=False)
        abouts = list(left.order_by("mailing__about").values_list("mailing__about", flat=True).distinct())
        count = left.update(state=SKIPPED, at=moment, because="Reached before.")
    for about in abouts:
        touch(progress_topic(about))
    return count


def release_early(moment: datetime) -> int:
    """What would end before its digest goes at once: the digest's hour was moved. How many messages."""
    ends = {"mailing__expires_at__gt": moment, "mailing__expires_at__lte": F("batch__not_before")}
    early = Batch.objects.filter(state="digest", mailing__expires_at__gt=moment,
                                 mailing__expires_at__lte=F("not_before")).exclude(mailing__state="paused")  # fmt: skip
    if not early.exists():
        return 0
    with recorded_batch("mails that cannot wait"):
        rows = Delivery.objects.select_for_update(of=("self",)).filter(**WAITS).filter(**ends)
        found = _by_mailing(rows.exclude(mailing__state="paused").select_related("mailing").order_by("pk"))
        for mailing, mine in found:
            _go_at_once(mailing, mine)
    close_waiting(moment)
    return sum(len(mine) for _, mine in found)


def move_waiting(at: Any) -> None:
    """The district's digests go at another time of the day, inside a change: what waits goes then, on its own day."""
    zone = zone_of(acting_district())
    waiting = Batch.objects.filter(state="digest")
    for due in set(waiting.values_list("not_before", flat=True)):
        moved = rules.digest_of(due, at, zone)
        said = rules.say_waits(moved, zone)
        Delivery.objects.filter(batch__not_before=due, **WAITS).update(because=said)
        waiting.filter(not_before=due).update(not_before=moved)


def close_waiting(moment: datetime) -> None:
    """Batches of which nothing waits any more are done; what is paused waits for the next digest."""
    with recorded_batch("a day's digests"):
        left = Delivery.objects.filter(batch=OuterRef("pk"), state=WAITING, digest=None)
        Delivery.objects.filter(**WAITS, recipient__person=None).update(
            state=SKIPPED, at=moment, because="They are not in the records any more."
        )
        gone = Batch.objects.filter(state="digest").exclude(Exists(left))
        mailings = list(gone.order_by("mailing_id").values_list("mailing_id", flat=True).distinct())
        gone.update(state="done")
        held = Batch.objects.filter(state="digest", not_before__lte=moment, mailing__state="paused")
        if held.exists():
            following = digest_after(moment)
            said = rules.say_waits(following, zone_of(acting_district()))
            Delivery.objects.filter(batch__in=held.values("pk"), state=WAITING, digest=None).update(because=said)
            Batch.objects.filter(pk__in=list(held.values_list("pk", flat=True))).update(not_before=following)
        waits = Batch.objects.filter(mailing=OuterRef("pk"), state="digest")
        Mailing.objects.filter(pk__in=mailings, state="digest").exclude(Exists(waits)).update(state="sending")


def finish_digest(actor: Actor, mailing_id: UUID, count: int) -> None:
    """All of the day's digests are there: now it may end."""
    with recorded_change(actor, "channels.send_digests", target=str(mailing_id)) as change:
        end_gathering(mailing_id)
        change.note(mails=count)
        change.touch(queries.topic_of(mailing_id))
