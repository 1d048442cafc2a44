"""The district's alert card (the numbers its calls and texts come from), and who has proved that an alert rings."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from watchbell.communication.channels.facts import CARRIER_KINDS
from watchbell.communication.channels.models import AlertCard, AlertTrial
from watchbell.communication.channels.queries import addresses_now, corrections_of
from watchbell.communication.channels.queries.carriers import SEE
from watchbell.district.equipment.queries import equipment_of_kinds
from watchbell.district.people.facts import Asked, PersonFacts
from watchbell.district.people.queries import count_reachable, families_of_guardians
from watchbell.kernel.permissions import Actor, require
from watchbell.line.addresses import masked
from watchbell.line.clock import now
from watchbell.line.ids import same_id

#: A number a phone shows, or a short code; a carrier's name for a pool of numbers is neither.
_SHOWN = re.compile(r"\+\d{7,15}|\d{3,8}")
#: So long a trial's question stands.
ASKED_HOURS = 24
TRIAL_WAYS = ("voice", "text")


@dataclass(frozen=True)
class Card:
    """numbers: as phones show them. ways: by which of "voice" and "text" a trial can come. version: "" for no card."""

    numbers: tuple[str, ...]
    ways: tuple[str, ...]

    @property
    def version(self) -> str:
        return same_id("alert card", *self.numbers)[:12] if self.numbers else ""


@dataclass(frozen=True)
class Number:
    """One of a person's own numbers. key: names it in a form."""

    key: str
    to: str

    @property
    def shown(self) -> str:
        return masked(self.to)


@dataclass(frozen=True)
class Standing:
    """How far somebody is: the version they have saved, "" for none; their newest trial of now's numbers."""

    saved: str
    trial: AlertTrial | None

    @property
    def is_asked(self) -> bool:
        """Whether the trial waits to be answered."""
        one = self.trial
        return one is not None and one.told_at is None and one.asked_at > now() - timedelta(hours=ASKED_HOURS)


@dataclass(frozen=True)
class Reach:
    """Families whose phone rang when they tried, those whose phone did not, and all there are."""

    families: int
    rang: int
    silent: int

    @property
    def percent(self) -> int:
        return round(100 * self.rang / self.families) if self.families else 0


def alert_card() -> Card:
    """From what calls and texts really come: the carriers of the acting district that are no trial's. One query."""
    things = [one for one in equipment_of_kinds(tuple(CARRIER_KINDS)) if not one.is_test and one.gateway]
    things = [one for one in things if CARRIER_KINDS[one.kind] in TRIAL_WAYS]
    things.sort(key=lambda one: (CARRIER_KINDS[one.kind] != "voice", int(one.settings.get("priority") or 1), one.name))
    given = (str(one.settings.get("from") or "").replace(" ", "") for one in things)
    ways = {CARRIER_KINDS[one.kind] for one in things}
    return Card(
        tuple(dict.fromkeys(one for one in given if _SHOWN.fullmatch(one))),
        tuple(one for one in TRIAL_WAYS if one in ways),
    )


def own_numbers(person: PersonFacts) -> list[Number]:
    """A person's numbers in use: the records', with their own confirmed corrections. One query."""
    used = addresses_now("", person.phones, corrections_of([person.id]).get(person.id, []))["phone"]
    return [Number(same_id("trial", one)[:16], one) for one in used]


def standing_of(person_id: UUID, card: Card) -> Standing:
    """Two queries."""
    saved = AlertCard.objects.filter(person_id=person_id).values_list("version", flat=True).first()
    trials = AlertTrial.objects.filter(person_id=person_id, version=card.version).order_by("-asked_at", "-id")
    return Standing(saved or "", trials.first())


def trial_by_id(trial_id: UUID) -> AlertTrial:
    return AlertTrial.objects.select_related("person").get(pk=trial_id)


def trials_lately(person_id: UUID, to: str, since: datetime) -> int:
    """How many trials of this person, or to this number, there were since then."""
    rows = AlertTrial.objects.filter(asked_at__gte=since)
    return (rows.filter(person_id=person_id) | rows.filter(to=to)).count()


def trials_seen_by(actor: Actor, *, rang: bool | None = None) -> Sequence[AlertTrial]:
    """The newest answered trial of each person, of the numbers as they are now. rang: only those. Two queries."""
    require(actor, SEE)
    rows = AlertTrial.objects.filter(version=alert_card().version, told_at__isnull=False).select_related("person")
    newest = list(rows.order_by("person_id", "-told_at", "-id").distinct("person_id"))
    here = families_of_guardians([one.person_id for one in newest], actor.sites)
    seen = [one for one in newest if one.person_id in here or (actor.sites is None and one.person.kind == "staff")]
    seen.sort(key=lambda one: (one.rang is True, str(one.person)))
    return [one for one in seen if rang is None or one.rang is rang]


def alert_reach(actor: Actor, trials: Sequence[AlertTrial]) -> Reach:
    """How many families have proved that an alert gets through. trials: what `trials_seen_by` gave. Two queries."""
    homes = families_of_guardians([one.person_id for one in trials], actor.sites)
    rang = {homes[one.person_id] for one in trials if one.rang and one.person_id in homes}
    silent = {homes[one.person_id] for one in trials if not one.rang and one.person_id in homes} - rang
    asked = Asked(kinds=("family",), sites=() if actor.sites is None else tuple(actor.sites))
    return Reach(
        count_reachable(asked)["families"] if actor.sites is None or actor.sites else 0, len(rang), len(silent)
    )
