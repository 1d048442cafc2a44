"""What the district has posted: a record to look into and to hand out."""

from typing import Any

from django.http import HttpRequest

from watchbell.communication.channels import queries
from watchbell.communication.channels.queries.posts import as_posted, posts_seen_by
from watchbell.kernel.web import csv_of, csv_url, page, page_of
from watchbell.kernel.zones import span_of_days, zone_of
from watchbell.line import clock
from watchbell.line.errors import Refused

MOST_ROWS = 5000
COLUMNS = ("at", "network", "account", "message", "words", "state", "why not", "the network's name of it", "correction",
           "mode")  # fmt: skip


@page(permission=queries.SEE, template="channels/posts_page.html")
def posts_page(request: HttpRequest) -> Any:
    """Every post with its words, by account, words and day; as CSV for whoever asks for public records."""
    wanted = {name: request.GET.get(name, "").strip() for name in ("q", "account", "since", "until")}
    zone, fault = zone_of(request.actor.district), ""
    accounts = queries.post_accounts()
    try:
        since, before = span_of_days(wanted["since"], wanted["until"], zone)
        rows = posts_seen_by(request.actor, search=wanted["q"], account=wanted["account"], since=since, before=before)
    except Refused as error:
        rows, fault = posts_seen_by(request.actor).none(), str(error)
    if request.GET.get("format") == "csv" and not fault:
        cells = [(one.at, one.network, one.account, one.title, "\n\n".join(one.parts), one.state, one.because, one.ref,
                  "yes" if one.is_correction else "", one.mode)
                 for one in as_posted(rows[:MOST_ROWS], accounts)]  # fmt: skip
        return csv_of(cells, COLUMNS, "posts")
    found, today = page_of(request, rows, 30), clock.now().astimezone(zone).date().isoformat()
    found["items"] = as_posted(found["items"], accounts)
    filters = {
        "q": {"name": "q", "value": wanted["q"], "placeholder": "Title or words"}, "target": "posts",
        "selects": [{"name": "account", "label": "Account", "value": wanted["account"],
                     "options": [("", "Every account"), *((str(one.id), one.name) for one in accounts)]}],
        "dates": [{"name": "since", "label": "From day", "value": wanted["since"], "most": today},
                  {"name": "until", "label": "To day", "value": wanted["until"], "most": today}],
        "count": found["count"], "count_word": "posts", "csv_url": "" if fault else csv_url(request),
    }  # fmt: skip
    return {**found, "filters": filters, "fault": fault}
