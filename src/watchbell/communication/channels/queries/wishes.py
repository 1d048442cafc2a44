"""What a person wants to be told by which way, and when the district is quiet."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Subquery
from django.db.models.functions import Coalesce

from watchbell.communication.channels.facts import CHANNELS, QuietHours, WishRow
from watchbell.communication.channels.models import Consent, TellingSettings
from watchbell.communication.channels.queries import SEE, addresses_now, bad_of, corrections_of, wishes_of
from watchbell.communication.channels.queries.telephones import text_telephones
from watchbell.communication.channels.rules import wish_rows
from watchbell.district.people.facts import PersonFacts
from watchbell.district.people.queries import addresses_at, person_facts
from watchbell.kernel.acting import acting_district
from watchbell.kernel.models import District
from watchbell.kernel.permissions import Actor, require
from watchbell.line.errors import NotFound


def person_with_wishes(actor: Actor, person_id: UUID) -> PersonFacts:
    """A guardian or member of staff of the actor's schools. Raises Refused, NotFound."""
    require(actor, SEE)
    if actor.sites is not None and person_id not in addresses_at(actor.sites)[0]:
        raise NotFound("There is no such person, or you may not see them.")
    return person_facts(person_id)


def wishes_of_person(person: PersonFacts) -> list[WishRow]:
    """Their addresses as they are used, telephones first, with what is wanted there. Four queries."""
    used = addresses_now(person.email, person.phones, corrections_of([person.id]).get(person.id, []))
    addresses = [(kind, one) for kind in ("phone", "email") for one in used[kind]]
    asked = [(way, address) for _, address in addresses for way in CHANNELS]
    return wish_rows(addresses, wishes_of(asked), bad_of(asked), text_telephones(used["phone"]))


def consents_at(rows: list[WishRow], most: int = 30) -> list[Consent]:
    """The ledger of these addresses, newest first."""
    lines = Consent.objects.filter(address__in=[one.address for one in rows])
    return list(lines.order_by("-at", "-id")[:most])


def district_with_hours() -> tuple[District, QuietHours]:
    """The acting district, when it is quiet, and when its daily digests go. One query."""
    usual = QuietHours()
    kept = TellingSettings.objects.order_by("id")
    row = District.objects.annotate(
        quiet_from=Coalesce(Subquery(kept.values("quiet_from")[:1]), usual.begins),
        quiet_until=Coalesce(Subquery(kept.values("quiet_until")[:1]), usual.ends),
        digest_at=Coalesce(Subquery(kept.values("digest_at")[:1]), usual.digest),
    ).get(id=acting_district())  # fmt: skip
    return row, QuietHours(row.quiet_from, row.quiet_until, row.digest_at)


def quiet_hours() -> QuietHours:
    """When the acting district is quiet. One query."""
    return district_with_hours()[1]


def quiet_until(moment: datetime) -> datetime | None:
    """When the acting district's quiet ends that holds at `moment`; None: it is not quiet then. One query."""
    district, quiet = district_with_hours()
    return quiet.until(moment.astimezone(ZoneInfo(district.timezone)))
