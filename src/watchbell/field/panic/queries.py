"""Presses, refused frames and test sessions as their readers see them."""

from collections import Counter
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from watchbell.district.accounts.facts import DURESS_ROLES
from watchbell.district.equipment.facts import EquipmentFacts
from watchbell.district.equipment.queries import equipment_of
from watchbell.field.panic import rules
from watchbell.field.panic.facts import SESSION_KINDS, SessionFacts
from watchbell.field.panic.models import Press, RefusedFrame, TestSession
from watchbell.kernel.permissions import Actor, require, sites_as
from watchbell.line import clock
from watchbell.line.errors import NotFound


def presses_seen_by(actor: Actor) -> QuerySet[Any]:
    """Presses at the sites `actor` may see, newest first."""
    require(actor, "incidents.view")
    rows = Press.objects.select_related("site", "place").order_by("-received_at")
    known = None if actor.is_system else sites_as(actor, DURESS_ROLES)
    if known is not None:
        rows = rows.exclude(Q(kind="duress") & ~Q(site_id__in=known))
    return rows if actor.sites is None else rows.filter(site_id__in=actor.sites)


def refused_frames(actor: Actor) -> QuerySet[Any]:
    """What gateways could not take for a press, newest first."""
    require(actor, "health.view")
    return RefusedFrame.objects.order_by("-at")


def facts_of(session: TestSession) -> SessionFacts:
    """The session as its rules see it."""
    return SessionFacts(
        session.state, session.proposed_by, session.proposed_at, session.ends_at, tuple(session.devices),
        frozenset(session.taken), frozenset(session.freed),
    )  # fmt: skip


def open_session_of() -> dict[UUID, tuple[str, float]]:
    """{equipment: (mode, end in Unix seconds)} of the acting district's open test sessions; the latest end counts."""
    found: dict[UUID, tuple[str, float]] = {}
    for session in TestSession.objects.filter(state="open", ends_at__gt=clock.now()).order_by("ends_at"):
        for device in session.devices:
            found[UUID(device)] = (session.mode, session.ends_at.timestamp())
    return found


def sessions_seen_by(actor: Actor, state: str = "") -> QuerySet[Any]:
    """Test sessions at the sites `actor` may see, newest first; state "live" means proposed or open."""
    require(actor, "alarms.test")
    rows = TestSession.objects.select_related("site").order_by("-proposed_at")
    rows = rows if actor.sites is None else rows.filter(site_id__in=actor.sites)
    return rows.filter(state__in=("proposed", "open")) if state == "live" else rows


def open_sessions(actor: Actor) -> list[Any]:
    """What is under test now where `actor` works, or may be: everybody who may press is to know.

    Each has `states`, {device: as DEVICE_STATES names it}; one that was ended stays until its gateways have confirmed.
    """
    require(actor, "alarms.raise")
    rows = TestSession.objects.select_related("site").filter(state__in=("open", "ended"), ends_at__gt=clock.now())
    rows = rows if actor.sites is None else rows.filter(site_id__in=actor.sites)
    found = [with_states(session) for session in rows.order_by("ends_at")]
    return [one for one in found if set(one.states.values()) != {"real"}]


def with_states(session: TestSession) -> Any:
    """The session with `states` as of now, and how many of its devices are in each: `awaited`, `tested`, `held`."""
    shown: Any = session
    shown.states = rules.judge_devices(facts_of(session), clock.now())
    counts = Counter(shown.states.values())
    shown.awaited, shown.tested, shown.held = counts["awaited"], counts["tested"], counts["held"]
    return shown


def session_seen_by(actor: Actor, session_id: UUID) -> Any:
    """One session, with its devices' states. Raises NotFound."""
    found = sessions_seen_by(actor).filter(id=session_id).first()
    if found is None:
        raise NotFound("There is no such test session, or you may not see it.")
    return with_states(found)


def session_devices(site_id: UUID) -> list[EquipmentFacts]:
    """The buttons, badges and panels of a site."""
    return equipment_of(site_id, SESSION_KINDS)


def session_as_dict(session: TestSession) -> dict[str, Any]:
    """The API's form. in_force: every device is under test by its gateway's own word; `states` says it of each."""
    states = with_states(session).states
    return {
        "id": str(session.id), "site": str(session.site_id), "mode": session.mode, "state": session.state,
        "devices": session.devices, "minutes": session.minutes, "why": session.why,
        "proposed_by": session.proposed_name, "confirmed_by": session.confirmed_name,
        "ends_at": session.ends_at.isoformat() if session.ends_at else None,
        "states": states, "in_force": set(states.values()) == {"tested"},
    }  # fmt: skip
