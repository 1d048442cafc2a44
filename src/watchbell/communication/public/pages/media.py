"""The media list: newsrooms by name, e-mail, telephone and tags; in and out as CSV."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from watchbell.communication.public import actions, queries
from watchbell.communication.public.facts import MEDIA_COLUMNS, PERMISSION_EDIT, PERMISSION_SEE
from watchbell.communication.public.rules.media import MOST_BYTES
from watchbell.kernel.permissions import may
from watchbell.kernel.web import change_page, csv_of, csv_url, page, page_of, try_change
from watchbell.line.errors import WatchbellError

FIELDS = ("newsroom", "name", "email", "phone", "tags", "note")


@page(permission=PERMISSION_SEE, template="public/media_page.html", methods=("GET", "POST"))
def media_page(request: HttpRequest) -> Any:
    """The list, a search, a form for one more, and a file for many."""
    if request.method == "POST":
        act = lambda: actions.save_contact(request.actor, None, **_told(request))  # noqa: E731
        return try_change(request, act, "Added.", reverse("public:media_page"))
    search, tag = request.GET.get("q", ""), request.GET.get("tag", "")
    rows = queries.media_seen_by(request.actor, search=search, tag=tag)
    if request.GET.get("format") == "csv":
        cells = [(r.name, r.newsroom, r.email, r.phone, ", ".join(r.tags), r.note) for r in rows]
        return csv_of(cells, MEDIA_COLUMNS, "media-list")
    found = page_of(request, rows, 50)
    tags = [("", "Any"), *((one, one) for one in queries.media_tags())]
    filters = {
        "q": {"name": "q", "value": search, "label": "Search", "placeholder": "Newsroom, name, address"},
        "selects": [{"name": "tag", "label": "Tag", "value": tag, "options": tags}], "target": "media-list",
        "count": found["count"], "count_word": "contacts", "csv_url": csv_url(request),
    }  # fmt: skip
    return found | {"filters": filters, "may_edit": may(request.actor, PERMISSION_EDIT), "columns": MEDIA_COLUMNS,
                    "is_filtered": bool(search or tag)}  # fmt: skip


def _told(request: HttpRequest) -> dict[str, str]:
    return {name: request.POST.get(name, "") for name in FIELDS}


@page(permission=PERMISSION_SEE, template="public/contact_page.html", methods=("GET", "POST"))
def contact_page(request: HttpRequest, contact_id: UUID) -> Any:
    """One contact and a form to change it."""
    contact = queries.media_contact(request.actor, contact_id)
    if request.method == "POST":
        act = lambda: actions.save_contact(request.actor, contact_id, **_told(request))  # noqa: E731
        return try_change(request, act, "Saved.", reverse("public:contact_page", args=[contact_id]))
    return {"contact": contact, "tags": ", ".join(contact.tags), "may_edit": may(request.actor, PERMISSION_EDIT)}


@change_page(permission=PERMISSION_EDIT)
def remove_contact(request: HttpRequest, contact_id: UUID) -> HttpResponse:
    act = lambda: actions.remove_contact(request.actor, contact_id)  # noqa: E731
    return try_change(request, act, "Taken off the list.", reverse("public:media_page"), is_missing_told=True)


@change_page(permission=PERMISSION_EDIT, template="public/imported_page.html")
def import_media(request: HttpRequest) -> Any:
    """Takes a CSV in; every line that was not taken is shown with its number and why."""
    file = request.FILES.get("file")
    if file is None:
        messages.error(request, "Choose a CSV file first.")
        return redirect("public:media_page")
    try:
        added, changed, problems = actions.import_media(request.actor, file.read(MOST_BYTES + 1))
    except WatchbellError as error:
        messages.error(request, str(error))
        return redirect("public:media_page")
    return {"added": added, "changed": changed, "problems": problems, "name": file.name}
