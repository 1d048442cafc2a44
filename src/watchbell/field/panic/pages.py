"""The page to press on, real or drill; in the demo, the played buttons."""

import json
import urllib.error
import urllib.request
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from watchbell.district.accounts.queries import press_ticket
from watchbell.district.sites.queries import all_site_facts, rooms_of_site
from watchbell.kernel.web import change_page, page, part
from watchbell.line import config

KINDS = ("lockdown", "secure", "evacuate", "shelter", "hold", "fire", "medical", "staff_assist")


def _press(request: HttpRequest, mode: str) -> dict[str, Any]:
    """Where and what can be pressed; the ticket is checked without the database when it is used."""
    sites = [s for s in all_site_facts() if request.actor.sites is None or s.id in request.actor.sites]
    chosen = next((site for site in sites if str(site.id) == request.GET.get("site")), sites[0] if sites else None)
    rooms = rooms_of_site(chosen.id, ("room", "office", "gym", "cafeteria", "library", "health")) if chosen else []
    place = next((room for room in rooms if str(room[0]) == request.GET.get("place")), None)
    press = {
        "ticket": press_ticket(request.actor), "site": str(chosen.id) if chosen else "", "kinds": KINDS, "mode": mode,
        "site_name": chosen.name if chosen else "", "place": str(place[0]) if place else "", "call": "911",
        "place_name": (place[2] or f"Room {place[1]}") if place else "", "hold_ms": 1500,
    }  # fmt: skip
    return {
        "press": press, "sites": sites, "chosen": chosen, "mode": mode, "place": press["place"],
        "rooms": [(str(pk), name or f"Room {number}") for pk, number, name in rooms],
    }  # fmt: skip


@page(permission="alarms.raise", template="panic/press_page.html")
def press_page(request: HttpRequest) -> Any:
    """The real page."""
    return _press(request, "real")


@page(permission="alarms.drill", template="panic/press_page.html")
def drill_page(request: HttpRequest) -> Any:
    """The drill page: what is pressed here is a drill everywhere."""
    return _press(request, "drill")


@part(permission="alarms.raise", template="panic/_demo_part.html")
def demo_part(request: HttpRequest) -> Any:
    """The demo's guided path; nothing outside the demo."""
    return {"is_demo": settings.IS_DEMO}


@change_page(permission="alarms.raise")
def play_press(request: HttpRequest) -> HttpResponse:
    """Demo only: a played panel presses a real button over its real protocol."""
    if not settings.IS_DEMO:
        return HttpResponse(status=404)
    address = f"http://127.0.0.1:{config.setting('SIMULATOR_PORT', '8090')}/act"
    body = json.dumps({"what": "press_button"}).encode()
    ask = urllib.request.Request(address, data=body, headers={"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(ask, timeout=8) as answer:  # noqa: S310 - loopback
            told = json.load(answer)
        messages.success(request, f"Pressed: {told.get('name') or told.get('place_name') or 'a panic button'}.")
    except (OSError, ValueError, urllib.error.URLError) as error:
        messages.error(request, f"The played equipment does not answer ({error}). Is the simulator running?")
    return redirect("console:home_page")
