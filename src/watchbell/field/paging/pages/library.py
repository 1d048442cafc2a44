"""Pages of the library: recordings made here or handed in, listened to before they are used, retired."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse

from watchbell.field.paging import actions, queries
from watchbell.field.paging.facts import ALARM_PROMPTS, LANGUAGES, MOST_RECORDING_SECONDS, PROMPTS
from watchbell.field.paging.pages.announcing import sound_answer
from watchbell.field.paging.pages.calling import blank_call
from watchbell.kernel.permissions import may
from watchbell.kernel.web import change_page, page, page_of, try_change
from watchbell.line.errors import WatchbellError


@page(permission=queries.VIEW, template="paging/recordings_page.html")
def recordings_page(request: HttpRequest) -> Any:
    """The library with its players, and a form to add to it by microphone or file."""
    search, retired = request.GET.get("q", ""), request.GET.get("show") == "retired"
    rows = queries.recordings_seen_by(request.actor, q=search, retired=retired)
    found = page_of(request, rows, 30)
    filters = {
        "q": {"name": "q", "value": search, "label": "Name"}, "target": "recording-list", "count": found["count"],
        "count_word": "recordings", "selects": [{"name": "show", "label": "Show", "value": "retired" if retired else "",
                                                 "options": [("", "In use"), ("retired", "Retired")]}],
    }  # fmt: skip
    may_speak = may(request.actor, queries.SPEAK)
    return found | (blank_call(request) if may_speak else {}) | {
        "filters": filters, "languages": LANGUAGES.items(), "most_seconds": MOST_RECORDING_SECONDS,
        "prompts": {**PROMPTS, **ALARM_PROMPTS}, "may_speak": may_speak, "retired": retired,
    }  # fmt: skip


@page(permission=queries.VIEW, template="")
def recording_sound(request: HttpRequest, recording_id: UUID) -> HttpResponse:
    """A recording, as it will be heard."""
    return sound_answer(queries.recording_sound(request.actor, recording_id)[1])


@change_page(permission=queries.SPEAK)
def add_recording(request: HttpRequest) -> HttpResponse:
    """Keeps what was recorded or chosen."""
    file = request.FILES.get("sound")
    post = request.POST
    is_json = request.headers.get("Accept") == "application/json"
    try:
        found = actions.add_recording(
            request.actor, post.get("name", ""), file.read() if file else b"", post.get("language", "en"),
            "recorded" if post.get("source") == "recorded" else "uploaded",
        )  # fmt: skip
    except WatchbellError as error:
        if is_json:
            return JsonResponse({"problem": str(error)}, status=409)
        messages.error(request, str(error))
        return redirect("paging:recordings_page")
    messages.success(request, "Kept. Listen to it once, then it can be announced.")
    return JsonResponse({"id": str(found)}) if is_json else redirect("paging:recordings_page")


def _change(request: HttpRequest, act: Any, told: str) -> HttpResponse:
    return try_change(request, act, told, reverse("paging:recordings_page"), is_missing_told=True)


@change_page(permission=queries.SPEAK)
def note_listened(request: HttpRequest, recording_id: UUID) -> HttpResponse:
    """The player has come to the end."""
    actions.note_listened(request.actor, recording_id)
    return HttpResponse(status=204)


@change_page(permission=queries.SPEAK)
def retire_recording(request: HttpRequest, recording_id: UUID) -> HttpResponse:
    return _change(
        request, lambda: actions.retire_recording(request.actor, recording_id),
        "Retired. It stands under “Retired” and can be brought back.",
    )  # fmt: skip


@change_page(permission=queries.SPEAK)
def restore_recording(request: HttpRequest, recording_id: UUID) -> HttpResponse:
    return _change(request, lambda: actions.restore_recording(request.actor, recording_id), "Back in use.")
