"""Incidents as their readers see them: lists, the board, the roll call, the timeline; permission inside."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, DateTimeField, F, Func, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from watchbell.district.accounts.queries import hidden_from
from watchbell.district.people.facts import RoomCount
from watchbell.district.people.queries import rooms_of_people
from watchbell.district.sites.facts import ROLL_KINDS, read_id
from watchbell.kernel.permissions import Actor, may, require
from watchbell.line.clock import now, unix
from watchbell.line.errors import NotFound
from watchbell.line.ids import id_floor
from watchbell.line.numbers import read_whole
from watchbell.response.incidents import rules
from watchbell.response.incidents.facts import ROOM_STATES, BoardRow, RoomRow, RoomWord
from watchbell.response.incidents.models import (
    BoardEntry,
    Incident,
    IncidentPress,
    IncidentStep,
    RoomCheckIn,
    StaffConfirmation,
    TimelineEntry,
)
from watchbell.response.incidents.queries.helping import duress_as_dict, helpers_of

#: An incident's whole form brings so much of its timeline; all of it is listed by itself, in pages.
MOST_ENTRIES = 500
SORTS = ("number", "site", "state", "opened_at", "closed_at")


def incidents_seen_by(
    actor: Actor, *, state: str = "", site: str = "", mode: str = "", kind: str = "", since: str = "",
    search: str = "", sort: str = "",
) -> QuerySet[Any]:  # fmt: skip
    """Incidents `actor` may see, newest first; "open" means not closed. since: days. search: number, place or name."""
    require(actor, "incidents.view")
    order = sort if sort.removeprefix("-") in SORTS else "-opened_at"
    rows = Incident.objects.select_related("site").order_by(order.replace("site", "site__name"), "-id")
    rows = rows.exclude(hidden_from(actor))
    if actor.sites is not None:
        rows = rows.filter(site_id__in=actor.sites)
    if state == "open":
        rows = rows.exclude(state="closed")
    elif state:
        rows = rows.filter(state=state)
    days = read_whole(since)
    if days is not None and days < 10_000:
        rows = rows.filter(opened_at__gte=now() - timedelta(days=days))
    search = search.strip().replace("\0", "")
    if search:
        found = Q(place_name__icontains=search) | Q(name__icontains=search) | Q(site__name__icontains=search)
        number = read_whole(search)
        rows = rows.filter(found if number is None else found | Q(number=number))
    if site:
        rows = rows.filter(site_id=read_id(site))
    wanted = {"mode": mode, "kind": kind}
    return rows.filter(**{name: value for name, value in wanted.items() if value})


def incident_seen_by(actor: Actor, incident_id: UUID) -> Incident:
    """One incident. Raises NotFound for one `actor` may not see."""
    rows = Incident.objects.select_related("site", "place").exclude(hidden_from(actor))
    found = rows.filter(id=incident_id).first()
    if found is None or not may(actor, "incidents.view", found.site_id):
        raise NotFound("There is no such incident, or you may not see it.")
    return found


def incident_span(incident_id: UUID) -> tuple[UUID, str, datetime | None]:
    """(site, mode, when it closed or None) of one incident. Raises NotFound."""
    found = Incident.objects.filter(id=incident_id).values_list("site_id", "mode", "closed_at").first()
    if found is None:
        raise NotFound("There is no such incident.")
    return found


def incident_to_change(actor: Actor, incident_id: UUID, permission: str = "") -> Incident:
    """The incident that `actor` is about to change: every action begins here. Raises NotFound for one that is hidden
    from them, Refused where they lack `permission` at its site.
    """
    found = Incident.objects.filter(id=incident_id).exclude(hidden_from(actor)).first()
    if found is None:
        raise NotFound("There is no such incident, or you may not see it.")
    if permission:
        require(actor, permission, found.site_id)
    return found


def may_follow_incident(actor: Actor, incident: str) -> bool:
    """Whether a person may hear live of an incident, named by its id."""
    found = read_id(incident)
    try:
        return found is not None and bool(incident_seen_by(actor, found))
    except NotFound:
        return False


def may_follow_incidents(actor: Actor, _all: str) -> bool:
    """Whether a person may hear live that some incident changed."""
    return not actor.permissions.isdisjoint(("incidents.view", "wall.view"))


def incident_of_press(press: str) -> UUID | None:
    return IncidentPress.objects.filter(press=press).values_list("incident_id", flat=True).first()


def incident_pressed_by(actor: Actor, press: str) -> Incident | None:
    """The incident of this person's own press; None while it is being recorded, and for the press of another."""
    row = IncidentPress.objects.filter(press=press).select_related("incident__site", "incident__place").first()
    is_own = row is not None and actor.user_id is not None and row.by == actor.user_id
    return row.incident if row is not None and is_own and row.incident.kind != "duress" else None


