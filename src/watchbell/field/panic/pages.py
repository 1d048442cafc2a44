"""The page to press on, real or drill; in the demo, the played buttons."""

import json
import urllib.error
import urllib.request
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse

from watchbell.district.accounts.queries import press_ticket
from watchbell.district.people.queries import person_of_user
from watchbell.district.sites.queries import all_site_facts, rooms_of_site
from watchbell.field.panic import actions, queries
from watchbell.field.panic.facts import DEVICE_STATES, LONGEST_MINUTES, SESSION_MODES, SESSION_STATES
from watchbell.kernel.web import SIGNED_IN, change_page, csv_of, page, page_of, part
from watchbell.line import config
from watchbell.line.errors import WatchbellError
from watchbell.line.numbers import read_whole

KINDS = ("lockdown", "secure", "evacuate", "shelter", "hold", "fire", "medical", "staff_assist")


def _press(request: HttpRequest, mode: str) -> dict[str, Any]:
    """Where and what can be pressed; the ticket is checked without the database when it is used.

    Whoever says nothing else presses in the own room: police must not have to ask where.
    """
    sites = [s for s in all_site_facts() if request.actor.sites is None or s.id in request.actor.sites]
    person = person_of_user(request.actor.user_id) if request.actor.user_id else None
    own_site, own_place = (person.site, person.place) if person else (None, None)
    wanted = request.GET.get("site") or str(own_site or "")
    chosen = next((site for site in sites if str(site.id) == wanted), sites[0] if sites else None)
    asked = request.GET.get("place", str(own_place or ""))
    rooms = rooms_of_site(chosen.id, ("room", "office", "gym", "cafeteria", "library", "health")) if chosen else []
    place = next((room for room in rooms if str(room[0]) == asked), None)
    press = {
        "ticket": press_ticket(request.actor), "site": str(chosen.id) if chosen else "", "kinds": KINDS, "mode": mode,
        "site_name": chosen.name if chosen else "", "place": str(place[0]) if place else "", "call": "911",
        "place_name": (place[2] or f"Room {place[1]}") if place else "", "hold_ms": 1500,
        "has_called": mode == "real",
    }  # fmt: skip
    return {
        "press": press, "sites": sites, "chosen": chosen, "mode": mode, "place": press["place"],
        "rooms": [(str(pk), name or f"Room {number}") for pk, number, name in rooms],
        "sessions": queries.open_sessions(request.actor),
    }  # fmt: skip


@page(permission="alarms.raise", template="panic/press_page.html")
def press_page(request: HttpRequest) -> Any:
    """The real page."""
    return _press(request, "real")


@page(permission="alarms.drill", template="panic/press_page.html")
def drill_page(request: HttpRequest) -> Any:
    """The drill page: what is pressed here is a drill everywhere."""
    return _press(request, "drill")


@part(permission=SIGNED_IN, template="")
def ticket_part(request: HttpRequest) -> Any:
    """A fresh ticket to press and to answer alerts with, for this device to keep."""
    return JsonResponse({"ticket": press_ticket(request.actor)})


@part(permission="alarms.raise", template="panic/_demo_part.html")
def demo_part(request: HttpRequest) -> Any:
    """The demo's guided path; nothing outside the demo."""
    return {"is_demo": settings.IS_DEMO}


