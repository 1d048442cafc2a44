"""Lists: the cameras, a wall of a site's pictures, and who has looked."""

import re
from typing import Any

from django.http import HttpRequest

from watchbell.district.equipment.facts import STATE_TONES, STATES
from watchbell.district.sites.facts import read_id
from watchbell.field.video import queries
from watchbell.field.video.facts import MOST_ON_WALL, CameraFacts
from watchbell.field.video.rules import is_private
from watchbell.kernel.permissions import may
from watchbell.kernel.web import csv_of, csv_url, page, page_of

COLUMNS = ("Name", "Site", "Place", "State", "Why", "Heard", "Has an address", "May be looked at live", "Sees")
LOOK_COLUMNS = ("Began", "Ended", "Camera", "Site", "Place", "Who", "Role", "Incident", "Why")
STATE_CHOICES = [("", "All states"), ("failing", "Failing"), *STATES.items(), ("unset", "Without an address")]


def words_of(camera: CameraFacts) -> str:
    """Whether it may be looked at live, in words."""
    if is_private(camera):
        return "Private room"
    return "Yes" if camera.is_live else "Never"


def in_order(name: str) -> list[tuple[int, str]]:
    """As people count: camera 2 before camera 10."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.findall(r"[0-9]{1,9}|[^0-9]+", name)]


def _site_choices(sites: list[Any], first: str) -> list[tuple[str, str]]:
    return [("", first)] * bool(first) + [(str(site.pk), site.name) for site in sites]


@page(permission=queries.VIEW, template="video/cameras_page.html")
def cameras_page(request: HttpRequest) -> Any:
    """Every camera, failures first."""
    chosen = {name: request.GET.get(name, "") for name in ("q", "site", "state")}
    rows = queries.cameras_seen_by(request.actor, **chosen)
    if request.GET.get("format") == "csv":
        cameras = [(row, queries.facts_of(row)) for row in rows]
        cells = [
            (one.name, one.site_name, one.place_name, row.get_state_display(), one.state_because,
             one.heard_at.isoformat() if one.heard_at else "", one.has_address, words_of(one), one.view)
            for row, one in cameras
        ]  # fmt: skip
        return csv_of(cells, COLUMNS, "cameras")
    found = page_of(request, rows, 50)
    found["items"] = list(found["items"])
    for row in found["items"]:
        camera = queries.facts_of(row)
        row.tone, row.place_words, row.live_words = STATE_TONES[row.state], camera.place_name, words_of(camera)
        row.has_address, row.view = camera.has_address, camera.view
    sites = queries.sites_with_cameras(request.actor)
    return found | {
        "may_edit": may(request.actor, queries.EDIT), "may_look": may(request.actor, queries.LOOK),
        "filters": {
            "q": {"name": "q", "value": chosen["q"], "label": "Name, room or number"},
            "selects": [
                {"name": "site", "label": "Site", "value": chosen["site"],
                 "options": _site_choices(sites, "All sites")},
                {"name": "state", "label": "State", "value": chosen["state"], "options": STATE_CHOICES},
            ],
            "target": "camera-list", "count": found["count"], "count_word": "cameras", "csv_url": csv_url(request),
        },
    }  # fmt: skip


@page(permission=queries.LOOK, template="video/wall_page.html")
def wall_page(request: HttpRequest) -> Any:
    """Up to nine pictures of one site, live."""
    sites = queries.sites_with_cameras(request.actor)
    chosen = request.GET.get("site", "") or (str(sites[0].pk) if sites else "")
    rows = queries.cameras_seen_by(request.actor, site=chosen) if read_id(chosen) else []
    cameras = [one for one in map(queries.facts_of, rows) if one.is_live and one.has_address and not is_private(one)]
    cameras.sort(key=lambda one: (one.state != "online", in_order(one.name)))
    found = page_of(request, cameras, MOST_ON_WALL)
    return found | {
        "chosen": chosen, "tiles": [{"camera": one, "far": ""} for one in found["items"]],
        "filters": {"selects": [{"name": "site", "label": "Site", "value": chosen,
                                 "options": _site_choices(sites, "")}],
                    "count": found["count"], "count_word": "cameras"},
    }  # fmt: skip


@page(permission=queries.VIEW, template="video/looks_page.html")
def looks_page(request: HttpRequest) -> Any:
    """Who has looked into which camera, because of what, from when until when."""
    q = request.GET.get("q", "")
    camera = read_id(request.GET.get("camera", ""))
    rows = queries.looks_seen_by(request.actor, q=q, camera=camera)
    if request.GET.get("format") == "csv":
        cells = [
            (look.began_at.isoformat(), look.ended_at.isoformat() if look.ended_at else "", look.camera_name,
             look.camera.site or "", look.camera.place or "", look.by_name, look.role,
             look.gate.incident if look.gate else "", look.because)
            for look in rows
        ]  # fmt: skip
        return csv_of(cells, LOOK_COLUMNS, "camera-looks")
    found = page_of(request, rows, 50)
    return found | {
        "filters": {
            "q": {"name": "q", "value": q, "label": "Who, or which camera"}, "selects": [], "target": "look-list",
            "count": found["count"], "count_word": "looks", "csv_url": csv_url(request),
        },
    }  # fmt: skip
