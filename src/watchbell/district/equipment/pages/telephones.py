"""Pages of telephones: the table of dispatchable locations, one telephone, a file in and out, the walk-round."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from watchbell.district.equipment import actions, queries
from watchbell.district.equipment.facts import CIVIC_WORDS, GRAVE_PROBLEMS, TELEPHONE_PROBLEMS
from watchbell.district.equipment.forms import TelephoneForm, TelephonesFileForm
from watchbell.district.equipment.rules import COLUMNS, judge_telephone
from watchbell.district.sites.queries import rooms_of_site, sites_seen_by
from watchbell.kernel.permissions import may
from watchbell.kernel.web import change_page, csv_of, csv_url, page, page_of
from watchbell.line import clock
from watchbell.line.pidflo import Location, build_pidf_lo

PROBLEM_CHOICES = [
    ("", "All telephones"), ("any", "With any problem"), ("grave", "911 would not find the room"),
    *((key, words) for key, (words, _) in TELEPHONE_PROBLEMS.items()),
]  # fmt: skip
ROOM_KINDS = ("room", "office", "gym", "cafeteria", "library", "health", "lobby", "hall", "storage", "other", "outdoor")


@page(permission="equipment.view", template="equipment/telephones_page.html")
def telephones_page(request: HttpRequest) -> Any:
    """Every telephone with the room 911 is told, problems first; filters, CSV, a file in, the last audit."""
    return _table(request)


def _table(request: HttpRequest, **more: Any) -> Any:
    site, problem, search = (request.GET.get(name, "") for name in ("site", "problem", "q"))
    today = clock.now().date()
    if request.GET.get("format") == "csv":
        judged = queries.telephones_judged(request.actor, today, site=site, search=search, problem=problem)
        codes = {row.pk: row.code for row in sites_seen_by(request.actor)}
        return csv_of((_cells(phone, codes) for phone, _ in judged), COLUMNS, "telephones")
    listed = queries.telephones_in_order(request.actor, today, site=site, search=search, problem=problem)
    found = page_of(request, listed, 50)
    facts = queries.telephones_by_id(pk for pk, _ in found["items"])
    found["items"] = [_shown(facts[pk], why) for pk, why in found["items"] if pk in facts]
    everything = queries.telephones_in_order(request.actor, today) if site or problem or search else listed
    counts = {key: sum(why == key for _, why in everything) for key in TELEPHONE_PROBLEMS}
    return found | {
        "total": len(everything), "counts": [(key, words, counts[key]) for key, (words, _) in
                                             TELEPHONE_PROBLEMS.items()],
        "well": len(everything) - sum(counts.values()), "audit": queries.newest_audit(),
        "may_edit": may(request.actor, "equipment.edit"), "file_form": TelephonesFileForm(), "columns": COLUMNS,
        "filters": {
            "q": {"name": "q", "value": search, "label": "Extension, number or room"},
            "selects": [
                {"name": "problem", "label": "Which", "value": problem, "options": PROBLEM_CHOICES},
                {"name": "site", "label": "Site", "value": site, "options":
                    [("", "All sites"), *((str(one.pk), one.name) for one in sites_seen_by(request.actor))]},
            ],
            "target": "telephones-list", "count": found["count"], "count_word": "telephones",
            "csv_url": csv_url(request),
        },
    } | more  # fmt: skip


def _shown(phone: Any, why: str) -> dict[str, Any]:
    words, advice = TELEPHONE_PROBLEMS.get(why, ("Found", ""))
    return {"phone": phone, "problem": why, "words": words, "advice": advice, "is_grave": why in GRAVE_PROBLEMS,
            "tone": "bad" if why in GRAVE_PROBLEMS else "warn" if why else "good"}  # fmt: skip


def _cells(phone: Any, codes: dict[UUID, str]) -> tuple[Any, ...]:
    return (
        phone.extension, phone.name, codes.get(phone.site, phone.site_name), phone.civic.get("ROOM", ""), phone.elin,
        phone.callback, phone.mac, phone.ip, phone.confirmed_on or "",
    )  # fmt: skip


@change_page(permission="equipment.edit", template="equipment/telephones_page.html")
def telephones_import(request: HttpRequest) -> Any:
    """A file of telephones: all of it, or with one fault nothing."""
    form = TelephonesFileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _table(request, file_form=form)
    made, changed, faults = actions.import_telephones(request.actor, form.cleaned_data["telephones"].read())
    if faults:
        return _table(request, faults=faults)
    messages.success(request, f"{made} telephones added, {changed} changed.")
    return redirect("equipment:telephones_page")


@change_page(permission="equipment.edit")
def telephones_confirm(request: HttpRequest) -> HttpResponse:
    """The walk-round: the ticked telephones were seen in their rooms."""
    ids = [one for one in request.POST.getlist("telephone") if _is_id(one)]
    count = actions.confirm_telephones(request.actor, ids)
    if count:
        messages.success(request, f"{count} confirmed in their rooms today.")
    else:
        messages.error(request, "Tick telephones that have a room; the others need one first.")
    query = request.POST.get("back", "")
    return redirect(reverse("equipment:telephones_page") + (f"?{query}" if query else ""))


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


@change_page(permission="equipment.edit")
def telephones_audit(request: HttpRequest) -> HttpResponse:
    """Runs the night's audit now."""
    audit = actions.audit_telephones(request.actor)
    messages.success(request, f"Looked at {audit.checked} telephones: {len(audit.problems)} with a problem.")
    return redirect("equipment:telephones_page")


