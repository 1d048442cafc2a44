"""The desk: what people wrote back, and what waits for somebody."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from watchbell.communication.channels import queries as channels
from watchbell.communication.channels.facts import CHANNELS
from watchbell.communication.notices import actions, queries
from watchbell.district.sites.facts import read_id
from watchbell.district.sites.queries import all_site_facts
from watchbell.kernel.permissions import may
from watchbell.kernel.web import change_page, note_look, page, page_of, part, try_change

SEE, WRITE = queries.SEE, queries.WRITE


@page(permission=SEE, template="notices/threads_page.html")
def threads_page(request: HttpRequest) -> Any:
    """What people wrote, the newest first, on this person's desks."""
    state, search = request.GET.get("state", "open"), request.GET.get("q", "")
    rows = queries.threads_seen_by(request.actor, state="" if state == "all" else state, search=search)
    found = page_of(request, rows, 30)
    for row in found["items"]:
        replies = list(row.replies.all())
        row.last = replies[-1] if replies else None
        row.way = CHANNELS[row.channel]
    note_look(request, "notices.see_threads", "Threads")
    return {**found, "filters": {
        "q": {"name": "q", "value": search, "placeholder": "Name or words"},
        "selects": [{"name": "state", "label": "State", "value": state,
                     "options": [("open", "Open"), ("closed", "Closed"), ("all", "All")]}],
        "target": "threads", "count": found["count"], "count_word": "threads"}}  # fmt: skip


@page(permission=SEE, template="notices/thread_page.html", methods=("GET", "POST"))
def thread_page(request: HttpRequest, thread_id: UUID) -> Any:
    """One conversation."""
    thread = queries.thread_seen_by(request.actor, thread_id)
    if request.method == "POST":
        text = request.POST.get("text", "")
        return try_change(
            request,
            lambda: actions.answer_thread(request.actor, thread_id, text),
            "Your answer is on its way.",
            reverse("notices:thread_page", args=[thread_id]),
        )
    note_look(request, "notices.see_thread", thread)
    return {"thread": thread, "way": CHANNELS[thread.channel], "may_write": may(request.actor, WRITE),
            "desks": all_site_facts()}  # fmt: skip


@change_page(permission=WRITE)
def assign_thread(request: HttpRequest, thread_id: UUID) -> HttpResponse:
    """Whoever presses it sees to it, or another desk does."""
    moves, mine = request.POST.get("moves") == "on", request.POST.get("mine")
    site = read_id(request.POST.get("site", ""))
    back = reverse("notices:threads_page") if moves else reverse("notices:thread_page", args=[thread_id])
    said = "It lies on the other desk now." if moves else ""
    is_mine = mine == "on" if mine else None
    return try_change(
        request,
        lambda: actions.assign_thread(request.actor, thread_id, is_mine=is_mine, moves=moves, site=site),
        said,
        back,
    )


@change_page(permission=WRITE)
def close_thread(request: HttpRequest, thread_id: UUID) -> HttpResponse:
    """Nothing more to do, or open again."""
    state = request.POST.get("state", "closed")
    return try_change(request, lambda: actions.close_thread(request.actor, thread_id, state), "",
                      reverse("notices:threads_page"))  # fmt: skip


@part(permission=SEE, template="notices/_desk_part.html")
def desk_part(request: HttpRequest) -> Any:
    """On the home page: what waits for this person's word first, then for somebody else's."""
    waiting = list(queries.notices_seen_by(request.actor, state="asked")[:50])
    for row in waiting:
        row.is_mine = may(request.actor, queries.APPROVE) and row.made_by != request.actor.user_id
    for row in queries.corrections_waiting(request.actor):
        row.is_mine = may(request.actor, queries.APPROVE) and row.retell["by"] != str(request.actor.user_id)
        row.made_name, row.asked_at, row.spelled = row.retell["name"], row.changed_at, f"Corrected: {row.correction}"
        waiting.append(row)
    waiting.sort(key=lambda row: (not row.is_mine, row.asked_at or row.made_at))
    out = list(queries.notices_seen_by(request.actor, state="sending")[:3])
    mailings = queries.mailings_of(out)
    for row in out:
        row.progress = channels.progress_of(mailings[row.pk].pk) if row.pk in mailings else None
    return {
        "templates": queries.count_unapproved() if may(request.actor, queries.APPROVE) else 0,
        "waiting": waiting[:5], "more": max(len(waiting) - 5, 0), "out": out,
        "threads": queries.open_threads(request.actor), "bad": channels.bad_addresses_seen_by(request.actor).count(),
    }  # fmt: skip
