"""Who carries a badge: looked up by name, asked once more before somebody loses it, taken back."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from watchbell.district.equipment import actions, queries
from watchbell.district.people.queries import people_named, person_facts
from watchbell.district.sites.facts import read_id
from watchbell.district.sites.queries import all_site_facts
from watchbell.kernel.permissions import require
from watchbell.kernel.web import change_page, page
from watchbell.line.errors import NotFound, WatchbellError

MOST_FOUND = 20


def _badge(request: HttpRequest, badge_id: UUID) -> Any:
    row = queries.one_seen_by(request.actor, badge_id)
    if row.kind != "badge":
        raise NotFound("Only a badge is given to somebody to carry.")
    require(request.actor, "equipment.edit", row.site_id)
    return row


@page(permission="equipment.edit", template="equipment/holder_page.html")
def holder_page(request: HttpRequest, equipment_id: UUID) -> Any:
    """Staff found by name with the badges they carry already; who carries this one now."""
    badge = _badge(request, equipment_id)
    search = request.GET.get("q", "").strip()
    found = people_named(search, request.actor.sites, MOST_FOUND, kinds=("staff",))
    carried = queries.badges_carried(person.id for person in found)
    sites = {site.id: site.name for site in all_site_facts()}
    return {
        "badge": badge, "search": search, "is_full": len(found) == MOST_FOUND,
        "people": [{"facts": one, "site": sites.get(one.site, ""), "badges": carried.get(one.id, []),
                    "is_holder": one.id == badge.holder_id} for one in found],
        "filters": {"q": {"name": "q", "value": search, "label": "Who gets it?", "placeholder": "Name",
                          "is_first": True}, "target": "people"},
    }  # fmt: skip


@change_page(permission="equipment.edit", template="equipment/give_page.html")
def give_badge(request: HttpRequest, equipment_id: UUID) -> Any:
    """Gives the badge; when somebody loses it or has another one, first says so and asks."""
    form = request.POST
    person_id, seen = read_id(form.get("person", "")), read_id(form.get("seen", ""))
    try:
        badge = _badge(request, equipment_id)
        if person_id is None:
            raise NotFound("Choose somebody of the staff.")
        person, others = person_facts(person_id), queries.badges_carried([person_id]).get(person_id, [])
        others = [one for one in others if one.pk != badge.pk]
        if form.get("sure") != "yes" and (badge.holder_id not in (None, person_id) or others):
            return {"badge": badge, "person": person, "others": others, "seen": form.get("seen", "")}
        name = actions.give_badge(request.actor, equipment_id, person_id, seen)
        messages.success(request, f"{name} carries this badge now. Its presses say so within seconds.")
    except WatchbellError as error:
        messages.error(request, str(error))
        return redirect("equipment:holder_page", equipment_id)
    return redirect("equipment:one_page", equipment_id)


@change_page(permission="equipment.edit")
def take_badge_back(request: HttpRequest, equipment_id: UUID) -> HttpResponse:
    """Nobody carries it from now on."""
    try:
        name = actions.take_badge_back(request.actor, equipment_id, read_id(request.POST.get("seen", "")))
        messages.success(request, f"Taken back from {name}. It can be given to somebody else.")
    except WatchbellError as error:
        messages.error(request, str(error))
    return redirect("equipment:one_page", equipment_id)
