"""What the district has posted: a record to look into and to hand out."""

from typing import Any

from django.http import HttpRequest

from watchbell.communication.channels import queries
from watchbell.communication.channels.queries.posts import as_posted, posts_seen_by
from watchbell.kernel.web import csv_of, csv_url, page, page_of
from watchbell.kernel.zones import day_filter

MOST_ROWS = 5000
COLUMNS = ("at", "network", "account", "message", "words", "state", "why not", "the network's name of it", "correction",
           "mode")  # fmt: skip


@page(permission=queries.SEE, template="channels/posts_page.html")
def posts_page(request: HttpRequest) -> Any:
    """Every post with its words, by account, words and day; as CSV for whoever asks for public records."""
    wanted = {name: request.GET.get(name, "").strip() for name in ("q", "account")}
    days, accounts = day_filter(request.GET, request.actor.district), queries.post_accounts()
    rows = posts_seen_by(
        request.actor, search=wanted["q"], account=wanted["account"], since=days.since, before=days.before
    )
    if days.fault:
        rows = rows.none()
    if request.GET.get("format") == "csv" and not days.fault:
        cells = [(one.at, one.network, one.account, one.title, "\n\n".join(one.parts), one.state, one.because, one.ref,
                  "yes" if one.is_correction else "", one.mode)
                 for one in as_posted(rows[:MOST_ROWS], accounts)]  # fmt: skip
        return csv_of(cells, COLUMNS, "posts")
    found = page_of(request, rows, 30)
    found["items"] = as_posted(found["items"], accounts)
    filters = {
        "q": {"name": "q", "value": wanted["q"], "placeholder": "Title or words"}, "target": "posts",
        "selects": [{"name": "account", "label": "Account", "value": wanted["account"],
                     "options": [("", "Every account"), *((str(one.id), one.name) for one in accounts)]}],
        "dates": days.fields, "count": found["count"], "count_word": "posts",
        "csv_url": "" if days.fault else csv_url(request),
    }  # fmt: skip
    return {**found, "filters": filters, "fault": days.fault}
