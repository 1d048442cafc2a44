"""Would a lockdown work here right now? All sites at a glance, one site with its reasons, parts for other pages."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse

from watchbell.district.equipment.queries import standing_of
from watchbell.kernel.permissions import may
from watchbell.kernel.running import read_running
from watchbell.kernel.web import csv_of, csv_url, page, part
from watchbell.line import clock
from watchbell.line.errors import NotFound
from watchbell.response.plans import queries
from watchbell.response.plans.facts import VERDICT_TONES, VERDICTS, Reason, SiteReadiness

SEE = "equipment.view"
VERDICT_OPTIONS = [("", "Any answer"), *VERDICTS.items()]
LEVEL_ICONS = {"stops": "alert-octagon", "weakens": "alert-triangle", "note": "info-circle"}
LEVEL_TONES = {"stops": "bad", "weakens": "warn", "note": ""}


def mend_url(reason: Reason) -> str:
    """Where what a reason names can be mended."""
    what, key = reason.mend
    if what == "equipment_list":
        return f"{reverse('equipment:equipment_page')}?{key}"
    plain = {"plans": "plans:plans_page", "sessions": "panic:sessions_page", "health": "health_page"}
    if what in plain:
        return reverse(plain[what])
    keyed = {"equipment": "equipment:one_page", "plan": "plans:plan_page", "site": "sites:site_page"}
    return reverse(keyed[what], args=[key]) if what in keyed else ""


Tickets = dict[UUID, list[tuple[UUID, int]]]
#: So many tickets are linked beside a reason.
MOST_TICKETS = 4


def _reasons(reasons: Iterable[Reason], tickets: Tickets, site: UUID) -> list[dict[str, Any]]:
    return [
        {"text": reason.text, "url": mend_url(reason), "icon": LEVEL_ICONS[reason.level],
         "tone": LEVEL_TONES[reason.level], "tickets": _tickets(reason, tickets, site)}
        for reason in reasons
    ]  # fmt: skip


def _tickets(reason: Reason, tickets: Tickets, site: UUID) -> list[dict[str, Any]]:
    """The open tickets of what a reason is about; what has none of its own may be part of its site's outage."""
    found = [one for thing in reason.about for one in tickets.get(thing, tickets.get(site, []))]
    return [{"id": pk, "number": number} for pk, number in list(dict.fromkeys(found))[:MOST_TICKETS]]


def _tickets_of(request: HttpRequest, found: Iterable[SiteReadiness]) -> Tickets:
    """The tickets of everything the reasons are about, for who may see tickets. One query."""
    if not may(request.actor, "tickets.view"):
        return {}
    return standing_of({thing for site in found for reason in _weightiest(site) for thing in reason.about})


def shown(site: SiteReadiness, tickets: Tickets) -> dict[str, Any]:
    """A site as the templates show it. tickets: what is open for the equipment its reasons are about."""
    return {
        "id": site.id, "name": site.name, "verdict": site.verdict, "word": VERDICTS[site.verdict],
        "tone": VERDICT_TONES[site.verdict], "reasons": _reasons(site.reasons, tickets, site.id),
        "first": next(iter([*site.reasons, *(r for b in site.buildings for r in b.reasons)]), None),
        "buildings": [
            {"name": one.name, "word": VERDICTS[one.verdict], "tone": VERDICT_TONES[one.verdict],
             "reasons": _reasons(one.reasons, tickets, site.id)}
            for one in site.buildings
        ],
    }  # fmt: skip


def _weightiest(site: SiteReadiness) -> list[Reason]:
    every = [*site.reasons, *(reason for building in site.buildings for reason in building.reasons)]
    return sorted(every, key=lambda reason: (("stops", "weakens", "note").index(reason.level), -reason.weight))


@page(permission=SEE, template="plans/readiness_page.html")
def readiness_page(request: HttpRequest) -> Any:
    """Every site and building with its answer, the worst first."""
    found = queries.readiness_seen_by(request.actor, read_running())
    wanted, search = request.GET.get("verdict", ""), request.GET.get("q", "").strip().lower()
    rows = [site for site in found if wanted in ("", site.verdict) and search in site.name.lower()]
    if request.GET.get("format") == "csv":
        cells = [(site.name, building.name, VERDICTS[building.verdict], reason.level, reason.weight, reason.text)
                 for site in rows for building in site.buildings
                 for reason in ([*site.reasons, *building.reasons] or [Reason("", 0, "")])]  # fmt: skip
        return csv_of(cells, ("site", "building", "would it work", "level", "weight", "reason"), "readiness")
    counts = [{"verdict": key, "word": word, "tone": VERDICT_TONES[key], "count": _count(found, key)}
              for key, word in VERDICTS.items()]  # fmt: skip
    tickets = _tickets_of(request, rows)
    return {
        "rows": [{**shown(site, tickets), "top": _reasons(_weightiest(site)[:3], tickets, site.id)} for site in rows],
        "counts": counts,
        "at": clock.now(), "total": len(found),
        "filters": {
            "q": {"name": "q", "value": request.GET.get("q", ""), "label": "Site"},
            "selects": [{"name": "verdict", "label": "Would it work?", "value": wanted, "options": VERDICT_OPTIONS}],
            "target": "ready-list", "count": len(rows), "count_word": "sites", "csv_url": csv_url(request),
        },
    }  # fmt: skip


def _count(found: list[SiteReadiness], verdict: str) -> int:
    return sum(site.verdict == verdict for site in found)


def _one(request: HttpRequest, site_id: UUID) -> dict[str, Any]:
    found = queries.readiness_seen_by(request.actor, read_running(), site_id)
    if not found:
        raise NotFound("There is no such site, or you may not see it.")
    return {"site": shown(found[0], _tickets_of(request, found)), "at": clock.now()}


@page(permission=SEE, template="plans/site_readiness_page.html")
def site_readiness_page(request: HttpRequest, site_id: UUID) -> Any:
    """One site: every building, every reason, and where to mend it."""
    return _one(request, site_id)


@part(permission=SEE, template="plans/_site_ready_part.html")
def site_ready_part(request: HttpRequest, site_id: UUID) -> Any:
    """On the site's own page."""
    return _one(request, site_id)


@part(permission=SEE, template="plans/_ready_part.html")
def ready_part(request: HttpRequest) -> Any:
    """On the home page: how many sites are ready, and what weighs most at those that are not."""
    found = queries.readiness_seen_by(request.actor, read_running())
    bad = [{**shown(site, {}), "top": _weightiest(site)[0]} for site in found if site.verdict != "yes"]
    return {"ready": _count(found, "yes"), "total": len(found), "bad": bad[:5], "more": max(0, len(bad) - 5)}
