"""The letter to families after an incident is drafted from its record, or dismissed with a reason."""

from typing import Any
from uuid import UUID

import msgspec

from watchbell.communication.notices import queries
from watchbell.communication.notices.actions.sending import write_notice
from watchbell.communication.notices.facts import LETTER_LASTS, LETTER_NAME, MOST_CAUSE, MOST_REASON, Audience, Draft
from watchbell.communication.notices.models import IncidentLetter, Template
from watchbell.communication.notices.queries.letters import (
    has_letter_template,
    is_owed_letter,
    letter_by_incident,
    letter_facts,
    letter_texts,
)
from watchbell.communication.notices.rules.letters import TEXTS, fill_letter, words_for
from watchbell.kernel.changes import recorded_change, take_turns
from watchbell.kernel.permissions import Actor, require
from watchbell.line.clock import now
from watchbell.line.errors import Conflict, Refused
from watchbell.response.incidents.queries import incident_seen_by


def _owed(actor: Actor, incident_id: UUID) -> Any:
    incident = incident_seen_by(actor, incident_id)
    require(actor, queries.WRITE, incident.site_id)
    if not is_owed_letter(incident):
        raise Refused("A letter is written about what was for real and is over.")
    letter = letter_by_incident(incident.pk)
    if letter is not None and letter.notice is not None:
        raise Conflict("The letter has been written already: send it, or throw its draft away first.")
    return incident


def draft_letter(actor: Actor, incident_id: UUID, causes: dict[str, str]) -> UUID:
    """A draft by mail to the school's families, filled from the incident's record; gives the notice.

    causes: {language: the cause in plain words}; English must be there, another that is "" is told by the outcome
    alone. Raises Refused for what is not over or not for real, Conflict when it is written already.
    """
    incident = _owed(actor, incident_id)
    causes = {language: " ".join(words.split()) for language, words in causes.items()}
    if not causes.get("en"):
        raise Refused("Say in plain words what happened: it is what families want to know first.")
    if any(len(words) > MOST_CAUSE for words in causes.values()):
        raise Refused(f"The cause has at most {MOST_CAUSE} characters; more can be written in the letter itself.")
    facts = letter_facts(incident)
    texts = tuple(fill_letter(one, words_for(facts, one.language, causes.get(one.language, "")))
                  for one in letter_texts()[0])  # fmt: skip
    draft = Draft("routine", texts, Audience(("family",), (str(incident.site_id),)), ("email",), incident=incident.pk,
                  desk=str(incident.site_id), expires_at=now() + LETTER_LASTS)  # fmt: skip
    notice = write_notice(actor, None, draft)
    with recorded_change(actor, "notices.draft_letter", target=incident) as change:
        take_turns(f"letter:{incident.pk}")
        IncidentLetter.objects.update_or_create(
            incident_id=incident.pk,
            defaults={"notice_id": notice, "drafted_by": actor.name[:160], "dismissed_at": None, "dismissed_by": "",
                      "because": ""},
        )  # fmt: skip
        change.note(languages=[one.language for one in texts], is_accounted=facts.is_accounted)
        change.touch(f"incident:{incident.pk}")
        change.touch("notices:all")
    return notice


def dismiss_letter(actor: Actor, incident_id: UUID, because: str) -> None:
    """No letter goes out, and why. Raises Refused without a reason."""
    incident = _owed(actor, incident_id)
    because = " ".join(because.split())[:MOST_REASON]
    if not because:
        raise Refused("Say why no letter is written: it is asked about later.")
    with recorded_change(actor, "notices.dismiss_letter", target=incident, why=because) as change:
        IncidentLetter.objects.update_or_create(
            incident_id=incident.pk,
            defaults={"dismissed_at": now(), "dismissed_by": actor.name[:160], "because": because},
        )
        change.touch(f"incident:{incident.pk}")
        change.touch("notices:all")


def keep_letter_template(actor: Actor) -> None:
    """The letter's texts lie among the templates, to be made the district's own and approved; once."""
    if has_letter_template():
        return
    with recorded_change(actor, "notices.write_template", target=LETTER_NAME) as change:
        take_turns("notices:letter template")
        if not has_letter_template():
            row = Template.objects.create(name=LETTER_NAME, purpose="routine", changed_by=actor.name,
                                          texts=[msgspec.to_builtins(one) for one in TEXTS])  # fmt: skip
            change.about(row)
            change.touch("notices:all")