def step_names(incident: Incident) -> dict[str, str]:
    return {step["id"]: step["name"] for step in incident.plan.get("steps", [])}


def board_of(incident: Incident) -> list[BoardRow]:
    """The receipt board, failures first. One query; none where `board` is prefetched."""
    names = step_names(incident)
    moment_now = now()
    return rules.sort_board(_board_row(entry, names, moment_now) for entry in incident.board.all())


def board_row(incident: Incident, entry_id: UUID) -> BoardRow:
    """One order on the incident's board. Raises NotFound."""
    found = incident.board.filter(id=entry_id).first()
    if found is None:
        raise NotFound("There is no such endpoint on this board.")
    return _board_row(found, step_names(incident), now())


def _board_row(entry: BoardEntry, names: dict[str, str], moment_now: datetime) -> BoardRow:
    return BoardRow(
        id=entry.id, order=entry.order, step=entry.step, step_name=names.get(entry.step, entry.action),
        action=entry.action, endpoint=entry.endpoint["name"], endpoint_id=entry.endpoint["id"],
        gateway=entry.endpoint["gateway"],
        state=rules.state_shown(entry.state, entry.last_asked_at, entry.deadline_seconds, moment_now),
        because=entry.because, asked_at=entry.asked_at, done_at=entry.done_at,
        deadline_seconds=entry.deadline_seconds, attempts=entry.attempts, is_reset=entry.is_reset,
        is_by_hand=entry.is_by_hand, detail=entry.detail,
    )  # fmt: skip


def roll_of(incident: Incident) -> list[RoomRow]:
    """Every room where people should be, silent ones first. Two queries."""
    return rolls_of([incident])[incident.pk]


def cleared_too_early(seconds: float) -> list[UUID]:
    """Incidents whose all-clear may not have known of orders: these were written down after it or shortly before, in
    the last `seconds`.
    """
    written = BoardEntry.objects.filter(
        id__gt=id_floor(unix() - seconds), is_reset=False, incident__state__in=("clearing", "closed")
    ).annotate(written_at=Func(F("id"), function="uuid_extract_timestamp", output_field=DateTimeField()))
    late = written.filter(written_at__gt=F("incident__cleared_at") - timedelta(seconds=10))
    return list(late.values_list("incident_id", flat=True).distinct())


def rolls_of(incidents: Sequence[Incident]) -> dict[UUID, list[RoomRow]]:
    """{incident: its roll}. Two queries, however many incidents."""
    rooms: dict[UUID, dict[UUID, RoomCount]] = defaultdict(dict)
    for room in rooms_of_people({incident.site_id for incident in incidents}, ROLL_KINDS):
        rooms[room.site][room.place] = room
    words: dict[UUID, dict[UUID, RoomCheckIn]] = defaultdict(dict)
    said = RoomCheckIn.objects.filter(incident__in=incidents, place__kind__in=ROLL_KINDS, place__is_closed=False)
    said = said.filter(place__site_id=F("incident__site_id")).select_related("place").defer("place__geometry")
    for one in said.order_by("incident_id", "place_id", "at", "id"):
        words[one.incident_id][one.place_id] = one
    return {incident.pk: _roll(rooms[incident.site_id], words[incident.pk]) for incident in incidents}


