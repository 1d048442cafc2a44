"""Pages of announcing: the console to speak from, one announcement, the history, and what is on the air."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse

from watchbell.district.sites.facts import read_id
from watchbell.field.paging import actions, queries
from watchbell.field.paging.adapters.voice import GatewayVoice
from watchbell.field.paging.facts import (
    ALARM_PROMPTS,
    CHIMES,
    LANGUAGES,
    MODES,
    MOST_TEXT,
    MOST_TIMES,
    ORDINARY,
    PRIORITIES,
    PROMPTS,
    STATES,
    WAYS,
    ZONE_STATES,
)
from watchbell.field.paging.forms import read_wanted
from watchbell.field.paging.rules import write_wav
from watchbell.kernel.permissions import may
from watchbell.kernel.web import change_page, csv_of, csv_url, page, page_of, part, try_change
from watchbell.line.errors import Conflict, NotFound, Unavailable, WatchbellError

VOICE = GatewayVoice()
TONES = {"asked": "info", "on": "info", "over": "good", "played": "good", "stopped": "", "cut": "warn",
         "partly": "bad", "failed": "bad", "expired": "bad"}  # fmt: skip
COLUMNS = ("Asked", "By", "How", "What", "Mode", "Priority", "Zones", "State", "Ended", "Stopped by")


@page(permission=queries.SPEAK, template="paging/announce_page.html")
def announce_page(request: HttpRequest) -> Any:
    """Where to speak, how loud it counts, and what to say: a recording, a text, a prompt, the microphone."""
    actor, again = request.actor, read_id(request.GET.get("again", ""))
    begun = queries.begun_with(actor, again) if again else {}
    return {
        "begun": begun, "said": [(code, word, begun.get("say", {}).get(code, "")) for code, word in LANGUAGES.items()],
        "kept": queries.kept_announcements(actor),
        "sites": [(site, zones) for site, zones in queries.zones_by_site(actor, queries.SPEAK) if zones],
        "priorities": PRIORITIES, "ordinary": ORDINARY,
        "modes": {name: word for name, word in MODES.items() if name != "drill" or may(actor, "alarms.drill")},
        "languages": list(LANGUAGES.items()), "prompts": PROMPTS, "alarm_prompts": ALARM_PROMPTS, "chimes": CHIMES,
        "recordings": queries.recordings_seen_by(actor).exclude(listened_at=None), "most_text": MOST_TEXT,
        "may_all_call": may(actor, queries.ALL_CALL), "times": range(1, MOST_TIMES + 1), "on_air": _on_air(request),
    }  # fmt: skip


def _on_air(request: HttpRequest) -> list[Any]:
    rows = queries.on_the_air(request.actor)
    for row in rows:
        row.word, row.tone = STATES[row.state], TONES[row.state]
    return rows


@part(permission=queries.VIEW, template="paging/_on_air_part.html")
def on_air_part(request: HttpRequest) -> Any:
    """What is being announced now."""
    return {"on_air": _on_air(request)}


@change_page(permission=queries.SPEAK)
def announce(request: HttpRequest) -> HttpResponse:
    """Sends it out and shows how it goes."""
    try:
        found = actions.make_announcement(request.actor, read_wanted(request.POST))
    except WatchbellError as error:
        if request.headers.get("Accept") == "application/json":
            return JsonResponse({"problem": str(error)}, status=409)
        messages.error(request, str(error))
        return redirect("paging:announce_page")
    url = reverse("paging:announcement_page", args=[found])
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"id": str(found), "url": url, "ticket": queries.live_ticket(request.actor, found)})
    return redirect(url)


@page(permission=queries.VIEW, template="paging/announcement_page.html")
def announcement_page(request: HttpRequest, announcement_id: UUID) -> Any:
    """One announcement, zone by zone, live."""
    row = queries.announcement_seen_by(request.actor, announcement_id)
    zones = queries.zones_of_announcement(row.pk)
    for zone in zones:
        zone.word, zone.tone = ZONE_STATES[zone.state], TONES.get(zone.state, "")
    row.word, row.tone, row.way_word = STATES[row.state], TONES[row.state], WAYS[row.way]
    counts = [(word, sum(zone.state == state for zone in zones)) for state, word in ZONE_STATES.items()]
    return {
        "one": row, "zones": zones, "counts": [(word, n) for word, n in counts if n], "priorities": PRIORITIES,
        "say": [(LANGUAGES.get(one["language"], ""), one["text"], one["language"]) for one in row.say],
        "may_stop": row.ended_at is None and may(request.actor, queries.SPEAK),
        "may_keep": row.way != "live" and may(request.actor, queries.SPEAK), "mode": MODES[row.mode],
    }  # fmt: skip


@change_page(permission=queries.SPEAK)
def keep(request: HttpRequest, announcement_id: UUID) -> HttpResponse:
    """Under a name among those to begin with; without one it is taken off."""
    name = request.POST.get("name", "")
    said = f"Kept. “{name.strip()}” stands above the form." if name.strip() else "Taken off."
    back = reverse("paging:announcement_page", args=[announcement_id])
    return try_change(request, lambda: actions.keep_announcement(request.actor, announcement_id, name), said, back)


@change_page(permission=queries.SPEAK)
def stop(request: HttpRequest, announcement_id: UUID) -> HttpResponse:
    """Off the air in every zone."""
    try:
        actions.stop_announcement(request.actor, announcement_id)
        messages.success(request, "Stopping in every zone.")
    except WatchbellError as error:
        messages.error(request, str(error))
    return redirect("paging:announcement_page", announcement_id)


@change_page(permission=queries.SPEAK)
def stop_everything(request: HttpRequest) -> HttpResponse:
    """Stops everything that is being announced now."""
    try:
        count = actions.stop_everything(request.actor)
        what = "One announcement is" if count == 1 else f"{count} announcements are"
        messages.success(request, f"{what} being stopped. What an alarm says goes on until its all-clear.")
    except Conflict as error:
        messages.warning(request, f"{error} What an alarm says goes on until its all-clear.")
    return redirect("paging:announce_page")


@page(permission=queries.VIEW, template="paging/history_page.html")
def history_page(request: HttpRequest) -> Any:
    """Everything that was announced: search, filters, CSV."""
    chosen = {name: request.GET.get(name, "") for name in ("way", "state", "site", "mode")}
    search = request.GET.get("q", "")
    rows = queries.announcements_seen_by(request.actor, q=search, **chosen)
    if request.GET.get("format") == "csv":
        return csv_of((_cells(row) for row in rows.prefetch_related("zones")), COLUMNS, "announcements")
    found = page_of(request, rows.prefetch_related("zones"), 30)
    for row in found["items"]:
        row.word, row.tone, row.way_word = STATES[row.state], TONES[row.state], WAYS[row.way]
    return found | {
        "filters": _filters(request, chosen, search, found["count"]), "on_air": queries.on_the_air(request.actor),
    }  # fmt: skip


def _cells(row: Any) -> tuple[Any, ...]:
    return (
        row.asked_at.isoformat(), row.by_name, WAYS[row.way], row.title, row.mode, row.priority,
        "; ".join(zone.zone_name for zone in row.zones.all()), STATES[row.state],
        row.ended_at.isoformat() if row.ended_at else "", row.stopped_name,
    )  # fmt: skip


def _filters(request: HttpRequest, chosen: dict[str, str], search: str, count: int) -> dict[str, Any]:
    sites = [("", "All sites"), *((str(site.id), site.name) for site in queries.sites_of(request.actor))]
    options = (
        ("way", "How", [("", "All ways"), *WAYS.items()]), ("state", "State", [("", "All states"), *STATES.items()]),
        ("mode", "Mode", [("", "All modes"), *MODES.items()]), ("site", "Site", sites),
    )  # fmt: skip
    return {
        "q": {"name": "q", "value": search, "label": "Words or person"}, "target": "announcement-list", "count": count,
        "selects": [{"name": name, "label": label, "value": chosen[name], "options": choices}
                    for name, label, choices in options],
        "count_word": "announcements", "csv_url": csv_url(request),
    }  # fmt: skip


# -- listening before it goes out --------------------------------------------------------------------------------------


def sound_answer(mulaw: bytes) -> HttpResponse:
    """The sound as a file every browser plays."""
    return HttpResponse(write_wav(mulaw), content_type="audio/wav", headers={"Cache-Control": "no-store"})


@change_page(permission=queries.SPEAK)
def preview(request: HttpRequest) -> HttpResponse:
    """A typed text as the speakers will say it."""
    text, language = request.POST.get("text", "")[:MOST_TEXT], request.POST.get("language", "en")
    sound = VOICE.say(text, language) if text.strip() and language in LANGUAGES else b""
    if not sound:
        raise Unavailable("No speech engine could say this. Shorten the text, or record it yourself.")
    return sound_answer(sound)


@page(permission=queries.SPEAK, template="")
def prompt_sound(request: HttpRequest, kind: str, language: str) -> HttpResponse:
    """A shipped prompt."""
    known = {**PROMPTS, **ALARM_PROMPTS}
    sound = VOICE.prompt(kind, language) if kind in known and language in ("en", "es") else b""
    if not sound:
        raise NotFound("There is no such prompt.")
    return sound_answer(sound)
