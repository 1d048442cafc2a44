"""Who wants what: the ledger, a person's wishes as the office is told them, and the district's quiet hours."""

from collections.abc import Iterable
from datetime import time
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from watchbell.communication.channels import actions, queries
from watchbell.communication.channels.facts import CHANNELS, PURPOSES, TOLD_BY, QuietHours
from watchbell.communication.channels.queries.digests import count_daily, waiting_of
from watchbell.communication.channels.queries.strays import stray_wishes_seen_by
from watchbell.communication.channels.queries.wishes import (
    consents_at,
    person_with_wishes,
    quiet_hours,
    wishes_of_person,
)
from watchbell.kernel.changes import record_look
from watchbell.kernel.permissions import may
from watchbell.kernel.web import change_page, page, page_of, try_change
from watchbell.line.errors import Refused

SEE, WRITE, MANAGE = queries.SEE, "notices.write", queries.MANAGE


def _spelled(rows: Iterable[Any]) -> list[Any]:
    listed = list(rows)
    for row in listed:
        row.way, row.what = CHANNELS.get(row.channel, ("", "", ""))[0], PURPOSES[row.purpose][0]
    return listed


@page(permission=SEE, template="channels/wishes_page.html")
def wishes_page(request: HttpRequest) -> Any:
    """The ledger of who wants what."""
    search, is_all = request.GET.get("q", ""), request.actor.sites is None
    record_look(request.actor, "notices.see_wishes", "Wishes")
    found = page_of(request, queries.consents_seen_by(request.actor, search), 50)
    found["items"] = _spelled(found["items"])
    return {**found, "is_all": is_all, "quiet": quiet_hours(), "daily": count_daily(),
            "strays": stray_wishes_seen_by(request.actor).count(), "may_settle": is_all and may(request.actor, MANAGE),
            "filters": {"q": {"name": "q", "value": search, "placeholder": "Address or number"},
                        "target": "wishes", "count": found["count"], "count_word": "lines"}}  # fmt: skip


@page(permission=SEE, template="channels/strays_page.html")
def strays_page(request: HttpRequest) -> Any:
    """Who asks by mail for no more messages, and nobody can tell whose wish it is."""
    record_look(request.actor, "notices.see_wishes", "Wishes that name no message")
    found = page_of(request, stray_wishes_seen_by(request.actor), 30)
    settled = list(stray_wishes_seen_by(request.actor, is_open=False).order_by("-settled_at")[:20])
    return {**found, "settled": settled, "may_write": may(request.actor, WRITE)}


@change_page(permission=WRITE)
def settle_stray(request: HttpRequest, wish_id: UUID) -> HttpResponse:
    """It is taken down for an address, or dismissed."""
    given = {name: request.POST.get(name, "") for name in ("outcome", "address", "why")}
    told = "They get no more of them." if given["outcome"] == "declined" else "Dismissed, with your reason."
    return try_change(request, lambda: actions.settle_stray_wish(request.actor, wish_id, **given), told,
                      reverse("channels:strays_page"), is_missing_told=True)  # fmt: skip


@page(permission=SEE, template="channels/person_wishes_page.html")
def person_wishes_page(request: HttpRequest, person_id: UUID) -> Any:
    """What a person wants by which way; what they tell the office is written down here."""
    person = person_with_wishes(request.actor, person_id)
    record_look(request.actor, "notices.see_person_wishes", person.name)
    rows = wishes_of_person(person)
    listed = [
        (row, [(PURPOSES[purpose][0], [(one, CHANNELS[one.channel][0]) for one in wishes])
               for purpose, wishes in row.lines])
        for row in rows
    ]  # fmt: skip
    wish = queries.preference_of(person.id)
    return {"is_daily": wish is not None and wish.is_daily, "in_digest": waiting_of(person.id),
            "quiet": quiet_hours(), "has_mail": any(row.kind == "email" for row in rows),
            "person": person, "rows": listed, "ledger": _spelled(consents_at(rows)), "told": TOLD_BY,
            "may_write": may(request.actor, WRITE)}  # fmt: skip


@change_page(permission=WRITE)
def record_wishes(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """A wish told by telephone, on paper or in person."""
    form = request.POST
    return try_change(
        request,
        lambda: actions.record_told_wishes(request.actor, person_id, form.get("at", ""), form.getlist("wish"),
                                           form.get("told", ""), form.get("why", "")),
        "Written down. It holds from now on.", reverse("channels:person_wishes_page", args=(person_id,)),
    )  # fmt: skip


@change_page(permission=WRITE)
def mark_telephone(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """A text telephone is at a number of theirs, or none."""
    form, is_one = request.POST, request.POST.get("is_text_telephone") == "1"
    return try_change(
        request, lambda: actions.mark_told_telephone(request.actor, person_id, form.get("at", ""), is_one),
        "Calls to it are typed from now on." if is_one else "Calls to it are spoken again.",
        reverse("channels:person_wishes_page", args=(person_id,)),
    )  # fmt: skip


@change_page(permission=WRITE)
def record_mail(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """One mail a day or each at once, as they have told the office."""
    form = request.POST
    return try_change(
        request,
        lambda: actions.record_told_mail(request.actor, person_id, form.get("mail") == "daily", form.get("told", ""),
                                         form.get("why", "")),
        "Written down. It holds from now on.", reverse("channels:person_wishes_page", args=(person_id,)),
    )  # fmt: skip


@change_page(permission=MANAGE)
def set_digest_hour(request: HttpRequest) -> HttpResponse:
    """When the mail of those who want one a day goes."""
    return try_change(request, lambda: actions.set_digest_hour(request.actor, _read_time(request, "at")),
                      "Kept. What waits already goes then, too.", reverse("channels:wishes_page"))  # fmt: skip


def _read_time(request: HttpRequest, name: str) -> time:
    try:
        found = time.fromisoformat(request.POST.get(name, ""))
        if found.tzinfo:
            raise ValueError
    except ValueError:
        raise Refused("Write the time, as 17:00.") from None
    return found.replace(second=0, microsecond=0)


@change_page(permission=MANAGE)
def set_quiet_hours(request: HttpRequest) -> HttpResponse:
    """When nothing routine goes out."""
    return try_change(request, lambda: actions.set_quiet_hours(request.actor, _read_hours(request)),
                      "Kept. Routine messages wait by these hours from now on.",
                      reverse("channels:wishes_page"))  # fmt: skip


def _read_hours(request: HttpRequest) -> QuietHours:
    try:
        begins, ends = (time.fromisoformat(request.POST.get(name, "")) for name in ("from", "until"))
        if begins.tzinfo or ends.tzinfo:
            raise ValueError
    except ValueError:
        raise Refused("Write both times, as 21:00.") from None
    return QuietHours(begins.replace(second=0, microsecond=0), ends.replace(second=0, microsecond=0))