@page(permission="equipment.view", template="equipment/telephone_page.html")
def telephone_page(request: HttpRequest, telephone_id: UUID) -> Any:
    """One telephone: what 911 is told, and its room."""
    return _one(request, telephone_id)


def _one(request: HttpRequest, telephone_id: UUID, form: TelephoneForm | None = None) -> dict[str, Any]:
    phone = queries.one_telephone(request.actor, telephone_id)
    rooms = [(str(pk), name or f"Room {number}") for pk, number, name in rooms_of_site(phone.site, ROOM_KINDS)] if (
        phone.site
    ) else []  # fmt: skip
    initial = {"place": str(phone.place or ""), "elin": phone.elin, "callback": phone.callback}
    return {
        **_shown(phone, judge_telephone(phone, clock.now().date())), 
        "civic": [(words, phone.civic[name]) for name, words in CIVIC_WORDS.items() if name in phone.civic],
        "form": form or TelephoneForm(rooms, initial=initial),
        "may_edit": may(request.actor, "equipment.edit", phone.site),
    }  # fmt: skip


@change_page(permission="equipment.edit", template="equipment/telephone_page.html")
def telephone_change(request: HttpRequest, telephone_id: UUID) -> Any:
    """Gives a telephone its room and numbers."""
    phone = queries.one_telephone(request.actor, telephone_id)
    rooms = [(str(pk), name or number) for pk, number, name in rooms_of_site(phone.site, ROOM_KINDS)] if (
        phone.site
    ) else []  # fmt: skip
    form = TelephoneForm(rooms, request.POST)
    if not form.is_valid():
        return _one(request, telephone_id, form)
    place = form.cleaned_data["place"]
    actions.place_telephone(
        request.actor, telephone_id, place=UUID(place) if place else None, elin=form.cleaned_data["elin"],
        callback=form.cleaned_data["callback"],
    )  # fmt: skip
    messages.success(request, f"Extension {phone.extension} is where you say, confirmed today.")
    return redirect("equipment:telephone_page", telephone_id)


@page(permission="equipment.view", template="")
def telephone_pidf(request: HttpRequest, telephone_id: UUID) -> HttpResponse:
    """What 911 is told of this telephone, as PIDF-LO (RFC 4119)."""
    text = pidf_of(queries.one_telephone(request.actor, telephone_id))
    if not text:
        return HttpResponse("This telephone has no room yet.", status=404, content_type="text/plain")
    return HttpResponse(text, content_type="application/pidf+xml; charset=utf-8")


def pidf_of(phone: Any) -> str:
    """The location as PIDF-LO, "" while its room is not known."""
    if not phone.civic:
        return ""
    now = clock.now().isoformat(timespec="seconds")
    location = Location(civic=phone.civic, latitude=phone.latitude, longitude=phone.longitude)
    return build_pidf_lo(location, f"pres:{phone.extension.strip('+*#')}@watchbell.invalid", now, now)
