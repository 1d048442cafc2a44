"""Lists of people: kept once, chosen in every message."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from watchbell.communication.notices import actions, queries
from watchbell.district.people.queries import people_named
from watchbell.district.sites.facts import read_id
from watchbell.district.sites.queries import sites_seen_by
from watchbell.kernel.changes import record_look
from watchbell.kernel.permissions import may
from watchbell.kernel.web import change_page, csv_of, page, page_of, part, try_change
from watchbell.line.errors import Conflict, Refused

SEE, WRITE = queries.SEE, queries.WRITE
MOST_BYTES = 1_000_000


@page(permission=SEE, template="notices/lists_page.html")
def lists_page(request: HttpRequest) -> Any:
    """Every list this person may write to."""
    search = request.GET.get("q", "")
    found = page_of(request, queries.lists_seen_by(request.actor, search), 50)
    return {
        **found, "may_write": may(request.actor, WRITE), "q": search,
        "filters": {"q": {"name": "q", "value": search, "placeholder": "Name"}, "selects": [], "target": "people-lists",
                    "count": found["count"], "count_word": "lists"},
    }  # fmt: skip


@page(permission=WRITE, template="notices/list_page.html", methods=("GET", "POST"))
def new_list_page(request: HttpRequest) -> Any:
    """A new list: its name first, then its people."""
    return _list(request, None)


@page(permission=SEE, template="notices/list_page.html", methods=("GET", "POST"))
def list_page(request: HttpRequest, list_id: UUID) -> Any:
    """Who is on it; people are added by name or from a file."""
    return _list(request, list_id)


def _list(request: HttpRequest, list_id: UUID | None) -> Any:
    row = queries.list_seen_by(request.actor, list_id) if list_id else None
    if request.method == "POST":
        try:
            kept = actions.save_list(request.actor, list_id, request.POST.get("name", ""),
                                     request.POST.get("about", ""), read_id(request.POST.get("site", "")))  # fmt: skip
            messages.success(request, "Kept.")
            return redirect("notices:list_page", kept)
        except (Refused, Conflict) as error:
            return _shown(request, row, fault=str(error), said=request.POST)
    return _shown(request, row)


def _shown(request: HttpRequest, row: Any, said: Any = None, **more: Any) -> Any:
    """The page of a list (None: a new one). said: its name and purpose as they were written, where they were refused.

    more: fault, faults; is_mending: what was given (numbers) is to be mended, and nothing else is on the page.
    """
    members = queries.members_of(row) if row else []
    if row is not None and members:
        record_look(request.actor, "notices.see_list", row)
    if row is not None and request.GET.get("format") == "csv":
        names = {site.pk: site.name for site in sites_seen_by(request.actor)}
        cells = [(one.name, one.kind, one.grade or one.title, names.get(one.site, ""), one.email) for one in members]
        return csv_of(cells, ("name", "kind", "grade or title", "school", "email"), "list")
    is_theirs = row is None or request.actor.sites is None or row.site_id in request.actor.sites
    said = said or {}
    return {
        "row": row, "may_keep": may(request.actor, WRITE) and is_theirs, "may_all": request.actor.sites is None,
        "name": said.get("name", row.name if row else ""), "about": said.get("about", row.about if row else ""),
        "site": said.get("site", str(row.site_id or "") if row else ""), "sites": list(sites_seen_by(request.actor)),
        "counted": queries.count_list(row) if row else None, **page_of(request, members, 100), **more,
    }  # fmt: skip


@part(permission=WRITE, template="notices/_list_people_part.html")
def list_people_part(request: HttpRequest, list_id: UUID) -> Any:
    """People by name, to be put on the list by one tap."""
    row = queries.list_seen_by(request.actor, list_id)
    on = set(queries.people_on([str(row.pk)]))
    found = people_named(request.GET.get("who", ""), request.actor.sites, 12)
    return {"row": row, "found": [(one, one.id in on) for one in found], "who": request.GET.get("who", "")}


def _back(list_id: UUID) -> str:
    return reverse("notices:list_page", args=[list_id])


@change_page(permission=WRITE)
def add_to_list(request: HttpRequest, list_id: UUID) -> HttpResponse:
    """One or more people by name."""
    people = [pk for one in request.POST.getlist("people") if (pk := read_id(one))]
    return try_change(request, lambda: actions.add_people(request.actor, list_id, people), "", _back(list_id))


@change_page(permission=WRITE, template="notices/list_page.html")
def add_file_to_list(request: HttpRequest, list_id: UUID) -> Any:
    """A pasted list of numbers, a CSV file, or both. What is wrong stands beside what was given, to be mended there."""
    row, numbers = queries.list_seen_by(request.actor, list_id), request.POST.get("numbers", "")
    try:
        numbers = _read_given(request)
        added, faults = actions.add_numbers(request.actor, list_id, numbers)
    except (Refused, Conflict) as error:
        return _shown(request, row, is_mending=True, fault=str(error), numbers=numbers)
    if faults:
        return _shown(request, row, is_mending=True, faults=faults, numbers=numbers)
    messages.success(request, f"{added:,} added." if added else "All of them were on the list already.")
    return redirect(_back(list_id))


def _read_given(request: HttpRequest) -> str:
    """The lines of the file and those that were pasted. Raises Refused for what is no text."""
    file, pasted = request.FILES.get("file"), request.POST.get("numbers", "")
    if file is None:
        return pasted
    if (file.size or 0) > MOST_BYTES:
        raise Refused("The file is larger than 1 MB.")
    raw = file.read()
    if raw.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
        raise Refused("This is a workbook, no text: save it as CSV in the spreadsheet program, then hand in that file.")
    return "\n".join(one for one in (raw.decode("utf-8-sig", "replace").rstrip("\r\n"), pasted) if one.strip())


@change_page(permission=WRITE)
def take_off_list(request: HttpRequest, list_id: UUID, person_id: UUID) -> HttpResponse:
    """One person fewer."""
    return try_change(request, lambda: actions.take_off(request.actor, list_id, person_id), "", _back(list_id))


@change_page(permission=WRITE)
def drop_list(request: HttpRequest, list_id: UUID) -> HttpResponse:
    """Thrown away; its people stay."""
    try:
        actions.drop_list(request.actor, list_id)
    except (Refused, Conflict) as error:
        messages.error(request, str(error))
        return redirect(_back(list_id))
    messages.success(request, "Thrown away.")
    return redirect("notices:lists_page")
