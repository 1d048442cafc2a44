"""A way through a silenced telephone: the card is saved, a trial is asked for, and whether it rang is written down."""

from datetime import timedelta

from watchbell.communication.channels.facts.refusals import refusal
from watchbell.communication.channels.models import AlertCard, AlertTrial
from watchbell.communication.channels.queries import bad_of
from watchbell.communication.channels.queries.through import (
    ASKED_HOURS,
    Card,
    alert_card,
    own_numbers,
    trials_lately,
)
from watchbell.district.people.facts import PersonFacts
from watchbell.kernel.changes import recorded_change, take_turns
from watchbell.kernel.permissions import Actor
from watchbell.line.addresses import masked
from watchbell.line.clock import now
from watchbell.line.errors import NotFound, Refused, TooOften

#: Trials of one person, or to one number: so many within ten minutes, and in a day.
MOST_AT_ONCE, AT_ONCE_MINUTES, MOST_A_DAY = 2, 10, 6


def note_card(actor: Actor, person: PersonFacts, card: Card) -> None:
    """A person has saved this version of the card."""
    known = AlertCard.objects.filter(person_id=person.id).first()
    if not card.version or (known is not None and known.version == card.version):
        return
    with recorded_change(actor, "channels.note_card", target=person.name) as change:
        AlertCard.objects.bulk_create(
            [AlertCard(person_id=person.id, version=card.version, taken_at=now())], update_conflicts=True,
            unique_fields=["district", "person"], update_fields=["version", "taken_at"],
        )  # fmt: skip
        change.note(version=card.version)


def ask_trial(actor: Actor, person: PersonFacts, way: str, key: str, language: str) -> AlertTrial:
    """A person is called or texted at once, at a number of their own. key: of the number, see queries.through.Number.

    Raises Refused for a way that no carrier brings, NotFound for no number of theirs, TooOften.
    """
    card = alert_card()
    if way not in card.ways:
        raise Refused(refusal("no_trial_way"))
    to = next((one.to for one in own_numbers(person) if one.key == key), "")
    if not to or bad_of([(way, to)]):
        raise NotFound(refusal("no_trial_number"))
    with recorded_change(actor, "channels.ask_trial", target=person.name) as change:
        take_turns(f"alert trial:{to}")
        moment = now()
        lately = trials_lately(person.id, to, moment - timedelta(minutes=AT_ONCE_MINUTES))
        if lately >= MOST_AT_ONCE or trials_lately(person.id, to, moment - timedelta(days=1)) >= MOST_A_DAY:
            raise TooOften(refusal("trial_often"))
        row = AlertTrial.objects.create(
            person_id=person.id, way=way, to=to, version=card.version, language=language[:16], asked_at=moment
        )
        change.about(row)
        change.note(way=way, number=masked(to))
        change.ask_soon("channels.send_trial", trial=str(row.pk))
    return row


def tell_trial(actor: Actor, person: PersonFacts, rang: bool) -> AlertTrial:
    """Whether it rang, of their newest trial; said again, the later word counts. Raises NotFound for none of today."""
    with recorded_change(actor, "channels.tell_trial", target=person.name) as change:
        rows = AlertTrial.objects.select_for_update().filter(
            person_id=person.id, asked_at__gt=now() - timedelta(hours=ASKED_HOURS)
        )  # fmt: skip
        row = rows.order_by("-asked_at", "-id").first()
        if row is None:
            raise NotFound(refusal("no_trial"))
        row.rang, row.told_at = rang, now()
        row.save(update_fields=["rang", "told_at"])
        change.about(row)
        change.note(rang=rang, way=row.way)
    return row
