"""The letters that families are owed after incidents, and what the record gives to them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from watchbell.communication.notices.facts import LETTER_NAME, LETTER_WITHIN, LetterDue, LetterFacts, Text
from watchbell.communication.notices.models import IncidentLetter, Notice, Template
from watchbell.communication.notices.queries.owed import families_told
from watchbell.communication.notices.queries.reading import texts_of_template
from watchbell.communication.notices.rules.letters import DONE_BY, TEXTS, say_due
from watchbell.communication.notices.rules.owed import concerns_families
from watchbell.kernel.permissions import Actor
from watchbell.line.clock import now
from watchbell.response.accountability.queries import picture_of
from watchbell.response.incidents.queries import board_of, incidents_seen_by, roll_of

#: What has been open for longer than this is no reminder any more.
SINCE_DAYS = "30"


def is_owed_letter(incident: Any) -> bool:
    """Whether families are owed a letter about it: it is over, was for real and of the whole school, and no test."""
    told = concerns_families(incident.kind, incident.mode, is_cancelled=incident.cancelled_at is not None)
    return told and incident.state == "closed" and incident.outcome != "drill"


def _due(incident: Any, letter: IncidentLetter | None) -> LetterDue:
    due_at = (incident.cleared_at or incident.closed_at or incident.opened_at) + LETTER_WITHIN
    notice = letter.notice if letter else None
    state = "due" if notice is None else "sent" if notice.sent_at else "drafted"
    state = "dismissed" if letter and letter.dismissed_at and state != "sent" else state
    here = timezone.localtime
    return LetterDue(
        incident.pk, incident.name, incident.site.name, due_at, state, notice.pk if notice else None,
        notice.sent_at if notice else None, letter.dismissed_at if letter else None,
        letter.dismissed_by or letter.drafted_by if letter else "", letter.because if letter else "",
        due_at < now(), say_due(here(due_at), here(now())),
    )  # fmt: skip


def letter_of(incident: Any) -> LetterDue | None:
    """Where the letter about an incident stands; None when none is owed. One query."""
    if not is_owed_letter(incident):
        return None
    return _due(incident, IncidentLetter.objects.filter(incident_id=incident.pk).select_related("notice").first())


def letters_due(actor: Actor) -> list[LetterDue]:
    """The letters that are neither sent nor dismissed, of the incidents this person sees; the oldest first."""
    rows = incidents_seen_by(actor, state="closed", mode="real", since=SINCE_DAYS)
    closed = [one for one in rows if is_owed_letter(one)]
    known = IncidentLetter.objects.filter(incident__in=[one.pk for one in closed]).select_related("notice")
    letters = {one.incident_id: one for one in known}
    found = [_due(one, letters.get(one.pk)) for one in closed]
    return sorted((one for one in found if one.is_open), key=lambda one: one.due_at)


def letter_texts() -> tuple[list[Text], bool]:
    """(the template's texts, whether these are the district's own, approved). One query."""
    row = Template.objects.filter(name=LETTER_NAME, is_retired=False, approved_at__isnull=False).first()
    return (texts_of_template(row), True) if row else (list(TEXTS), False)


def has_letter_template() -> bool:
    return Template.objects.filter(name=LETTER_NAME).exists()


def letter_facts(incident: Any) -> LetterFacts:
    """What the record says: what was called, when, what was done in order, whether everybody was accounted for."""
    began = incident.opened_at
    ended = incident.cleared_at or incident.closed_at or now()
    here = timezone.localtime
    done = sorted((at, key) for key, at in _done(incident, began, ended).items())
    return LetterFacts(
        incident.kind, incident.name, incident.site.name, here(began), here(ended), incident.outcome,
        tuple((here(at), key) for at, key in done), _is_accounted(incident),
    )  # fmt: skip


def _done(incident: Any, began: datetime, ended: datetime) -> dict[str, datetime]:
    """{what was done: when first}; nothing that the record does not have."""
    found = {"alarm": began, "clear": ended}
    for row in board_of(incident):
        key = DONE_BY.get(row.action)
        if key and row.state == "done" and not row.is_reset and row.done_at is not None:
            found[key] = min(row.done_at, found.get(key, row.done_at))
    roll = roll_of(incident) if incident.has_roll else []
    words = [row.at for row in roll if row.at is not None]
    if roll and len(words) == len(roll):
        found["rooms"] = max(words)
    told = families_told(Notice.objects.filter(incident_id=incident.pk, mode="real", sent_at__lte=ended))
    return found | ({"families": min(told)} if told else {})


def _is_accounted(incident: Any) -> bool:
    if not incident.has_roll:
        return False
    total = picture_of(incident).totals
    return total.people > 0 and not (total.unknown or total.missing or total.questions or total.silent)


def letter_by_incident(incident_id: UUID) -> IncidentLetter | None:
    return IncidentLetter.objects.filter(incident_id=incident_id).select_related("notice").first()
