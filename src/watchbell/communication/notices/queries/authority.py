"""Who may change what is out, and which messages an incident speaks for."""

import hashlib
import hmac
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import Q

from watchbell.communication.notices import rules
from watchbell.communication.notices.facts import Audience, Draft, Share
from watchbell.communication.notices.models import Notice
from watchbell.communication.notices.queries.audiences import asked_of, sites_meant
from watchbell.communication.notices.queries.reading import draft_of, notice_seen_by
from watchbell.district.people.facts import ALL_BUSES, Asked
from watchbell.district.people.queries import buses_ridden, grades_of, shares_of
from watchbell.district.sites.queries import all_site_facts
from watchbell.kernel.permissions import Actor, may
from watchbell.line.clock import now
from watchbell.line.errors import Conflict, Refused
from watchbell.response.incidents.queries import incident_span, incidents_seen_by

#: How long after its end an incident still speaks for messages about it: the all-clear, where children are picked up.
AFTERWARDS = timedelta(hours=6)


def may_change(actor: Actor, row: Notice) -> bool:
    """Whether everybody it goes to is of the actor's own schools; who sees a message does not yet change it."""
    return actor.sites is None or (bool(row.sites) and set(row.sites) <= {str(site) for site in actor.sites})


def check_change(actor: Actor, row: Notice) -> None:
    """Raises Refused where it goes beyond the actor's schools."""
    if not may_change(actor, row):
        raise Refused("It goes to more than your school: only the district's own people change it.")


def notice_to_change(actor: Actor, notice_id: UUID) -> Notice:
    """One notice that `actor` may correct, end, stop. Raises NotFound, Refused where it goes beyond their schools."""
    row = notice_seen_by(actor, notice_id)
    check_change(actor, row)
    return row


def is_of_incident(draft: Draft) -> bool:
    """Whether it is of an incident that is on, or was until a moment ago, in its mode, to the people of its school."""
    if draft.incident is None:
        return False
    site, mode, closed_at = incident_span(draft.incident)
    is_on = closed_at is None or closed_at > now() - AFTERWARDS
    return is_on and mode == draft.mode and sites_meant(draft.audience) == [str(site)]


def second_person(draft: Draft, asked: Asked | None = None, *, is_counted: bool = True) -> str:
    """Why another person has to confirm this before it goes out, or "". Judged by whom the audience is.

    asked: its audience as `asked_of` gives it, where that is at hand. is_counted False: by what is ticked alone,
    where nobody may know yet how many that are. Six queries at most.
    """
    if draft.mode != "real" or is_of_incident(draft):
        return ""
    meant = replace(draft, audience=_unticked(draft.audience))
    because = rules.needs_second(meant, False)
    if because or not is_counted or not draft.audience.kinds:
        return because
    return rules.needs_second(meant, False, [Share(*one) for one in shares_of(asked or asked_of(draft.audience))])


def _unticked(audience: Audience) -> Audience:
    """Without what was ticked one by one until nothing was left out: every school, every grade, every bus."""
    changed: dict[str, tuple[str, ...]] = {}
    if audience.sites and {str(one.id) for one in all_site_facts()} <= set(audience.sites):
        changed["sites"] = ()
    if audience.grades and set(grades_of()) <= set(audience.grades):
        changed["grades"] = ()
    if len(audience.buses) > 1 and {one.bus for one in buses_ridden()} <= set(audience.buses):
        changed["buses"] = (ALL_BUSES,)
    return replace(audience, **changed) if changed else audience


def fingerprint_of(row: Notice) -> str:
    """What stands for a message as it is read: its words, whom it is for, by which ways. Another one: read it again."""
    read = [msgspec.to_builtins(draft_of(row)), row.corrections, row.correction]
    return hashlib.blake2b(msgspec.json.encode(read), digest_size=12).hexdigest()


def check_seen(row: Notice, seen: str) -> None:
    """Raises Conflict where `seen`, a fingerprint, is of other words; "" says nothing."""
    if seen and not hmac.compare_digest(seen.encode(), fingerprint_of(row).encode()):
        raise Conflict("It was changed since you looked at it: read it again before you confirm it.")


def incidents_offered(actor: Actor, chosen: UUID | None = None) -> list[Any]:
    """Those a message can be of: what is open, what closed within a day, and the one that is chosen. One query."""
    if not may(actor, "incidents.view"):
        return []
    lately = Q(closed_at=None) | Q(closed_at__gt=now() - timedelta(days=1))
    return list(incidents_seen_by(actor).filter(lately | Q(pk=chosen) if chosen else lately)[:20])
