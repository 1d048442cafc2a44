"""The way in without an account: a link that opens once, or the code that was said on the telephone."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from watchbell.kernel.acting import acting_in
from watchbell.kernel.limits import is_too_often
from watchbell.kernel.models import District
from watchbell.kernel.web import PUBLIC, address_of, page
from watchbell.line import passes
from watchbell.line.errors import NotFound, WatchbellError
from watchbell.response.dispatch import actions, queries
from watchbell.response.dispatch.pages.visiting import hold, secret_of

#: Tries in a minute, by one address and by everybody: a nine-digit code is not guessed at this pace.
MOST_TRIES, MOST_TRIES_OF_ALL = 6, 60
SLOWLY = "Too many tries. Wait a minute, or use the link in the message."
NO_CODE = "No alarm that is on now has this code. When it was raised only seconds ago, try once more in a moment."
STILL = "This alarm is still being recorded. Press Open to look again; if that goes on, call the school."
GENUINE = "This link is not one of ours, or it has ended. Ask the school for a new one, or type the code."
#: Whose link this session has asked to open before its alarm was recorded: [order, name].
WAITING = "dispatch_waiting"
#: So often, a second apart, the page of a link looks for its incident.
MOST_LOOKS = 60


def _tries_too_often(request: HttpRequest) -> bool:
    is_one = is_too_often("dispatch-code", address_of(request), MOST_TRIES)
    return is_too_often("dispatch-code", "everybody", MOST_TRIES_OF_ALL) or is_one


def _open(request: HttpRequest, found: passes.Pass, name: str) -> HttpResponse | str:
    """Opens it for this session and goes there; or says why not. Raises NotFound while the alarm is being recorded."""
    try:
        with acting_in(found.district):
            incident, link = actions.open_link(found, secret_of(request), name, address_of(request))
    except NotFound:
        raise
    except WatchbellError as error:
        return str(error)
    request.session.pop(WAITING, None)
    hold(request, found.district, incident, link)
    return redirect("dispatch:dispatch_page", incident)


def _open_or_wait(request: HttpRequest, found: passes.Pass, name: str, tries: int) -> Any:
    """As `_open`; while the alarm is being recorded, a page that looks again by itself, for a while."""
    try:
        answer = _open(request, found, name)
    except NotFound:
        if tries >= MOST_LOOKS:
            request.session.pop(WAITING, None)
            return {"is_link": True, "name": name, "fault": STILL}
        request.session[WAITING] = [found.order, name]
        wait = render(request, "dispatch/entrance_page.html", {"is_link": True, "is_waiting": True})
        wait["Refresh"] = f"1; url={request.path}?tries={tries + 1}"
        return wait
    return {"fault": answer, "is_link": False} if isinstance(answer, str) else answer


@page(permission=PUBLIC, template="dispatch/entrance_page.html", methods=("GET", "POST"))
def link_page(request: HttpRequest, token: str) -> Any:
    """Looking opens nothing, so that a preview does not use the link up; a press of the button does.

    Pressed before the alarm is recorded, the page looks again each second, for the session that pressed only.
    """
    if request.method == "POST" and _tries_too_often(request):
        return {"fault": SLOWLY, "is_link": True}
    found = passes.read_token(token)
    if found is None:
        return {"fault": GENUINE, "is_link": False}
    if request.method == "POST":
        return _open_or_wait(request, found, request.POST.get("name", ""), 0)
    order, name = request.session.get(WAITING) or ("", "")
    tries = request.GET.get("tries", "")
    if order == found.order and tries.isdecimal():
        return _open_or_wait(request, found, name, int(tries[:4]))
    return {"is_link": True}


@page(permission=PUBLIC, template="dispatch/entrance_page.html", methods=("GET", "POST"))
def entrance_page(request: HttpRequest) -> Any:
    """Asks for the code; the incident of the right one opens."""
    if request.method == "GET":
        return {}
    code = "".join(filter(str.isdigit, request.POST.get("code", "")))
    if _tries_too_often(request):
        return {"fault": SLOWLY}
    if len(code) != passes.CODE_DIGITS:
        return {"fault": f"A code has {passes.CODE_DIGITS} digits."}
    found = _find(code)
    if found is None:
        return {"fault": NO_CODE}
    try:
        answer = _open(request, found, request.POST.get("name", ""))
    except NotFound:
        return {"fault": STILL}
    return {"fault": answer} if isinstance(answer, str) else answer


def _find(code: str) -> passes.Pass | None:
    """A code names no district: each is asked, behind its own wall."""
    for district in District.objects.values_list("id", flat=True):
        with acting_in(UUID(str(district))):
            order = queries.find_code(code)
            if order:
                return queries.pass_of(order, str(district))
    return None