def _roll(rooms: dict[UUID, RoomCount], words: dict[UUID, RoomCheckIn]) -> list[RoomRow]:
    known = rooms | {
        key: RoomCount(one.place.site_id, key, one.place.number, one.place.name, 0, 0)
        for key, one in words.items() if key not in rooms
    }  # fmt: skip
    rows = [_room_row(room, words.get(key)) for key, room in known.items()]
    order = {"injured": 0, "help": 1, "missing": 2, "": 3, "safe": 4}
    rows = [row for row in rows if row.state or row.students or row.staff]
    return sorted(rows, key=lambda row: (order[row.state], row.number, row.name))


def _room_row(room: RoomCount, one: RoomCheckIn | None) -> RoomRow:
    where = {"place": room.place, "number": room.number, "name": room.name or f"Room {room.number}",
             "students": room.students, "staff": room.staff}  # fmt: skip
    if one is None:
        return RoomRow(**where, state="", accounted=0, note="", by="", at=None)
    return RoomRow(**where, state=one.state, accounted=one.accounted, note=one.note, by=one.by_name, at=one.at,
                   injured=one.injured, missing=one.missing)  # fmt: skip


def room_words(incident: Incident) -> list[RoomWord]:
    """Everything said of rooms as a whole, the oldest first."""
    fields = ("place_id", "report", "state", "accounted", "note", "by_name", "at")
    rows = RoomCheckIn.objects.filter(incident=incident).order_by("at", "id").values_list(*fields)
    return [RoomWord(*row) for row in rows]


def incident_on_at(actor: Actor, site_id: UUID, at: datetime) -> UUID | None:
    """The incident that was on at a site at a moment, real before drill, the newest first; for what comes later."""
    require(actor, "incidents.view", site_id)
    rows = Incident.objects.filter(site_id=site_id, opened_at__lte=at + timedelta(minutes=2))
    rows = (
        rows.exclude(hidden_from(actor))
        .filter(Q(closed_at=None) | Q(closed_at__gte=at))
        .order_by("-opened_at")
        .values_list("id", "mode")
    )
    found = sorted(rows, key=lambda row: row[1] != "real")
    return found[0][0] if found else None


def roll_summary(rows: list[RoomRow]) -> dict[str, Any]:
    """Numbers for the counter and its bar: people expected, accounted for, rooms by state, silent rooms."""
    expected = sum(row.students + row.staff for row in rows)
    accounted = sum(row.accounted for row in rows if row.state)
    by_state = {state: sum(1 for row in rows if row.state == state) for state in ROOM_STATES}
    help_people = sum(row.accounted or 1 for row in rows if row.state in ("help", "injured"))
    return {
        "expected": expected, "accounted": min(accounted, expected), "help": help_people,
        "not_reported": max(0, sum(r.students + r.staff for r in rows if not r.state)), "rooms": by_state,
        "silent": [row for row in rows if not row.state], "total_rooms": len(rows),
    }  # fmt: skip


def steps_of(incident: Incident) -> QuerySet[IncidentStep]:
    return IncidentStep.objects.filter(incident=incident).order_by("number")


def timeline_of(incident: Incident, kind: str = "", search: str = "") -> QuerySet[TimelineEntry]:
    """Newest first."""
    search = search.strip().replace("\0", "")
    said = Q(what__icontains=search) | Q(by__icontains=search) | Q(because__icontains=search)
    rows = TimelineEntry.objects.filter(incident=incident).order_by("-at", "-id")
    rows = rows.filter(said) if search else rows
    return rows.filter(kind=kind) if kind else rows


def presses_of(incident: Incident) -> list[IncidentPress]:
    """The presses, first one first; each with `confirmed`: how many screens confirmed the incident's alert."""
    rows = IncidentPress.objects.filter(incident=incident)
    seen = StaffConfirmation.objects.filter(press__in=rows.values("press"), what="screen_confirmed")
    count = Subquery(seen.order_by().values("what").annotate(number=Count("pk")).values("number"))
    return list(rows.select_related("place").annotate(confirmed=Coalesce(count, 0)).order_by("at"))


def confirmations_of(incident: Incident) -> QuerySet[StaffConfirmation]:
    presses = IncidentPress.objects.filter(incident=incident).values("press")
    return StaffConfirmation.objects.filter(press__in=presses).order_by("at")


