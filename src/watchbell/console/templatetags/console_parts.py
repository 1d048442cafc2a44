"""{% load console_parts %}: pages below the console hand over plain facts; these tags arrange them for the parts."""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from django import template
from django.urls import reverse

from watchbell.console import dashboard
from watchbell.console.boards import arrange_receipts
from watchbell.console.plans import Callout, Drawing, Mark, Room, draw_floor, draw_path, ring_of, spread_paths
from watchbell.kernel.web import csv_text
from watchbell.line import clock

register = template.Library()
MOST_SHOWN, MOST_IN_FILE = 200, 5000


@register.simple_tag
def board_of(rows: Iterable[Any]) -> dict[str, Any]:
    """{% board_of rows as board %}: what _receipts.html shows."""
    return arrange_receipts(rows, clock.now())


@register.simple_tag(takes_context=True)
def incident_tiles(context: dict[str, Any], place: str) -> list[str]:
    """{% incident_tiles "mid" as tiles %}: addresses of the parts other capabilities show on this incident's page."""
    actor, incident = getattr(context.get("request"), "actor", None), context.get("incident")
    if actor is None or not hasattr(incident, "pk"):
        return []
    return [
        reverse(tile.route, args=[incident.pk]) for tile in dashboard.INCIDENT_TILES
        if tile.place == place and tile.permission in actor.permissions
    ]  # fmt: skip


@register.simple_tag
def drawings_of(floors: Iterable[dict[str, Any]], is_calm: bool = False) -> list[Drawing]:
    """{% drawings_of floors as drawings %}: floors as dicts {id, name, width, height, outline, rooms, doors, equipment,
    callouts, paths, has_image, picture}; a room {id, name, geometry, state, note, url, is_hall}; a mark {id, name, x,
    y, kind, state, url}.

    picture: where the plan's picture is, for whoever may not ask the site's own pages for it.
    is_calm: no alarm is on, and an unlocked door is nothing to point at.
    """
    return [_drawing(floor, is_calm) for floor in floors]


@register.inclusion_tag("console/_faults.html")
def faults_of(found: Sequence[Any], title: str = "Nothing was taken over", name: str = "faults") -> dict[str, Any]:
    """{% faults_of faults %}: what is wrong in a file that was handed in (line, because; given, advice where known).

    The first 200 are shown, and how many more there are; the CSV has 5,000. title: what has become of the file.
    """
    rows = [{part: getattr(one, part, "") for part in ("line", "given", "because", "advice")} for one in found]
    listed = [[one["line"] or "", one["given"], one["because"], one["advice"]] for one in rows[:MOST_IN_FILE]]
    if len(rows) > MOST_IN_FILE:
        listed.append(["", "", f"and {len(rows) - MOST_IN_FILE:,} more", ""])
    text = csv_text(listed, ("line", "given", "why", "what to do"))
    return {
        "title": title, "rows": rows[:MOST_SHOWN], "rest": max(len(rows) - MOST_SHOWN, 0), "count": len(rows),
        "has_given": any(one["given"] for one in rows), "has_advice": any(one["advice"] for one in rows),
        "url": f"data:text/csv;charset=utf-8;base64,{b64encode(text.encode()).decode()}", "name": name,
    }  # fmt: skip


def _drawing(floor: dict[str, Any], is_calm: bool) -> Drawing:
    rooms = [
        Room(
            str(room["id"]), room["name"], ring_of(room["geometry"]), room.get("state", ""), room.get("note", ""),
            room.get("url", ""), room.get("is_hall", False),
        )
        for room in floor.get("rooms", ())
    ]  # fmt: skip
    outline = floor.get("outline")
    drawing = draw_floor(
        floor["id"], floor["name"], floor["width"], floor["height"], rooms, _doors(floor, is_calm),
        _marks(floor, "equipment"), _marks(floor, "people"), [Callout(**call) for call in floor.get("callouts", ())],
        outline[0] if outline else None,
    )  # fmt: skip
    if floor.get("has_image"):
        drawing.picture = floor.get("picture") or reverse("sites:picture_page", args=[floor["id"]])
    ways = [draw_path(path["points"], path["text"], drawing.scale) for path in floor.get("paths", ())]
    drawing.paths = spread_paths(ways)
    return drawing


def _doors(floor: dict[str, Any], is_calm: bool) -> list[Mark]:
    doors = _marks(floor, "doors")
    return [replace(door, state="calm") if is_calm and door.state == "unlocked" else door for door in doors]


def _marks(floor: dict[str, Any], name: str) -> list[Mark]:
    return [Mark(**{**mark, "id": str(mark["id"])}) for mark in floor.get(name, ())]
