"""Reading cameras, who may look into them, and who has."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from watchbell.district.accounts.queries import hidden_from
from watchbell.district.equipment.queries import FAILURES_FIRST, camera_rows, one_seen_by
from watchbell.district.sites.facts import read_id
from watchbell.district.sites.queries import floor_facts, place_points, sites_seen_by
from watchbell.field.video.facts import NEAREST, TICKET_SECONDS, CameraFacts, GateFacts, LookVerdict
from watchbell.field.video.models import Gate, Look
from watchbell.field.video.rules import is_private, judge_look
from watchbell.kernel.permissions import Actor, may, require, roles_at
from watchbell.line import clock, signing
from watchbell.line.errors import NotFound, Refused
from watchbell.wire.nearness import Point, Way, nearest_first
from watchbell.wire.snapshot import SnapshotFloor

#: Lists and walls; one camera and its picture; looking without an incident.
VIEW, ASK, LOOK = "video.view", "video.ask", "video.look"
EDIT = "equipment.edit"
SEARCHED = ("name__icontains", "place__name__icontains", "place__number__istartswith", "identifier__istartswith")


# -- cameras -------------------------------------------------------------------------------------------------------


def cameras_seen_by(actor: Actor, *, q: str = "", site: str = "", state: str = "") -> QuerySet[Any]:
    """Rows of the cameras at `actor`'s sites, failures first; state "failing" means trouble or silent."""
    require(actor, VIEW)
    rows = camera_rows()
    rows = rows if actor.sites is None else rows.filter(site__in=actor.sites)
    rows = rows.filter(site_id=read_id(site)) if site else rows
    if state == "failing":
        rows = rows.filter(state__in=("trouble", "silent"))
    elif state == "unset":
        rows = rows.filter(Q(settings__live__isnull=True) | Q(settings__live=""))
    elif state:
        rows = rows.filter(state=state.replace("\0", ""))
    if q := q.replace("\0", "").strip():
        rows = rows.filter(_fitting(q))
    return rows.order_by(FAILURES_FIRST, "site__name", "name", "id")


def _fitting(q: str) -> Q:
    found = Q(pk__isnull=True)
    for way in SEARCHED:
        found |= Q(**{way: q})
    return found


def facts_of(row: Any) -> CameraFacts:
    """A row of `camera_rows` as facts."""
    return CameraFacts(
        id=row.pk, name=row.name, site=row.site_id, site_name=str(row.site or ""), place=row.place_id,
        place_name=(row.place.name or f"Room {row.place.number}") if row.place else "",
        place_kind=row.place.kind if row.place else "", floor=str(row.floor_id or ""), x=row.x, y=row.y,
        state=row.state, state_because=row.state_because, heard_at=row.heard_at, settings=row.settings,
    )  # fmt: skip


def camera_row(actor: Actor, camera_id: UUID) -> Any:
    """One row of `cameras_seen_by`. Raises NotFound."""
    row = cameras_seen_by(actor).filter(pk=camera_id).first()
    if row is None:
        raise NotFound("There is no such camera, or you may not see it.")
    return row


def camera_at(actor: Actor, camera_id: UUID) -> CameraFacts:
    """One camera at a site of `actor`'s, whoever may look into it. Raises NotFound."""
    row = camera_rows().filter(pk=camera_id).first()
    if row is None or not may(actor, ASK, row.site_id):
        raise NotFound("There is no such camera, or you may not see it.")
    return facts_of(row)


def sites_with_cameras(actor: Actor) -> list[Any]:
    """Sites of `actor`'s to choose from."""
    return list(sites_seen_by(actor))


def camera_to_try(actor: Actor, camera_id: UUID) -> CameraFacts:
    """A camera whose settings `actor` may change. Raises NotFound, Refused."""
    require(actor, EDIT, one_seen_by(actor, camera_id).site_id)
    row = camera_rows().filter(pk=camera_id).first()
    if row is None:
        raise NotFound("This is no camera.")
    return facts_of(row)


# -- who may look --------------------------------------------------------------------------------------------------


def gate_facts(row: Gate) -> GateFacts:
    return GateFacts(
        id=row.pk, incident=row.incident, site=row.site_id, kind=row.kind, mode=row.mode, name=row.name,
        place=row.place_id, place_name=row.place_name, agencies=tuple(row.agencies), opened_at=row.opened_at,
        closed_at=row.closed_at,
    )  # fmt: skip


def open_gates(actor: Actor, sites: Iterable[UUID]) -> list[GateFacts]:
    """The open gates at these sites that `actor` may know of, newest first. One query."""
    rows = Gate.objects.exclude(hidden_from(actor)).filter(site_id__in=list(sites), closed_at=None)
    return [gate_facts(row) for row in rows.order_by("-opened_at")]


