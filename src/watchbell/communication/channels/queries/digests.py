"""What waits for the day's digest, for whom, and how many would."""

from collections.abc import Iterable, Mapping
from datetime import datetime, time
from typing import Any
from uuid import UUID

from django.db.models import CharField, Count, Exists, F, Max, Min, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Lower, NullIf, Trim

from watchbell.communication.channels.facts import WAITING, Contact, WaitingMail, Way
from watchbell.communication.channels.models import (
    BadAddress,
    Batch,
    Consent,
    ContactChange,
    Delivery,
    Mailing,
    Preference,
)
from watchbell.communication.channels.queries import bad_addresses_of, contacts_of, declined_by
from watchbell.communication.channels.queries.links import reachable_of
from watchbell.communication.channels.queries.wishes import quiet_hours
from watchbell.communication.channels.rules import choose_ways, next_digest
from watchbell.district.people.queries import people_told_still
from watchbell.kernel.acting import acting_district
from watchbell.kernel.zones import zone_of
from watchbell.line.clock import now

#: Messages of a batch in state digest that no digest carries yet, nor anything else has become of.
WAITS = {"batch__state": "digest", "state": WAITING, "digest": None}


def about_digest(district: UUID, due: datetime) -> str:
    """How a day's digests are known as a mailing: one a district and day."""
    return f"digest:{district}:{due.astimezone(zone_of(district)):%Y-%m-%d}"


def digest_after(moment: datetime, at: time | None = None) -> datetime:
    """When the acting district's next digest goes. at: its hour, where it is at hand; else one query."""
    return next_digest(moment, at or quiet_hours().digest, zone_of(_district()))


def _district() -> UUID:
    district = acting_district()
    assert district is not None
    return district


def digest_for(mailing: Mailing) -> datetime | None:
    """For which digest a mailing's mails would wait by now; None: they go at once, it ends before."""
    if not (mailing.may_wait and mailing.purpose == "routine" and mailing.mode == "real"):
        return None
    due = digest_after(now())
    return due if due < mailing.expires_at else None


def digest_due(moment: datetime) -> datetime | None:
    """The newest digest whose time has come and for which something waits; what is paused does not count. One query."""
    rows = Batch.objects.filter(state="digest", not_before__lte=moment).exclude(mailing__state="paused")
    found: datetime | None = rows.aggregate(due=Max("not_before"))["due"]
    return found


def _due(moment: datetime) -> QuerySet[Delivery]:
    rows = Delivery.objects.filter(**WAITS, batch__not_before__lte=moment, mailing__mode="real",
                                   mailing__purpose="routine")  # fmt: skip
    return rows.exclude(mailing__state="paused")


def people_due(moment: datetime, after: UUID | None, most: int) -> list[UUID]:
    """The next portion of those for whom a digest is due, by id. One query."""
    rows = _due(moment).exclude(recipient__person=None).order_by("recipient__person")
    rows = rows.filter(recipient__person__gt=after) if after else rows
    return list(rows.values_list("recipient__person", flat=True).distinct()[:most])


def mails_due(people: Iterable[UUID], moment: datetime) -> list[WaitingMail]:
    """What waits for these people's digests, oldest first. One query."""
    rows = _due(moment).filter(recipient__person__in=list(people)).order_by("id").values_list(
        "id", "recipient__person", "recipient__family", "recipient__name", "to", "recipient__token",
        "recipient__fields", "mailing__about", "recipient__about", "wave", "recipient__reached_at",
        "mailing__next_after_seconds",
    )  # fmt: skip
    return [
        WaitingMail(*row[:8], children=row[6].get("child", "") if row[8] else "",
                    is_reached=bool(row[9]) and row[10] is not None and row[11] is not None)
        for row in rows
    ]  # fmt: skip


def contacts_now(people: Iterable[UUID]) -> dict[UUID, Contact]:
    """How those of them are told who are still told at all: whoever has left is not in it. Five queries."""
    here = [reachable_of(one) for one in people_told_still(people).values()]
    return {one.person: one for one in contacts_of(here) if one.person is not None}


def mail_ways(contacts: Mapping[UUID, Contact]) -> dict[UUID, list[Way]]:
    """{person: where a routine mail to them goes by now, and where not and why}. Two queries."""
    declined, bad = declined_by(contacts.values(), "routine"), bad_addresses_of(contacts.values())
    return {
        person: choose_ways(one, ("email",), "routine", declined, bad, at_once=True) for person, one in contacts.items()
    }


def waiting_in_digest(mailing: Mailing) -> tuple[int, datetime] | None:
    """(how many of a mailing's messages wait, for which digest); None: none does. One query, none where none may."""
    if not mailing.may_wait:
        return None
    rows = Delivery.objects.filter(mailing=mailing, **WAITS)
    found = rows.aggregate(count=Count("id"), due=Min("batch__not_before"))
    return (found["count"], found["due"]) if found["count"] else None


def waiting_of(person_id: UUID) -> int:
    """How many messages wait for a person's digest."""
    return Delivery.objects.filter(recipient__person_id=person_id, **WAITS).count()


def count_daily() -> int:
    """How many people want their routine mail once a day."""
    return Preference.objects.filter(is_daily=True).count()


def count_mails(people: QuerySet[Any]) -> tuple[int, int]:
    """(addresses mailed by themselves, addresses that want one mail a day) of a routine message to these people.

    As it would be sent: each address once, by the newest correction, without those that declined it or where nothing
    arrives. Where nobody wants one a day, (0, 0). Two queries at most.
    """
    daily = Preference.objects.filter(person=OuterRef("pk"), is_daily=True)
    if not people.filter(Exists(daily)).exists():
        return 0, 0
    made = ContactChange.objects.filter(person=OuterRef("pk"), kind="email", confirmed_at__isnull=False)
    added = ContactChange.objects.filter(person=OuterRef("person"), is_bare=True, value=OuterRef("old"))
    fixed = made.filter(is_bare=False).exclude(Q(value="") & Exists(added))  # what a link alone has added comes last
    wish = Consent.objects.filter(channel="email", address=OuterRef("address"), purpose="routine")
    bad = BadAddress.held().filter(channel="email", address=OuterRef("address"))
    rows = people.annotate(
        address=Coalesce(
            Subquery(fixed.order_by("-confirmed_at", "-id").values("value")[:1]),
            NullIf(Lower(Trim("email")), Value("")),
            Subquery(made.filter(is_bare=True).order_by("confirmed_at", "id").values("value")[:1]), Value(""),
            output_field=CharField(),
        ),
        is_daily=Exists(daily),
    ).exclude(address="").annotate(
        is_wanted=Subquery(wish.order_by("-at", "-id").values("is_wanted")[:1])
    )  # fmt: skip
    rows = rows.filter(Q(is_wanted=None) | Q(is_wanted=True)).exclude(Exists(bad))
    found = rows.order_by().aggregate(
        now=Count("address", distinct=True, filter=Q(is_daily=False)),
        both=Count(F("address"), distinct=True),
    )
    return found["now"], found["both"] - found["now"]
