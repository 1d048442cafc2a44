"""Parts of the home page, the wall display, and tickets for the live stream."""

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.urls import reverse

from watchbell.district.accounts.queries import live_ticket
from watchbell.district.equipment.queries import state_counts
from watchbell.district.sites.queries import all_site_facts
from watchbell.kernel.live import may_follow
from watchbell.kernel.permissions import may
from watchbell.kernel.web import page, part
from watchbell.response.incidents import queries
from watchbell.response.incidents.pages.listing import SEE
from watchbell.response.incidents.pages.one import url_of


@part(permission="signed_in", template="")
def live_ticket_part(request: HttpRequest) -> Any:
    """A ticket for the live stream: the topics asked for that this person may follow, five minutes."""
    asked = [topic for topic in request.GET.get("topics", "").split(",") if topic][:60]
    allowed = [topic for topic in asked if may_follow(request.actor, topic)]
    answer = {"ticket": live_ticket(request.actor, allowed), "topics": allowed}
    return JsonResponse(answer)


@part(permission=SEE, template="incidents/_open_part.html")
def open_part(request: HttpRequest) -> Any:
    """The home page's first tile: what is on now, or that all is calm."""
    rows = list(queries.incidents_seen_by(request.actor, state="open")[:8])
    bands = []
    for incident in rows:
        where = {"label": "Where", "value": incident.site.name, "note": incident.place_name or "place unknown"}
        bands.append(
            {
                "kind": incident.kind, "mode": incident.mode, "state": incident.state, "name": incident.name,
                "directive": incident.directive, "since": incident.opened_at, "facts": [where], "boxed": True,
                "actions": [{"label": "Open", "icon": "arrow-right", "method": "get", "solid": True,
                             "url": url_of("incident_page", incident.id)}],
            }
        )  # fmt: skip
    recent = [] if rows else list(queries.incidents_seen_by(request.actor)[:5])
    return {"bands": bands, "recent": recent}


@part(permission="sites.view", template="incidents/_map_part.html")
def map_part(request: HttpRequest) -> Any:
    """The district's sites on a map, those with an open incident marked."""
    on = {}
    seen = queries.incidents_seen_by(request.actor, state="open") if may(request.actor, "incidents.view") else ()
    for incident in seen:
        on.setdefault(incident.site_id, incident)
    places = [
        {
            "id": str(site.id), "name": site.name, "lon": site.longitude, "lat": site.latitude,
            "url": reverse("sites:site_page", args=[site.id]), "icon": "school",
            "state": "bad" if site.id in on else "good", "kind": on[site.id].kind if site.id in on else "",
            "mode": on[site.id].mode if site.id in on else "",
            "note": "",
        }
        for site in all_site_facts()
        if site.latitude is not None and (request.actor.sites is None or site.id in request.actor.sites)
    ]  # fmt: skip
    return {"places": places}


@part(permission="equipment.view", template="incidents/_readiness_part.html")
def readiness_part(request: HttpRequest) -> Any:
    """Health of the equipment by kind, failures first."""
    counts = sorted(state_counts(request.actor), key=lambda count: (-count.failing, count.name))
    well = [count for count in counts if not count.failing]
    return {
        "counts": counts, "failing": sum(count.failing for count in counts), "well": well,
        "failing_counts": [count for count in counts if count.failing],
        "well_total": sum(count.total for count in well), "unheard": sum(count.unknown for count in well),
    }  # fmt: skip


@page(permission="wall.view", template="incidents/wall_page.html")
def wall_page(request: HttpRequest) -> Any:
    """For the office's big screen: the state at a glance, readable from 5 m, live, and no person's name."""
    site = request.GET.get("site", "")
    sites = [s for s in all_site_facts() if may(request.actor, "wall.view", s.id)]
    chosen = next((s for s in sites if str(s.id) == site), None)
    shown = [chosen] if chosen else sites
    on = {i.site_id: i for i in reversed(queries.incidents_on_wall([s.id for s in shown]))}
    counts = [c for c in queries.equipment_on_wall([s.id for s in shown]) if c["failing"]]
    rolls = queries.wall_rolls(list(on.values()))
    tiles = sorted(
        ({"site": s, "incident": on.get(s.id), "roll": rolls[on[s.id].id] if s.id in on else None}
         for s in shown), key=lambda tile: (tile["incident"] is None, tile["site"].name),
    )  # fmt: skip
    return {"tiles": tiles, "sites": sites, "chosen": chosen, "counts": counts, "open": len(on)}