def gate_of(actor: Actor, incident_id: UUID) -> GateFacts | None:
    """The gate of an incident; None while nobody has written it down, and for who may not know of it."""
    row = Gate.objects.exclude(hidden_from(actor)).filter(incident=incident_id).first()
    return gate_facts(row) if row is not None and may(actor, ASK, row.site_id) else None


def judge(actor: Actor, camera: CameraFacts, gates: Sequence[GateFacts] | None = None) -> LookVerdict:
    """Whether `actor` may look into `camera` now. gates: `open_gates` of its site, where the caller has them."""
    if gates is None:
        gates = open_gates(actor, [camera.site]) if camera.site else []
    return judge_look(
        camera,
        roles_at(actor, camera.site),
        at_any_time=may(actor, LOOK, camera.site),
        may_ask=may(actor, ASK, camera.site),
        gates=gates,
    )


def ticket_of(look: Look, actor: Actor) -> str:
    """What opens a camera's picture for one look, checked without the database."""
    gate = str(look.gate.incident) if look.gate and look.is_gated else ""
    return signing.make_ticket(
        {"kind": "video", "camera": str(look.camera_id), "district": str(actor.district), "user": str(actor.user_id),
         "name": actor.name, "look": str(look.pk), "gate": gate},
        TICKET_SECONDS,
    )  # fmt: skip


def trial_ticket(actor: Actor, camera: CameraFacts) -> str:
    """What has the recorder look for a picture and say what it found; it shows none."""
    return signing.make_ticket(
        {"kind": "video-test", "camera": str(camera.id), "district": str(actor.district), "user": str(actor.user_id),
         "look": ""},
        60.0,
    )  # fmt: skip


# -- the nearest ---------------------------------------------------------------------------------------------------


def nearest_cameras(gate: GateFacts, most: int = NEAREST) -> list[tuple[CameraFacts, Way]]:
    """The cameras nearest to where it happens that anybody may look into, the nearest first, with the way there."""
    rows = camera_rows().filter(site_id=gate.site, settings__live__gt="")
    cameras = [one for one in map(facts_of, rows.order_by("name", "id")) if one.is_live and not is_private(one)]
    floors = {
        str(one.id): SnapshotFloor(id=str(one.id), name=one.name, building=one.building, level=one.level,
                                   metres_per_unit=one.metres_per_unit)
        for one in floor_facts(gate.site)
    }  # fmt: skip
    found = nearest_first(_point_of(gate), cameras, floors)
    return found[:most]


def nearest_seen_by(actor: Actor, incident_id: UUID) -> list[tuple[CameraFacts, Way]]:
    """The nearest cameras that `actor` may look into now because of an incident. Raises NotFound."""
    gate = gate_of(actor, incident_id)
    if gate is None:
        raise NotFound("There is no such incident, or you may not see it.")
    gates = open_gates(actor, [gate.site])
    return [pair for pair in nearest_cameras(gate) if judge(actor, pair[0], gates).is_allowed]


def _point_of(gate: GateFacts) -> Point:
    for point in place_points(gate.site) if gate.place else ():
        if point["id"] == gate.place:
            return Point(str(point["floor_id"]), point["label_x"], point["label_y"])
    return Point()


# -- who has looked ------------------------------------------------------------------------------------------------


def looks_seen_by(actor: Actor, *, camera: UUID | None = None, q: str = "") -> QuerySet[Look]:
    """Looks into cameras at `actor`'s sites, newest first."""
    require(actor, VIEW)
    rows = Look.objects.select_related("gate", "camera__site", "camera__place")
    rows = rows.exclude(gate__in=Gate.objects.filter(hidden_from(actor)))
    rows = rows if actor.sites is None else rows.filter(camera__site__in=actor.sites)
    rows = rows.filter(camera_id=camera) if camera else rows
    if q := q.replace("\0", "").strip():
        rows = rows.filter(Q(by_name__icontains=q) | Q(camera_name__icontains=q))
    return rows.order_by("-began_at", "-id")


def own_look(actor: Actor, look_id: UUID) -> Look:
    """A look of `actor`'s own that has not ended. Raises NotFound, Refused."""
    row = Look.objects.select_related("gate").filter(pk=look_id).first()
    if row is None or row.by != actor.user_id:
        raise NotFound("There is no such look of yours.")
    if row.ended_at is not None or row.until < clock.now():
        raise Refused("This look has ended. Start another one.")
    return row
