"""Pages and parts as functions: permission declared beside each, rendered under the viewer's own right."""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.utils import timezone

from watchbell.kernel.changes import record_look, record_look_on
from watchbell.kernel.permissions import acting_by, declare, require
from watchbell.line.errors import Conflict, NotFound, Refused, TooOften, Unavailable, WatchbellError

View = Callable[..., Any]
STATUS = {TooOften: 429, Refused: 403, NotFound: 404, Conflict: 409, Unavailable: 503}
PUBLIC = "public"
SIGNED_IN = "signed_in"


def _view(kind: str, permission: str, template: str | None, methods: tuple[str, ...]) -> Callable[[View], View]:
    def decorate(function: View) -> View:
        name = f"{function.__module__.removeprefix('watchbell.')}.{function.__name__}"
        declare(permission, name)

        @wraps(function)
        def view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method not in methods:
                return HttpResponseNotAllowed(methods)
            actor = getattr(request, "actor", None)
            if permission != PUBLIC and actor is None:
                return redirect(f"/accounts/login/?next={request.get_full_path()}")
            try:
                if permission not in (PUBLIC, SIGNED_IN):
                    require(actor, permission)  # type: ignore[arg-type]
                    request.actor = acting_by(actor, permission)  # type: ignore[arg-type, attr-defined]
                if request.method == "GET" and permission != PUBLIC:  # a public page chooses its district itself
                    with transaction.atomic():
                        return _answer(request, function(request, *args, **kwargs), template)
                return _answer(request, function(request, *args, **kwargs), template)
            except (Refused, NotFound, Conflict, Unavailable) as error:
                return show_problem(request, error, is_part=kind == "part")

        view.permission = permission  # type: ignore[attr-defined]
        view.kind = kind  # type: ignore[attr-defined]
        return view

    return decorate


def _answer(request: HttpRequest, result: Any, template: str | None) -> HttpResponse:
    if isinstance(result, HttpResponse):
        return result
    return render(request, template or "", result or {})


def page(permission: str, template: str, methods: tuple[str, ...] = ("GET",)) -> Callable[[View], View]:
    """A whole page: the function gives a template context (dict) or an HttpResponse."""
    return _view("page", permission, template, methods)


def part(permission: str, template: str, methods: tuple[str, ...] = ("GET",)) -> Callable[[View], View]:
    """A fragment htmx asks for."""
    return _view("part", permission, template, methods)


def try_change(
    request: HttpRequest, act: Callable[[], Any], told: str, back: str, *, level: int = messages.ERROR,
    is_missing_told: bool = False,
) -> HttpResponse:  # fmt: skip
    """Runs `act`, says `told` when it is done and why when it is not (in `level`), and goes back to the URL `back`.

    told "": success needs no words. is_missing_told: NotFound is said as well instead of raised.
    """
    try:
        act()
    except WatchbellError as error:
        if isinstance(error, NotFound) and not is_missing_told:
            raise
        messages.add_message(request, level, str(error))
    else:
        if told:
            messages.success(request, told)
    return redirect(back)


def change_page(permission: str, template: str | None = None) -> Callable[[View], View]:
    """POST only: parse the form, call an action, answer with a redirect or a fragment."""
    return _view("change", permission, template, ("POST",))


def status_of(error: Exception) -> int:
    """The HTTP status an error is answered with."""
    return next((code for kind, code in STATUS.items() if isinstance(error, kind)), 500)


def show_problem(
    request: HttpRequest, error: Exception, is_part: bool = False, *, template: str = "",
    words: dict[str, Any] | None = None,
) -> HttpResponse:  # fmt: skip
    """An error as a page or a fragment: what happened and what to do. template, words: of a page of its own."""
    status = status_of(error)
    plain = "console/_problem.html" if is_part or request.headers.get("HX-Request") else "console/problem.html"
    told = {"problem": str(error), "status": status, **(words or {})}
    return render(request, template or plain, told, status=status)


def note_look(request: HttpRequest, action: str, target: Any) -> None:
    """Writes down a look at sensitive data. What a page that stands open draws anew is one look for ten minutes."""
    note = record_look_on if request.headers.get("HX-Request") else record_look
    note(request.actor, action, target)  # type: ignore[attr-defined]


def page_of(request: HttpRequest, rows: Any, per_page: int = 50) -> dict[str, Any]:
    """One page of a list: {"items", "count", "page", "pages", "query"}; `query` keeps the filters for the links."""
    paginator = Paginator(rows, per_page)
    found = paginator.get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    return {
        "items": found.object_list, "count": paginator.count, "page": found, "pages": paginator.num_pages,
        "query": query.urlencode(),
    }  # fmt: skip


def csv_url(request: HttpRequest) -> str:
    """This page's address as CSV, with its filters and without its page number."""
    query = request.GET.copy()
    query.pop("page", None)
    query["format"] = "csv"
    return f"?{query.urlencode()}"


def address_of(request: HttpRequest) -> str:
    """The network address somebody asks from; behind a trusted proxy, theirs and not the proxy's."""
    return str(request.META.get("REMOTE_ADDR", ""))


def csv_text(rows: Iterable[Sequence[Any]], columns: Sequence[str]) -> str:
    """Rows as CSV. Cells that a spreadsheet would run as a formula are quoted with an apostrophe; moments are in the
    reader's time zone, to the second, as on the page, with what they are apart from UTC.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(one) for one in row])
    return out.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, datetime) and timezone.is_aware(value):
        return timezone.localtime(value).isoformat(" ", "seconds")
    return f"'{value}" if str(value)[:1] in ("=", "+", "-", "@") else value


def csv_of(rows: Iterable[Sequence[Any]], columns: Sequence[str], name: str) -> HttpResponse:
    """A CSV download; see `csv_text`."""
    answer = HttpResponse(csv_text(rows, columns), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def picture_of(picture: Any) -> HttpResponse:
    """An uploaded picture (with `content`, `media_type`, `digest`), with a policy of its own that keeps even a
    forgotten script from running. Raises NotFound for None.
    """
    if picture is None:
        raise NotFound("There is no such picture.")
    answer = HttpResponse(bytes(picture.content), content_type=picture.media_type)
    answer["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-cache"
    answer["ETag"] = f'"{picture.digest}"'
    return answer