def incident_as_dict(incident: Incident) -> dict[str, Any]:
    """The API's short form."""
    return {
        "id": str(incident.id), "number": incident.number, "kind": incident.kind, "mode": incident.mode,
        "state": incident.state, "name": incident.name, "site": str(incident.site_id),
        "site_name": incident.site.name, "place": str(incident.place_id) if incident.place_id else None,
        "place_name": incident.place_name, "opened_at": incident.opened_at.isoformat(),
        "closed_at": incident.closed_at.isoformat() if incident.closed_at else None, "outcome": incident.outcome,
    }  # fmt: skip


def entry_as_dict(entry: TimelineEntry) -> dict[str, str]:
    """The API's form of a line of the timeline."""
    return {"at": entry.at.isoformat(), "what": entry.what, "by": entry.by, "because": entry.because}


def incident_in_full(actor: Actor, incident_id: UUID) -> dict[str, Any]:
    """The API's whole form, with causes, receipts, steps and the newest MOST_ENTRIES of `timeline_count` entries."""
    incident = incident_seen_by(actor, incident_id)
    receipts = [
        {
            "id": str(row.id), "order_id": row.order, "step": row.step_name, "action": row.action,
            "endpoint": row.endpoint, "endpoint_id": row.endpoint_id, "gateway": row.gateway,
            "state": "asked" if row.state == "late" else row.state, "is_late": row.state == "late",
            "because": row.because, "asked_at": row.asked_at.isoformat(),
            "done_at": row.done_at.isoformat() if row.done_at else None, "attempts": row.attempts,
            "is_reset": row.is_reset, "detail": row.detail,
        }
        for row in board_of(incident)
    ]  # fmt: skip
    steps = [
        {"id": str(s.id), "name": s.name, "timing": s.timing, "state": s.state, "decided_by": s.decided_by}
        for s in steps_of(incident)
    ]
    lines = timeline_of(incident)
    timeline = [entry_as_dict(entry) for entry in lines[:MOST_ENTRIES]]
    count = len(timeline) if len(timeline) < MOST_ENTRIES else lines.count()
    causes = [press.press for press in presses_of(incident)]
    coming = [
        {"name": one.name, "role": one.role, "what": one.what, "from": one.place_name, "since": one.since.isoformat(),
         "arrived_at": one.arrived_at.isoformat() if one.arrived_at else None} for one in helpers_of(incident)
    ]  # fmt: skip
    return {**incident_as_dict(incident), "cause_ids": causes, "receipts": receipts, "steps": steps,
            "timeline": timeline, "timeline_count": count, "coming": coming,
            "clear_proposed_by": incident.clear_proposed.get("name", ""),
            **duress_as_dict(actor, incident)}  # fmt: skip


def report_numbers(incident: Incident, board: list[BoardRow], roll: list[RoomRow]) -> dict[str, Any]:
    """What the report measures: press to each kind of receipt, endpoints that failed, rooms over time."""
    first: dict[tuple[str, str], int] = {}  # an endpoint counts once: a later update of a 911 centre is no late telling
    for row in board:
        if not row.is_reset and row.took_milliseconds is not None:
            after = max(0, round((row.done_at - incident.opened_at).total_seconds() * 1000))  # type: ignore[operator]
            which = (row.step_name, row.endpoint_id)
            first[which] = min(after, first.get(which, after))
    by_step: dict[str, list[int]] = {}
    for (name, _), after in first.items():
        by_step.setdefault(name, []).append(after)
    steps = [
        {"name": name, "count": len(times), "first": min(times), "median": sorted(times)[len(times) // 2],
         "last": max(times)} for name, times in by_step.items()
    ]  # fmt: skip
    failed = [row for row in board if row.state in ("failed", "expired", "late")]
    ended = incident.closed_at or now()
    reported = sorted(row.at for row in roll if row.at is not None)
    return {
        "steps": steps, "failed": failed, "duration": ended - incident.opened_at,
        "first_room": reported[0] - incident.opened_at if reported else None,
        "all_rooms": reported[-1] - incident.opened_at if reported and len(reported) == len(roll) else None,
        "rooms_reported": len(reported), "rooms": len(roll),
        "curve": [(at - incident.opened_at, i) for i, at in enumerate(reported, 1)],
    }  # fmt: skip
