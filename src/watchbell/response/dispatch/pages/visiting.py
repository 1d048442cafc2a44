"""Who holds an opened link may see its incident, in the session that opened it, and nothing else."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from watchbell.kernel.acting import acting_in
from watchbell.kernel.limits import is_too_often
from watchbell.kernel.permissions import Actor
from watchbell.kernel.web import show_problem
from watchbell.kernel.zones import shown_in
from watchbell.line.errors import Refused
from watchbell.line.ids import new_id
from watchbell.response.dispatch import actions, queries

HELD, SECRET = "dispatch_links", "dispatch_secret"
#: A minute's posts of one session: a hand at a keyboard stays far below.
MOST_POSTS = 40
View = Callable[..., HttpResponse]


def secret_of(request: HttpRequest) -> str:
    """This session's secret for links, made at first use; it never leaves the server."""
    if SECRET not in request.session:
        request.session[SECRET] = new_id().hex + new_id().hex
    return str(request.session[SECRET])


def hold(request: HttpRequest, district: str, incident: UUID, link: UUID) -> None:
    """Binds an opened link to this session, under a new session key."""
    request.session.cycle_key()
    request.session[HELD] = {**request.session.get(HELD, {}), str(incident): [district, str(link)]}


def visitor_of(request: HttpRequest, incident_id: Any) -> Actor | None:
    """Who holds a link to this incident in this session; None for everybody else."""
    session = getattr(request, "session", {})
    held = session.get(HELD, {}).get(str(incident_id))
    if not held:
        return None
    with acting_in(held[0]):
        mark = actions.mark_of(str(session.get(SECRET, "")))
        return queries.make_visitor(UUID(held[1]), mark, request.META.get("REMOTE_ADDR", ""))


def open_to_links(view: View) -> View:
    """The page is also open to the session that opened a link to its incident, in the link's district."""

    @wraps(view)
    def run(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        visitor = visitor_of(request, kwargs.get("incident_id"))
        if visitor is None:
            return _limited(view, request, *args, **kwargs)
        request.actor = visitor  # type: ignore[attr-defined]
        with shown_in(visitor.district):
            return _limited(view, request, *args, **kwargs)

    return run


def _limited(view: View, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    actor = getattr(request, "actor", None)
    who = str(actor.user_id or actor.from_where) if actor is not None else ""
    if request.method == "POST" and who and is_too_often("dispatch-post", who, MOST_POSTS):
        answer = show_problem(request, Refused("That is more than a person can type. Wait a minute."), is_part=True)
        answer.status_code = 429
        return answer
    return view(request, *args, **kwargs)
