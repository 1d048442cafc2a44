"""The JSON API's manners: declared permissions, limit/offset lists, RFC 9457 problem documents."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI, Router
from ninja.errors import HttpError, ValidationError
from ninja.utils import check_csrf

from watchbell.kernel.permissions import acting_by, declare, require
from watchbell.kernel.web import PUBLIC, SIGNED_IN, STATUS
from watchbell.line.errors import WatchbellError
from watchbell.line.numbers import read_whole

MOST_ITEMS = 500
SAFE = ("GET", "HEAD", "OPTIONS")
ASK_FORM = (
    "A request that changes something by a session brings the page's form token as the header X-CSRFToken; a program "
    "sends Authorization: Bearer …"
)


class Invalid(WatchbellError):
    """Some fields are not right: `fields` says which and why."""

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {why}" for name, why in fields.items()))
        self.fields = fields


def api_router(capability: str) -> Router:
    """The routes of one capability."""
    return Router(tags=[capability])


def problem(status: int, title: str, detail: str, **more: Any) -> HttpResponse:
    """A problem document (RFC 9457)."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    return JsonResponse(body, status=status, content_type="application/problem+json")


def operation(method: Callable[..., Any], path: str, *, permission: str, **options: Any) -> Callable[..., Any]:
    """Declares an operation: `method` is router.get, router.post…; reads run in one transaction."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        name = f"{method.__name__.upper()} /api/v1{path}"
        declare(permission, name)

        @wraps(function)
        def run(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if permission == PUBLIC:  # chooses its district itself
                return function(request, *args, **kwargs)
            actor = getattr(request, "actor", None)
            if actor is None:
                return problem(401, "Sign in first", "Send a token: Authorization: Bearer …")
            if request.method not in SAFE and _comes_from_elsewhere(request):
                return problem(403, "Not allowed", ASK_FORM)
            if permission != SIGNED_IN:
                require(actor, permission)
                request.actor = acting_by(actor, permission)  # type: ignore[attr-defined]
            if request.method == "GET":
                with transaction.atomic():
                    return function(request, *args, **kwargs)
            return function(request, *args, **kwargs)

        run.permission = permission  # type: ignore[attr-defined]
        return method(path, **options)(run)

    return decorate


def _comes_from_elsewhere(request: HttpRequest) -> bool:
    """Whether a change is asked with a session's cookie and without the form token of its pages.

    Ninja's views are exempt from Django's middleware, so it is judged here. Whoever brings a bearer token has been
    excused by the middleware of project; without the cookie nobody acts by a session at all.
    """
    return settings.SESSION_COOKIE_NAME in request.COOKIES and check_csrf(request) is not None


def paged(request: HttpRequest, rows: Any, to_dict: Callable[[Any], Any]) -> dict[str, Any]:
    """{"items": […], "count": n} by `limit` (at most 500) and `offset`."""
    faults = {}
    numbers = {}
    for name, default in (("limit", 100), ("offset", 0)):
        number = read_whole(request.GET.get(name, str(default)))
        if number is None:
            faults[name] = "a whole number, 0 or more"
        else:
            numbers[name] = number
    if faults:
        raise Invalid(faults)
    start = numbers["offset"]
    items = rows[start : start + min(numbers["limit"], MOST_ITEMS)]
    return {"items": [to_dict(row) for row in items], "count": rows.count() if hasattr(rows, "model") else len(rows)}


def add_problem_answers(api: NinjaAPI) -> None:
    """Every error of the API becomes a problem document."""

    @api.exception_handler(WatchbellError)
    def told(request: HttpRequest, error: WatchbellError) -> HttpResponse:
        if isinstance(error, Invalid):
            return problem(422, "Some fields are not right", str(error), fields=error.fields)
        status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 400)
        return problem(status, (type(error).__doc__ or "").strip(), str(error))

    @api.exception_handler(ValidationError)
    def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
        fields = {".".join(str(p) for p in e["loc"][1:]): str(e["msg"]) for e in error.errors}
        return problem(
            422, "Some fields are not right", "; ".join(f"{k}: {v}" for k, v in fields.items()), fields=fields
        )

    @api.exception_handler(HttpError)
    def refused(request: HttpRequest, error: HttpError) -> HttpResponse:
        return problem(error.status_code, str(error), str(error))
