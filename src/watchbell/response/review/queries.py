"""Reviews as their readers see them: lists, one with everything, the facts drawn from the incident's record."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When

from watchbell.district.accounts.queries import hidden_from
from watchbell.district.sites.facts import read_id
from watchbell.district.sites.queries import site_facts
from watchbell.kernel.permissions import Actor, may, require
from watchbell.line import clock
from watchbell.line.errors import NotFound
from watchbell.line.numbers import read_whole
from watchbell.response.incidents import queries as incidents
from watchbell.response.incidents.facts import OUTCOMES, ROOM_STATES, BoardRow, RoomRow
from watchbell.response.review.facts import HOT_WASH, MOST_ENTRIES, ReportFacts, Said, StepTimes
from watchbell.response.review.models import Finding, Improvement, Objective, Review, ReviewVersion

ANSWER_WORDS = {
    "dispatch_acknowledged": "The dispatch centre acknowledged", "dispatch_status": "The dispatch centre told of units",
    "on_my_way": "Somebody was on the way", "arrived": "Somebody arrived", "call_answered": "The call was answered",
}  # fmt: skip


# -- the record of an incident, as the report freezes it ---------------------------------------------------------


def facts_of_incident(actor: Actor, incident_id: UUID) -> ReportFacts:
    """The facts of an incident as its record has them now. Raises NotFound."""
    incident = incidents.incident_seen_by(actor, incident_id)
    board, roll = incidents.board_of(incident), incidents.roll_of(incident)
    numbers = incidents.report_numbers(incident, board, roll)
    zone = ZoneInfo(site_facts(incident.site_id).timezone)
    since = incident.opened_at

    def said(at: datetime, what: str, **more: str) -> Said:
        return Said(round((at - since).total_seconds(), 3), _local(at, zone), what, **more)

    answers = list(incidents.confirmations_of(incident))
    confirmed = [one for one in answers if one.what == "screen_confirmed"]
    entries = list(incidents.timeline_of(incident))[::-1]
    return ReportFacts(
        number=incident.number, name=incident.name, kind=incident.kind, mode=incident.mode,
        site_name=incident.site.name, place_name=incident.place_name, directive=incident.directive,
        plan_version=incident.plan_version, began=_local(since, zone), began_on=f"{since.astimezone(zone):%Y-%m-%d}",
        ended=_local(incident.closed_at, zone) if incident.closed_at else "", cleared_by=incident.cleared_by,
        cleared_seconds=(incident.cleared_at - since).total_seconds() if incident.cleared_at else None,
        duration_seconds=numbers["duration"].total_seconds(), outcome=_outcome(incident),
        presses=tuple(said(p.at, p.place_name or "place unknown", by=p.by_name or p.device)
                      for p in incidents.presses_of(incident)),
        steps=_steps(board, since), failed=tuple(
            said(row.asked_at, row.endpoint, by=row.step_name, because=row.because, kind=row.state)
            for row in board if row.state in ("failed", "expired", "late") and not row.is_reset),
        answers=tuple(said(one.at, ANSWER_WORDS[one.what], by=one.by_name, because=one.because)
                      for one in answers if one.what in ANSWER_WORDS),
        units=tuple(said(one.at, str(unit.get("name", "")), because=", ".join(unit.get("states", ())))
                    for one in answers for unit in one.detail.get("units", ()) if isinstance(unit, dict)),
        confirmed=len({one.by for one in confirmed}),
        first_confirmed_seconds=(confirmed[0].at - since).total_seconds() if confirmed else None,
        rooms=len(roll), rooms_reported=numbers["rooms_reported"],
        curve=tuple((round(passed.total_seconds(), 1), count) for passed, count in numbers["curve"]),
        help_rooms=_help(roll, said), silent_rooms=tuple(row.name for row in roll if not row.state),
        timeline=tuple(said(e.at, e.what, by=e.by, because=e.because, kind=e.kind) for e in entries[:MOST_ENTRIES]),
        timeline_left_out=max(0, len(entries) - MOST_ENTRIES),
    )  # fmt: skip


def _outcome(incident: Any) -> str:
    """What it turned out to be, and that it was taken back, in words."""
    words = OUTCOMES.get(incident.outcome, "") if incident.outcome not in ("", "drill") else ""
    return ", ".join(one for one in (words, "taken back by PIN" if incident.cancelled_at else "") if one).capitalize()


def _local(at: datetime, zone: ZoneInfo) -> str:
    here = at.astimezone(zone)
    return f"{here:%B} {here.day}, {here.year}, {here:%H:%M:%S}"


def _help(roll: Sequence[RoomRow], said: Any) -> tuple[Said, ...]:
    return tuple(
        said(row.at, f"{row.name}: {ROOM_STATES[row.state]}", by=row.by, because=row.note)
        for row in roll
        if row.at and row.state in ("help", "injured", "missing")
    )


def _steps(board: Sequence[BoardRow], since: datetime) -> tuple[StepTimes, ...]:
    rows: dict[tuple[str, str], list[BoardRow]] = {}
    for row in board:
        if not row.is_reset:
            rows.setdefault((row.step_name, row.action), []).append(row)
    found = []
    for (name, action), asked in rows.items():
        done = [row for row in asked if row.state == "done" and row.done_at is not None and not row.is_by_hand]
        times = sorted(max(0, round((row.done_at - since).total_seconds() * 1000)) for row in done if row.done_at)
        first, middle, last = (times[0], times[len(times) // 2], times[-1]) if times else (None, None, None)
        found.append(StepTimes(name, action, len(asked), len(times), first, middle, last))
    return tuple(sorted(found, key=lambda step: (step.first is None, step.first or 0)))


def may_begin(actor: Actor, incident_id: UUID) -> Any:
    """The incident, if it is over or ending so that its review may begin. Raises NotFound."""
    incident = incidents.incident_seen_by(actor, incident_id)
    if incident.state not in ("clearing", "closed"):
        raise NotFound("The review begins when the all-clear has been given.")
    return incident


# -- reviews ------------------------------------------------------------------------------------------------------


def _reviews(actor: Actor) -> QuerySet[Review]:
    """Reviews but of incidents that are hidden from `actor`: what was silent stays so when it is over."""
    return Review.objects.select_related("site").exclude(hidden_from(actor, "incident__"))


def reviews_seen_by(
    actor: Actor, *, state: str = "", mode: str = "", site: str = "", search: str = ""
) -> QuerySet[Review]:
    """Reviews at the sites `actor` may see, newest first, with how much of their plan is open."""
    require(actor, "review.view")
    rows = _reviews(actor).order_by("-began_at", "-id")
    rows = rows if actor.sites is None else rows.filter(site_id__in=actor.sites)
    rows = rows.filter(**{name: value for name, value in (("state", state), ("mode", mode)) if value})
    rows = rows.filter(site_id=read_id(site)) if site else rows
    search = search.strip().replace("\0", "")
    if search:
        found = Q(name__icontains=search) | Q(site__name__icontains=search)
        number = read_whole(search)
        rows = rows.filter(found if number is None else found | Q(number=number))
    is_open = Q(improvements__state__in=("open", "doing"))
    return rows.annotate(open_items=Count("improvements", filter=is_open), items=Count("improvements"))


def review_seen_by(actor: Actor, review_id: UUID) -> Review:
    """One review. Raises NotFound for one `actor` may not see."""
    found = _reviews(actor).filter(id=review_id).first()
    if found is None or not may(actor, "review.view", found.site_id):
        raise NotFound("There is no such review, or you may not see it.")
    return found


def review_of_incident(incident_id: UUID) -> Review | None:
    return Review.objects.select_related("site").filter(incident_id=incident_id).first()


def hot_wash_seen_by(actor: Actor, review_id: UUID) -> Review:
    """A review for who writes notes: everybody of the site. Raises NotFound."""
    found = _reviews(actor).filter(id=review_id).first()
    if found is None or not may(actor, "review.note", found.site_id):
        raise NotFound("There is no such hot wash, or you may not see it.")
    return found


def open_hot_washes(actor: Actor) -> QuerySet[Review]:
    """Hot washes that are open now where `actor` works."""
    rows = _reviews(actor).filter(hot_wash_until__gt=clock.now()).order_by("-began_at")
    return rows if actor.sites is None else rows.filter(site_id__in=actor.sites)


def facts_of(review: Review) -> ReportFacts | None:
    """The frozen facts; None while the report has not been drafted."""
    return msgspec.convert(review.facts, ReportFacts) if review.facts else None


def findings_of(review: Review, *kinds: str) -> QuerySet[Finding]:
    rows = Finding.objects.filter(review=review).order_by("at", "id")
    return rows.filter(kind__in=kinds) if kinds else rows


def notes_of(review: Review) -> dict[str, list[Finding]]:
    """The hot wash's notes by kind."""
    rows = list(findings_of(review, *HOT_WASH))
    return {kind: [row for row in rows if row.kind == kind] for kind in HOT_WASH}


