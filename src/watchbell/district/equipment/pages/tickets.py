"""Pages of tickets: the list with its weeks, one ticket with what can be done, a fault reported, photos, parts."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from watchbell.district.equipment import actions, queries
from watchbell.district.equipment.facts import (
    KINDS,
    MOST_PHOTO_BYTES,
    SEVERITIES,
    TICKET_ORIGINS,
    TICKET_STATE_TONES,
    TICKET_STATES,
)
from watchbell.district.equipment.rules import draw_weeks
from watchbell.district.people.queries import find_staff
from watchbell.district.sites.facts import PLACE_KINDS, read_id
from watchbell.district.sites.queries import all_site_facts, rooms_of_site
from watchbell.kernel.permissions import may
from watchbell.kernel.web import change_page, csv_of, csv_url, page, page_of, part, picture_of
from watchbell.line import clock
from watchbell.line.errors import NotFound, WatchbellError

REPORT, VIEW, WORK = queries.REPORT, queries.VIEW, queries.WORK
COLUMNS = ("Number", "What", "Severity", "State", "Site", "Building", "Floor", "Room", "Equipment", "Kind",
           "Answers for it", "Opened", "Opened by", "Times", "Due", "Overdue", "Repaired", "Repaired by", "Closed",
           "Closed by", "Closed because", "Meanwhile")  # fmt: skip
FILTERS = ("site", "state", "severity", "owner", "due")
STATE_OPTIONS = [("", "Not closed"), ("all", "All"), *TICKET_STATES.items()]
OWNER_OPTIONS = [("", "Anybody"), ("mine", "Me"), ("nobody", "Nobody")]


def show(rows: Any) -> list[Any]:
    """Rows with what the templates say of them."""
    now, found = clock.now(), list(rows)
    for row in found:
        row.tone, row.is_overdue = TICKET_STATE_TONES[row.state], row.state != "closed" and row.due_at <= now
        row.state_word, row.origin_word = TICKET_STATES[row.state], TICKET_ORIGINS[row.origin]
        floor = row.place.floor if row.place else None
        row.where = [str(one) for one in (row.place, floor.name if floor else "",
                                          floor.building.name if floor else "") if one]  # fmt: skip
    return found


@page(permission=REPORT, template="equipment/tickets_page.html")
def tickets_page(request: HttpRequest) -> Any:
    """Faults and what is done about them, the most urgent first; the last weeks; CSV and print."""
    chosen = {name: request.GET.get(name, "") for name in FILTERS}
    search, sort = request.GET.get("q", ""), request.GET.get("sort", "")
    rows = queries.tickets_seen_by(request.actor, **chosen, search=search, sort=sort)
    if request.GET.get("format") == "csv":
        return csv_of((_cells(row) for row in show(rows)), COLUMNS, "tickets")
    found = page_of(request, rows)
    found["items"] = show(found["items"])
    is_wide = may(request.actor, VIEW)
    weeks = queries.weeks_of(request.actor, chosen["site"]) if is_wide else []
    return found | {
        "filters": _filters(request, chosen, search, found["count"]), "weeks": weeks, "chart": draw_weeks(weeks),
        "is_wide": is_wide, "sort": sort, "at": clock.now(),
    }  # fmt: skip


def _filters(request: HttpRequest, chosen: dict[str, str], search: str, count: int) -> dict[str, Any]:
    sites = [("", "All sites"), *_sites(request.actor)]
    options = (
        ("state", "State", STATE_OPTIONS), ("severity", "Severity", [("", "Any"), *SEVERITIES.items()]),
        ("site", "Site", sites), ("owner", "Answered for by", OWNER_OPTIONS),
        ("due", "Due", [("", "Any time"), ("overdue", "Overdue")]),
    )  # fmt: skip
    return {
        "q": {"name": "q", "value": search, "label": "Number, words or room"},
        "selects": [{"name": name, "label": label, "value": chosen[name], "options": choices}
                    for name, label, choices in options],
        "target": "tickets", "count": count, "count_word": "tickets", "csv_url": csv_url(request),
    }  # fmt: skip


def _sites(actor: Any) -> list[tuple[str, str]]:
    """The sites where somebody may report, by name only: a driver does not see sites else."""
    return [(str(site.id), site.name) for site in all_site_facts() if may(actor, REPORT, site.id)]


def _cells(row: Any) -> tuple[Any, ...]:
    floor = row.place.floor if row.place else None

    def at(moment: Any) -> str:
        return moment.isoformat() if moment else ""

    return (
        row.number, row.title, row.get_severity_display(), row.state_word, row.site or "The whole district",
        floor.building.name if floor else "", floor.name if floor else "", row.place or "", row.equipment or "",
        KINDS.get(row.equipment.kind, "") if row.equipment else "", row.owner or "", at(row.opened_at), row.opened_by,
        row.times, at(row.due_at), "yes" if row.is_overdue else "", at(row.done_at), row.done_by, at(row.closed_at),
        row.closed_by, row.closed_because, row.interim,
    )  # fmt: skip


@page(permission=REPORT, template="equipment/ticket_page.html")
def ticket_page(request: HttpRequest, ticket_id: UUID) -> Any:
    """One ticket: what, where, who, until when; its history and photos; what can be done now."""
    (row,) = show([queries.ticket_seen_by(request.actor, ticket_id)])
    may_work = may(request.actor, WORK, row.site_id)
    photos = list(queries.photos_of(row))
    has_proof = any(photo.is_proof and photo.taken_at >= row.opened_at for photo in photos)
    return {
        "ticket": row, "notes": queries.notes_of(row), "photos": photos, "has_proof": has_proof,
        "may_work": may_work, "severities": SEVERITIES,
        "may_note": may_work or queries.has_reported(request.actor, row),
        "is_repairer": row.repairer is not None and row.repairer == request.actor.user_id,
        "may_withdraw": queries.may_withdraw(request.actor, row),
        "may_see_equipment": may(request.actor, "equipment.view", row.site_id),
    }  # fmt: skip


@page(permission=REPORT, template="")
def photo_page(request: HttpRequest, ticket_id: UUID, photo_id: UUID) -> HttpResponse:
    """A photo of a ticket."""
    return picture_of(queries.photo_seen_by(request.actor, ticket_id, photo_id))


def _photo_of(request: HttpRequest) -> bytes:
    file = request.FILES.get("photo")
    return file.read(MOST_PHOTO_BYTES + 1) if file else b""


@page(permission=REPORT, template="equipment/report_page.html", methods=("GET", "POST"))
def report_page(request: HttpRequest) -> Any:
    """A fault that somebody sees: where, what, a photo if they like. At equipment, or at a site and a room."""
    given = request.POST if request.method == "POST" else request.GET
    sites = _sites(request.actor)
    site = given.get("site", "") or (sites[0][0] if len(sites) == 1 else "")
    thing = _thing(request, read_id(given.get("equipment", "")))
    words = given.get("words", "")
    if request.method == "POST":
        try:
            ticket, is_joined = actions.report_fault(
                request.actor, words, equipment=thing.id if thing else None, site=read_id(site),
                place=read_id(given.get("place", "")), is_grave=given.get("grave") == "on", photo=_photo_of(request),
            )  # fmt: skip
        except WatchbellError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _thanks(queries.ticket_seen_by(request.actor, ticket), is_joined))
            return redirect("equipment:ticket_page", ticket)
    where = read_id(site) if site in dict(sites) else None
    rooms = [(str(pk), f"{number} {name}".strip()) for pk, number, name in rooms_of_site(where, PLACE_KINDS)] if (
        where and not thing) else []  # fmt: skip
    standing = queries.tickets_seen_by(request.actor, equipment=str(thing.id)) if thing else None
    return {
        "sites": sites, "site": site if where else "", "rooms": rooms, "place": given.get("place", ""), "thing": thing,
        "words": words, "grave": given.get("grave") == "on", "standing": show(standing) if standing is not None else [],
    }  # fmt: skip


def _thanks(ticket: Any, is_joined: bool) -> str:
    """What the reporter is told. Nobody's name where nobody answers for it yet."""
    if is_joined:
        return f"Thank you. Ticket {ticket.number} is open for it already; your words stand there now."
    who = f"{ticket.owner} answers for it." if ticket.owner else "Nobody answers for it yet; who mends faults sees it."
    return f"Thank you. It is ticket {ticket.number}. {who}"


