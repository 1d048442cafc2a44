"""Where nothing arrives, what families have corrected, who wants what, carriers: the office's pages."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from watchbell.communication.channels import actions, queries
from watchbell.communication.channels.facts import BY_WAY, CHANNELS, RIGHT_AGAIN
from watchbell.communication.channels.queries.links import (
    bad_address_seen_by,
    contacts_at_home,
    link_channels,
    link_sent_on,
    link_ways,
    newest_links,
)
from watchbell.communication.channels.queries.strays import stray_wishes_seen_by
from watchbell.communication.channels.queries.through import alert_reach, trials_seen_by
from watchbell.communication.channels.rules import say_no_link_way
from watchbell.district.sites.facts import read_id
from watchbell.kernel.changes import record_look
from watchbell.kernel.permissions import may
from watchbell.kernel.web import change_page, csv_of, page, page_of, part, try_change
from watchbell.line.errors import NotFound

SEE, WRITE = queries.SEE, "notices.write"
MOST_SILENT = 50


@page(permission=SEE, template="channels/addresses_page.html")
def addresses_page(request: HttpRequest) -> Any:
    """Where nothing arrives: the front office's queue; and what families have corrected themselves."""
    channel, search = request.GET.get("channel", ""), request.GET.get("q", "")
    rows = queries.bad_addresses_seen_by(request.actor, channel=channel, search=search)
    changes = queries.changes_seen_by(request.actor)
    if request.GET.get("format") == "changes":
        record_look(request.actor, "notices.export_changes", "Corrections")
        cells = [(row.person.sourced_id, str(row.person), row.kind, row.old, row.value, row.confirmed_at)
                 for row in changes[:5000]]  # fmt: skip
        return csv_of(cells, ("sourcedId", "name", "kind", "old", "new", "confirmed"), "contact-changes")
    if request.GET.get("format") == "csv":
        record_look(request.actor, "notices.export_addresses", "Bad addresses")
        cells = [(str(row.person or ""), row.channel, row.address, row.because, row.since) for row in rows[:5000]]
        return csv_of(cells, ("name", "way", "address", "because", "since"), "bad-addresses")
    trials = trials_seen_by(request.actor)
    if request.GET.get("format") == "trials":
        record_look(request.actor, "notices.export_trials", "Whether alerts ring")
        told = [(one.person.sourced_id, str(one.person), one.way, "yes" if one.rang else "no", one.told_at)
                for one in trials[:5000]]  # fmt: skip
        return csv_of(told, ("sourcedId", "name", "way", "rang", "told"), "alert-trials")
    record_look(request.actor, "notices.see_addresses", "Bad addresses")
    found = page_of(request, rows, 40)
    links = newest_links(row.person_id for row in found["items"] if row.person_id)
    for row in found["items"]:
        row.way = CHANNELS[row.channel]
        row.shown = "a browser" if row.channel == "push" else row.address
        row.link = links.get(row.person_id)
        row.link_way = BY_WAY[row.link.channel] if row.link else ""
    return {
        **found, "changes": list(changes[:50]), "may_write": may(request.actor, WRITE), "reasons": RIGHT_AGAIN,
        "reach": alert_reach(request.actor, trials), "has_trials": bool(trials),
        "silent": [(one, CHANNELS[one.way][0]) for one in trials if not one.rang][:MOST_SILENT],
        "filters": {"q": {"name": "q", "value": search, "placeholder": "Name or number"},
                    "selects": [{"name": "channel", "label": "Way", "value": channel,
                                 "options": [("", "Any way"), *((key, words[0]) for key, words in CHANNELS.items()
                                                                if key != "post")]}],
                    "target": "bad", "count": found["count"], "count_word": "addresses", "csv_url": "?format=csv"},
    }  # fmt: skip


@change_page(permission=WRITE)
def clear_address(request: HttpRequest, bad_id: UUID) -> HttpResponse:
    """It was put right: messages go there again."""
    why = request.POST.get("why", "")
    return try_change(request, lambda: actions.clear_bad_address(request.actor, bad_id, why),
                      "Messages go there again.", reverse("channels:addresses_page"),
                      is_missing_told=True)  # fmt: skip


@part(permission=WRITE, template="channels/_link_ways_part.html")
def link_ways_part(request: HttpRequest, bad_id: UUID) -> Any:
    """By what else this guardian can be sent the link to their own page; or why by nothing."""
    row = bad_address_seen_by(request.actor, bad_id)
    if row.person_id is None:
        raise NotFound("The records know nobody with this address.")
    record_look(request.actor, "notices.see_link_ways", row.person)
    contacts, channels = contacts_at_home(row.person_id), link_channels()
    ways = link_ways(contacts, channels)
    sent = link_sent_on(row.person_id, timezone.localdate())
    return {"row": row, "sent": sent, "sent_way": BY_WAY[sent.channel] if sent else "",
            "ways": [(one, BY_WAY[one.channel], CHANNELS[one.channel][1]) for one in ways],
            "because": "" if ways else say_no_link_way(contacts, channels)}  # fmt: skip


@change_page(permission=WRITE)
def send_link(request: HttpRequest, bad_id: UUID) -> HttpResponse:
    """The guardian gets the link to their own page, by the way that was chosen."""
    way = request.POST.get("way", "")
    return try_change(request, lambda: actions.send_contact_link(request.actor, bad_id, way),
                      "Their link is on its way.", reverse("channels:addresses_page"),
                      is_missing_told=True)  # fmt: skip


@change_page(permission=WRITE)
def take_changes(request: HttpRequest) -> HttpResponse:
    """These corrections have been entered into the student information system."""
    ids = [pk for one in request.POST.getlist("changes") if (pk := read_id(one))]
    return try_change(request, lambda: actions.take_changes(request.actor, ids),
                      "Noted as entered.", reverse("channels:addresses_page"), is_missing_told=True)  # fmt: skip


@page(permission=SEE, template="channels/carriers_page.html")
def carriers_page(request: HttpRequest) -> Any:
    """Every carrier: what it brings, how it is, who takes over."""
    rows = queries.carriers_seen_by(request.actor)
    groups = [(words, [row for row in rows if row["carrier"].channel == key]) for key, words in CHANNELS.items()]
    strays = stray_wishes_seen_by(request.actor).count()
    return {"groups": groups, "strays": strays, "may_edit": may(request.actor, "equipment.edit")}