def objectives_of(review: Review) -> QuerySet[Objective]:
    return Objective.objects.filter(review=review).order_by("number")


def versions_of(review: Review) -> QuerySet[ReviewVersion]:
    return ReviewVersion.objects.filter(review=review).order_by("-version")


# -- the improvement plan -----------------------------------------------------------------------------------------


def improvements_seen_by(
    actor: Actor, *, state: str = "", site: str = "", mine: str = "", search: str = "", review: UUID | None = None
) -> QuerySet[Improvement]:
    """Items of improvement plans, overdue first, then by date; done and dropped last. state "due": open or under way.

    mine: a person's id.
    """
    require(actor, "review.view")
    rows = Improvement.objects.select_related("review", "review__site", "owner")
    rows = rows.exclude(hidden_from(actor, "review__incident__"))
    rows = rows if actor.sites is None else rows.filter(review__site_id__in=actor.sites)
    rows = rows.filter(review_id=review) if review else rows
    rows = rows.filter(review__site_id=read_id(site)) if site else rows
    rows = rows.filter(owner_id=read_id(mine)) if mine else rows
    if state == "due":
        rows = rows.filter(state__in=("open", "doing"))
    elif state:
        rows = rows.filter(state=state)
    search = search.strip().replace("\0", "")
    if search:
        rows = rows.filter(Q(action__icontains=search) | Q(issue__icontains=search) | Q(owner_name__icontains=search))
    ended = Case(When(state__in=("open", "doing"), then=Value(0)), default=Value(1), output_field=IntegerField())
    undated = Case(When(due_on__isnull=True, then=Value(1)), default=Value(0), output_field=IntegerField())
    return rows.order_by(ended, undated, "due_on", "review__began_at", "number")


