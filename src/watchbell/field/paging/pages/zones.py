"""The board of zones with their self-tests, the tests' history, and the settings of tests and bells."""

from datetime import time
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from watchbell.field.paging import actions, queries
from watchbell.field.paging.facts import TEST_HISTORY_DAYS, VERDICTS
from watchbell.field.paging.forms import read_ids
from watchbell.kernel.permissions import may
from watchbell.kernel.web import change_page, csv_of, csv_url, page, page_of
from watchbell.line.errors import WatchbellError

TONES = {
    "heard": "good",
    "sent": "info",
    "answered": "good",
    "unheard": "bad",
    "unsent": "bad",
    "silent": "bad",
    "busy": "warn",
    "": "info",
}
EDIT = "paging.settings"
COLUMNS = ("Asked", "Zone", "Site", "Nightly", "Result", "Heard", "Of", "Packets", "Why", "By")


@page(permission=queries.VIEW, template="paging/zones_page.html")
def zones_page(request: HttpRequest) -> Any:
    """Every zone: its last test, heard by how many of how many speakers, how long ago."""
    chosen = request.GET.get("site", "")
    rows = queries.zone_board(request.actor, chosen)
    for row in rows:
        verdict = row["test"].verdict if row["test"] else None
        row["word"], row["tone"] = ("Never tested", "warn") if verdict is None else (VERDICTS[verdict], TONES[verdict])
    sites = queries.sites_of(request.actor)
    return {
        "rows": rows, "bad": sum(row["is_bad"] for row in rows), "never": sum(row["test"] is None for row in rows),
        "heard": sum(bool(row["test"] and row["test"].verdict == "heard") for row in rows),
        "answered": sum(bool(row["test"] and row["test"].verdict == "answered") for row in rows),
        "sent": sum(bool(row["test"] and row["test"].verdict == "sent") for row in rows),
        "plan": queries.test_plan(), "may_test": may(request.actor, queries.SPEAK),
        "may_edit": may(request.actor, EDIT), "chosen": chosen,
        "filters": {"selects": [{"name": "site", "label": "Site", "value": chosen, "options": [
            ("", "All sites"), *((str(site.id), site.name) for site in sites)]}], "target": "zone-list",
            "count": len(rows), "count_word": "zones"},
    }  # fmt: skip


@change_page(permission=queries.SPEAK)
def test_zones(request: HttpRequest) -> HttpResponse:
    """Has the chosen zones test themselves now."""
    try:
        zones = read_ids(request.POST.getlist("zones"))
        actions.start_test(request.actor, zones, is_quiet=request.POST.get("loud") != "1")
        messages.success(
            request, f"Testing {len(zones)} zone{'s' if len(zones) != 1 else ''}; the results appear here."
        )
    except WatchbellError as error:
        messages.error(request, str(error))
    site = request.POST.get("site", "")
    return redirect(reverse("paging:zones_page") + (f"?site={site}" if site else ""))


@page(permission=queries.VIEW, template="paging/tests_page.html")
def tests_page(request: HttpRequest) -> Any:
    """The tests of the last 90 days."""
    zone, verdict = request.GET.get("zone", ""), request.GET.get("verdict", "")
    rows = queries.tests_seen_by(request.actor, zone, verdict)
    if request.GET.get("format") == "csv":
        cells = [(t.asked_at.isoformat(), t.zone_name, t.site.name, t.is_nightly, VERDICTS[t.verdict], t.heard, t.of,
                  t.packets, t.because, t.by_name) for t in rows]  # fmt: skip
        return csv_of(cells, COLUMNS, "zone-tests")
    found = page_of(request, rows, 50)
    for test in found["items"]:
        test.word, test.tone = VERDICTS[test.verdict], TONES[test.verdict]
    zones = queries.zones_of(request.actor)
    verdicts = [(value, word) for value, word in VERDICTS.items() if value]
    return found | {
        "days": TEST_HISTORY_DAYS,
        "filters": {"selects": [
            {"name": "zone", "label": "Zone", "value": zone, "options": [
                ("", "All zones"), *((str(z.id), f"{z.name}, {z.site_name}") for z in zones)]},
            {"name": "verdict", "label": "Result", "value": verdict, "options": [("", "All results"), *verdicts]},
        ], "target": "test-list", "count": found["count"], "count_word": "tests", "csv_url": csv_url(request)},
    }  # fmt: skip


@page(permission=EDIT, template="paging/settings_page.html")
def settings_page(request: HttpRequest) -> Any:
    """When zones test themselves, and where bells ring."""
    rings = queries.bell_rings()
    sites = []
    for site, here in queries.zones_by_site(request.actor, EDIT):
        ring = rings.get(site.id)
        chosen = set(ring.zones) if ring else set()
        zones = [(zone, str(zone.id) in chosen) for zone in here]
        sites.append(
            {"site": site, "zones": zones, "is_on": bool(ring and ring.is_on), "last_at": ring and ring.last_at}
        )
    return {"plan": queries.test_plan(), "sites": [one for one in sites if one["zones"]]}


@change_page(permission=EDIT)
def set_test_plan(request: HttpRequest) -> HttpResponse:
    """Sets the nightly test's time and manner."""
    post = request.POST
    try:
        at = time.fromisoformat(post.get("at", ""))
        actions.set_test_plan(request.actor, at, post.get("is_quiet") == "1", post.get("may_disturb") == "1")
        messages.success(request, f"Zones test themselves at {at:%H:%M}.")
    except ValueError:
        messages.error(request, "Give the time as hours and minutes, e.g. 02:30.")
    except WatchbellError as error:
        messages.error(request, str(error))
    return redirect("paging:settings_page")


@change_page(permission=EDIT)
def set_bells(request: HttpRequest, site_id: UUID) -> HttpResponse:
    """Sets in which zones of a site its bells ring."""
    is_on = request.POST.get("is_on") == "1"
    try:
        actions.set_bells(request.actor, site_id, request.POST.getlist("zones"), is_on)
        messages.success(request, "The bells ring by the schedule." if is_on else "The bells are off.")
    except WatchbellError as error:
        messages.error(request, str(error))
    return redirect("paging:settings_page")