def _thing(request: HttpRequest, equipment: UUID | None) -> Any:
    """The equipment a report is about, by name only: who reports need not see equipment else."""
    if equipment is None:
        return None
    found = queries.equipment_facts(equipment)
    if not may(request.actor, REPORT, found.site):
        raise NotFound("There is no such equipment, or it is not at your site.")
    return found


#: what a form of a ticket's page asks for → (what is done, what is said when it is).
WORDS_ASKED = {
    "take_up": "In work.", "repaired": "Written down. A second person looks at it and closes it.",
    "close": "Closed.", "send_back": "It is in work again.", "reopen": "It is open again, with its time anew.",
    "withdraw": "Taken back.",
    "note": "Added.", "severity": "Changed.", "owner": "Changed.", "interim": "The room's instruction is written.",
}  # fmt: skip


@change_page(permission=REPORT)
def change_ticket(request: HttpRequest, ticket_id: UUID) -> HttpResponse:
    """One step with a ticket; see WORDS_ASKED."""
    form, actor, what = request.POST, request.actor, request.POST.get("what", "")
    words = form.get("words", "")
    queries.ticket_seen_by(actor, ticket_id)
    steps = {
        "take_up": lambda: actions.take_up(actor, ticket_id),
        "repaired": lambda: actions.mark_repaired(actor, ticket_id, words, _photo_of(request)),
        "close": lambda: actions.close_ticket(actor, ticket_id, words, _photo_of(request)),
        "send_back": lambda: actions.send_back(actor, ticket_id, words),
        "reopen": lambda: actions.reopen_ticket(actor, ticket_id, words),
        "withdraw": lambda: actions.withdraw_report(actor, ticket_id, words),
        "note": lambda: actions.note_ticket(actor, ticket_id, words, _photo_of(request)),
        "severity": lambda: actions.set_severity(actor, ticket_id, form.get("severity", "")),
        "owner": lambda: actions.set_ticket_owner(actor, ticket_id, _person(actor, form.get("person", ""))),
        "interim": lambda: actions.set_interim(actor, ticket_id, words),
    }  # fmt: skip
    try:
        if what not in steps:
            raise NotFound("There is no such step.")
        steps[what]()
        messages.success(request, WORDS_ASKED[what])
    except WatchbellError as error:
        messages.error(request, str(error))
    return redirect(reverse("equipment:ticket_page", args=[ticket_id]))


def _person(actor: Any, text: str) -> UUID | None:
    return find_staff(actor, text) if text.strip() else None


@part(permission=WORK, template="equipment/_tickets_part.html")
def tickets_part(request: HttpRequest) -> Any:
    """On the home page of who mends: what is overdue, what waits for a second person, what is theirs."""
    counts = queries.tickets_by_site(request.actor)
    rows = list(queries.tickets_seen_by(request.actor)[:5])
    return {
        "rows": show(rows), "total": sum(one.open for one in counts), "overdue": sum(one.overdue for one in counts),
        "waiting": sum(one.waiting for one in counts),
    }  # fmt: skip


@part(permission=VIEW, template="equipment/_site_tickets_part.html")
def site_tickets_part(request: HttpRequest) -> Any:
    """On the health page: open tickets by site."""
    return {"sites": queries.tickets_by_site(request.actor)}