def review_as_dict(review: Review) -> dict[str, Any]:
    """The API's short form."""
    return {
        "id": str(review.id), "incident": str(review.incident_id), "site": str(review.site_id), "number": review.number,
        "name": review.name, "kind": review.kind, "mode": review.mode, "state": review.state,
        "version": review.version, "began_at": review.began_at.isoformat(),
        "drafted_at": review.drafted_at.isoformat() if review.drafted_at else None,
    }  # fmt: skip


def improvement_as_dict(row: Improvement) -> dict[str, Any]:
    return {
        "id": str(row.id), "review": str(row.review_id), "number": row.number, "capability": row.capability,
        "element": row.element, "issue": row.issue, "action": row.action, "owner": row.owner_name,
        "due_on": row.due_on.isoformat() if row.due_on else None, "state": row.state, "proof": row.proof,
    }  # fmt: skip


def review_in_full(review: Review) -> dict[str, Any]:
    """The API's whole form: facts, texts, objectives, findings, improvement plan."""
    return {
        **review_as_dict(review), "facts": review.facts, "texts": review.texts,
        "objectives": [
            {"id": str(o.id), "number": o.number, "capability": o.capability, "text": o.text, "rating": o.rating,
             "suggested": o.suggested, "suggested_because": o.suggested_because, "analysis": o.analysis}
            for o in objectives_of(review)
        ],
        "findings": [{"id": str(f.id), "kind": f.kind, "text": f.text, "by": f.by_name, "role": f.role,
                      "at": f.at.isoformat()} for f in findings_of(review)],
        "improvements": [improvement_as_dict(row) for row in review.improvements.order_by("number")],
    }  # fmt: skip