@change_page(permission="alarms.raise")
def play_press(request: HttpRequest) -> HttpResponse:
    """Demo only: a played panel or a played badge presses over its real protocol. `presses`: of a badge."""
    if not settings.IS_DEMO:
        return HttpResponse(status=404)
    address = f"http://127.0.0.1:{config.setting('SIMULATOR_PORT', '8090')}/act"
    presses = request.POST.get("presses", "")
    act = {"what": "press_badge", "presses": int(presses)} if presses in ("3", "8") else {"what": "press_button"}
    body = json.dumps(act).encode()
    ask = urllib.request.Request(address, data=body, headers={"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(ask, timeout=8) as answer:  # noqa: S310 - loopback
            told = json.load(answer)
        messages.success(request, f"Pressed: {told.get('name') or told.get('place_name') or 'a panic button'}.")
    except (OSError, ValueError, urllib.error.URLError) as error:
        messages.error(request, f"The played equipment does not answer ({error}). Is the simulator running?")
    return redirect("console:home_page")


# -- test sessions ----------------------------------------------------------------------------------------------------


def _sites(request: HttpRequest) -> list[Any]:
    return [s for s in all_site_facts() if request.actor.sites is None or s.id in request.actor.sites]


@page(permission="alarms.test", template="panic/sessions_page.html")
def sessions_page(request: HttpRequest) -> Any:
    """Test sessions: what is open or waits for a second person, a form to propose one, and what has been."""
    rows = queries.sessions_seen_by(request.actor)
    if request.GET.get("format") == "csv":
        columns = (
            "site",
            "mode",
            "state",
            "minutes",
            "devices",
            "why",
            "proposed by",
            "confirmed by",
            "opened",
            "ended",
        )
        cells = [(s.site.name, s.mode, s.state, s.minutes, len(s.devices), s.why, s.proposed_name, s.confirmed_name,
                  s.opened_at or "", s.ended_at or "") for s in rows]  # fmt: skip
        return csv_of(cells, columns, "test-sessions")
    sites = _sites(request)
    chosen = next((s for s in sites if str(s.id) == request.GET.get("site")), sites[0] if sites else None)
    devices = queries.session_devices(chosen.id) if chosen else []
    names = {str(thing.id): thing.name for site in {s.site_id for s in rows[:50]} for thing in
             queries.session_devices(site)}  # fmt: skip
    live = [queries.with_states(one) for one in queries.sessions_seen_by(request.actor, "live")]
    live += [one for one in queries.open_sessions(request.actor) if one.state == "ended"]
    for session in live:
        session.named_states = [
            (names.get(device, "a device no longer in use"), state, DEVICE_STATES[state])
            for device, state in session.states.items()
        ]
        session.is_own = session.proposed_by == request.actor.user_id
    past = page_of(request, rows.exclude(state__in=("proposed", "open")), 20)
    return past | {
        "live": live, "sites": sites, "chosen": chosen, "modes": SESSION_MODES, "longest": LONGEST_MINUTES,
        "panels": [thing for thing in devices if thing.kind == "alarm_panel"],
        "buttons": [thing for thing in devices if thing.kind == "panic_button"],
        "badges": [thing for thing in devices if thing.kind == "badge"], "states": SESSION_STATES,
    }  # fmt: skip


def _try(request: HttpRequest, act: Any, told: str, query: str = "") -> HttpResponse:
    try:
        act()
        messages.success(request, told)
    except (WatchbellError, ValueError) as error:
        messages.error(request, str(error) if isinstance(error, WatchbellError) else "Choose a site first.")
    return redirect(reverse("panic:sessions_page") + query)


@change_page(permission="alarms.test")
def propose_session(request: HttpRequest) -> HttpResponse:
    form = request.POST
    minutes = form.get("minutes", "")

    def act() -> None:
        actions.propose_test_session(
            request.actor, UUID(form.get("site", "")), form.get("mode", ""), form.getlist("devices"),
            read_whole(minutes) or 0, form.get("why", ""),
        )  # fmt: skip

    return _try(
        request, act, "Proposed. Nothing changes until a second person confirms it.", f"?site={form.get('site', '')}"
    )


@change_page(permission="alarms.test")
def confirm_session(request: HttpRequest, session_id: UUID) -> HttpResponse:
    told = "The test session is open. Press only what this page shows as under test; every other button stays real."
    return _try(request, lambda: actions.confirm_test_session(request.actor, session_id), told)


@change_page(permission="alarms.test")
def end_session(request: HttpRequest, session_id: UUID) -> HttpResponse:
    told = "Ended. A device is real again once this page no longer lists it."
    return _try(request, lambda: actions.end_test_session(request.actor, session_id), told)


@part(permission="alarms.raise", template="panic/_sessions_part.html")
def sessions_part(request: HttpRequest) -> Any:
    """On the home page while a session is open: these devices are not real now."""
    return {"sessions": queries.open_sessions(request.actor)}
