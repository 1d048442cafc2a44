"""Who subscribes, to what, and where nothing arrives; topics."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from watchbell.communication.newsletter import actions, queries
from watchbell.communication.newsletter.facts import SEE, SUBSCRIBER_STATES, WRITE
from watchbell.communication.notices.facts import LANGUAGES
from watchbell.kernel.changes import record_look
from watchbell.kernel.districts import own_district
from watchbell.kernel.permissions import may
from watchbell.kernel.web import change_page, csv_of, csv_url, note_look, page, page_of, try_change

MOST_ROWS = 20_000
COLUMNS = ("address", "state", "language", "topics", "asked", "confirmed", "left", "because")


@page(permission=SEE, template="newsletter/subscribers_page.html")
def subscribers_page(request: HttpRequest) -> Any:
    """The list with search, filters and CSV; every look is written down."""
    wanted = {name: request.GET.get(name, "") for name in ("q", "state", "topic")}
    rows = queries.subscribers_seen_by(request.actor, search=wanted["q"], state=wanted["state"], topic=wanted["topic"])
    topics = queries.topics()
    names = {str(one.pk): one.name for one in topics}
    if request.GET.get("format") == "csv":
        record_look(request.actor, "newsletter.export_subscribers", "Subscribers")
        cells = [(row.address, row.state, row.language, _named(row, names), row.asked_at, row.confirmed_at or "",
                  row.left_at or "", row.left_because) for row in rows[:MOST_ROWS]]  # fmt: skip
        return csv_of(cells, COLUMNS, "subscribers")
    note_look(request, "newsletter.see_subscribers", "Subscribers")
    found = page_of(request, rows, 50)
    bad = queries.bad_addresses_of(found["items"])
    for row in found["items"]:
        row.word, row.tone = SUBSCRIBER_STATES[row.state]
        row.named = _named(row, names)
        row.speaks = LANGUAGES.get(row.language, row.language)
        row.is_bad = row.address in bad
    states = [("", "Any state"), *((key, word) for key, (word, _) in SUBSCRIBER_STATES.items())]
    return {
        **found, "topics": topics, "may_write": may(request.actor, WRITE), "link": _public_link(),
        "is_filtered": any(wanted.values()),
        "filters": {"q": {"name": "q", "value": wanted["q"], "placeholder": "Address"},
                    "selects": [{"name": "state", "label": "State", "value": wanted["state"], "options": states},
                                {"name": "topic", "label": "Topic", "value": wanted["topic"],
                                 "options": [("", "Any topic"), *names.items()]}],
                    "target": "subscribers", "count": found["count"], "count_word": "addresses",
                    "csv_url": csv_url(request)},
    }  # fmt: skip


def _public_link() -> str:
    return f"{settings.PUBLIC_URL}/newsletter/{own_district().code}"


def _named(row: Any, names: dict[str, str]) -> str:
    return ", ".join(names[one] for one in list(row.topics or []) if one in names) or "all"


@change_page(permission=WRITE)
def take_off(request: HttpRequest, subscriber_id: UUID) -> HttpResponse:
    """They asked the office to be taken off."""
    why = request.POST.get("why", "")
    return try_change(request, lambda: actions.take_off(request.actor, subscriber_id, why),
                      "Taken off. Only the newsletter ends.", reverse("newsletter:subscribers_page"))  # fmt: skip


@change_page(permission=WRITE)
def mail_again(request: HttpRequest, subscriber_id: UUID) -> HttpResponse:
    """A bounced address works again."""
    return try_change(request, lambda: actions.mail_again(request.actor, subscriber_id),
                      "The next issue goes there again.", reverse("newsletter:subscribers_page"))  # fmt: skip


@change_page(permission=WRITE)
def add_topic(request: HttpRequest) -> HttpResponse:
    """One more topic to choose."""
    return try_change(request, lambda: actions.save_topic(request.actor, request.POST.get("name", "")),
                      "Added to the public form.", reverse("newsletter:subscribers_page"))  # fmt: skip


@change_page(permission=WRITE)
def close_topic(request: HttpRequest, topic_id: UUID) -> HttpResponse:
    """Offered to nobody new."""
    return try_change(request, lambda: actions.close_topic(request.actor, topic_id), "Closed for new subscribers.",
                      reverse("newsletter:subscribers_page"))  # fmt: skip
