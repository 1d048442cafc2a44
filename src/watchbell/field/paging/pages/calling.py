"""Recording by telephone: the form that has its author called, and how the call goes, live."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from watchbell.district.sites.facts import read_id
from watchbell.field.paging import actions, queries
from watchbell.field.paging.facts import CALL_ENDS, CALL_STATES, LANGUAGES
from watchbell.field.paging.forms import read_call
from watchbell.kernel.web import change_page, page, part
from watchbell.line.errors import WatchbellError
from watchbell.wire.recording import MOST_SECONDS

TONES = {"recorded": "good", "silent": "warn", "dropped": "warn", "busy": "warn", "no_answer": "warn", "failed": "bad"}
#: What to do about a call that left nothing, where its own reason does not say it.
ADVICE = {
    "silent": "Speak after the tone; check that your telephone is not muted.",
    "dropped": "Stay on the line until you have heard it played back.",
    "busy": "Hang up, then try again.", "no_answer": "Have the telephone at hand, then try again.",
}  # fmt: skip


def blank_call(request: HttpRequest, language: str = "en", name: str = "") -> dict[str, Any]:
    """What the form begins with: the number of the author's own record."""
    own = queries.own_numbers(request.actor)
    language = language if language in LANGUAGES else "en"
    return {
        "number": own[0] if own else "", "name": name, "language": language, "languages": LANGUAGES.items(),
        "most_call_seconds": MOST_SECONDS, "is_inside": _is_inside(request),
        "mark": f"_{language}" if _is_inside(request) else "",
    }  # fmt: skip


def _is_inside(request: HttpRequest) -> bool:
    """Whether it stands in the form of a message, whose language is chosen already."""
    return request.GET.get("in") == "message"


def _shown(request: HttpRequest, call: Any) -> dict[str, Any]:
    return {
        "call": call, "word": CALL_STATES.get(call.state, call.state), "tone": TONES.get(call.state, "info"),
        "is_over": call.state in CALL_ENDS, "advice": call.because or ADVICE.get(call.state, ""),
        "is_inside": _is_inside(request), "language_word": LANGUAGES.get(call.language, call.language),
    }  # fmt: skip


@part(permission=queries.SPEAK, template="paging/_call_form.html")
def call_form_part(request: HttpRequest) -> Any:
    """The form, empty or as an earlier call was asked for."""
    language = request.GET.get("language", "en")
    earlier = read_id(request.GET.get("call", ""))
    if earlier is None:
        return blank_call(request, language, request.GET.get(f"title_{language}", "")[:120])
    call = queries.call_seen_by(request.actor, earlier)
    return blank_call(request, call.language, call.name) | {"number": call.number}


@change_page(permission=queries.SPEAK)
def call_to_record(request: HttpRequest) -> HttpResponse:
    """Calls, and shows how it goes; what cannot be called is said beside the form as it was filled in."""
    is_part = bool(request.headers.get("HX-Request"))
    asked = read_call(request.POST, request.GET.get("language", ""))
    try:
        call = actions.call_to_record(request.actor, asked)
    except WatchbellError as error:
        filled = blank_call(request, asked.language, asked.name) | {"number": asked.number, "problem": str(error)}
        template = "paging/_call_form.html" if is_part else "paging/call_page.html"
        return render(request, template, filled, status=200 if is_part else 409)
    if not is_part:
        return redirect("paging:call_page", call)
    return render(request, "paging/_call_part.html", _shown(request, queries.call_seen_by(request.actor, call)))


@part(permission=queries.SPEAK, template="paging/_call_part.html")
def call_part(request: HttpRequest, recording_call_id: UUID) -> Any:
    """How it goes."""
    return _shown(request, queries.call_seen_by(request.actor, recording_call_id))


@page(permission=queries.SPEAK, template="paging/call_page.html")
def call_page(request: HttpRequest, recording_call_id: UUID) -> Any:
    """The same as a page of its own."""
    return _shown(request, queries.call_seen_by(request.actor, recording_call_id))
