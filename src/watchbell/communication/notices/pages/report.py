"""The report of a message: who was told, by which ways, how fast, what was answered and corrected; page and PDF."""

from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from watchbell.communication.channels.facts import PURPOSES
from watchbell.communication.channels.queries import ledger, mailings_about
from watchbell.communication.notices import queries
from watchbell.communication.notices.facts import STATES
from watchbell.kernel.districts import own_district
from watchbell.kernel.paper import compile_pdf
from watchbell.kernel.web import page
from watchbell.line.clock import now

TEMPLATE = Path(__file__).parent.parent / "templates" / "notices" / "report.typ"
PAPERS = {"letter": "us-letter", "a4": "a4"}


@page(permission=queries.SEE, template="notices/report_page.html")
def report_page(request: HttpRequest, notice_id: UUID) -> Any:
    """The figures of one message, without a name of any family: those stand in the ledger."""
    notice = queries.notice_seen_by(request.actor, notice_id)
    return {"notice": notice, "report": _report(notice)}


@page(permission=queries.SEE, template="")
def report_pdf(request: HttpRequest, notice_id: UUID) -> HttpResponse:
    """The same as a tagged PDF; ?paper=a4 or letter."""
    notice = queries.notice_seen_by(request.actor, notice_id)
    paper = PAPERS.get(request.GET.get("paper", ""), PAPERS["letter"])
    made = now()
    content = _report(notice) | {"paper": paper, "made": _spell(made), "district": own_district().name}
    answer = HttpResponse(compile_pdf(TEMPLATE, content, made), content_type="application/pdf")
    how = "attachment" if request.GET.get("download") else "inline"
    answer["Content-Disposition"] = f'{how}; filename="message-{notice.number}.pdf"'
    return answer


def _spell(moment: datetime | None) -> str:
    here = timezone.localtime(moment) if moment else None
    return f"{here:%b} {here.day}, {here:%Y, %H:%M:%S}" if here else ""


def _last(seconds: float | None) -> str:
    """ "42 s", "12 min", "3.5 h"; "" for never."""
    if seconds is None:
        return ""
    return (
        f"{seconds:.0f} s"
        if seconds < 120
        else f"{seconds / 60:.0f} min"
        if seconds < 5400
        else f"{seconds / 3600:.1f} h"
    )


def _report(notice: Any) -> dict[str, Any]:
    """What the page and the PDF say. Five queries, however often it was corrected."""
    abouts = [queries.about_of(notice, number) for number in range(notice.corrections + 1)]
    found = mailings_about(abouts)
    known = [(number, found[about]) for number, about in enumerate(abouts) if about in found]
    answers, families = queries.answers_counted(notice)
    tellings = ledger.tellings_of([mailing for _, mailing in known]) if known else []
    first = tellings[0] if tellings else None
    return {
        "title": notice.title, "number": notice.number, "purpose": PURPOSES[notice.purpose][0], "mode": notice.mode,
        "state": STATES[notice.state][0], "spelled": notice.spelled, "made_by": notice.made_name,
        "sent_by": notice.approved_name, "second": notice.second_because, "sent_at": _spell(notice.sent_at),
        "ended_at": _spell(notice.ended_at), "ended_because": notice.ended_because, "correction": notice.correction,
        "tellings": [
            {"number": number, "at": _spell(one.at), "families": one.families, "reached": one.reached,
             "percent": one.percent, "half": _last(one.half_seconds), "most": _last(one.most_seconds),
             "last": _last(one.last_seconds)}
            for (number, _), one in zip(known, tellings, strict=True)
        ],
        "ways": [{"name": one.name, "icon": one.icon, "arrived": one.arrived, "sent": one.sent, "failed": one.failed,
                  "stopped": one.stopped, "waiting": one.waiting} for one in (first.channels if first else [])],
        "stopped": sum(one.stopped for one in first.channels) if first else 0,
        "answers": [{"option": one["option"], "count": one["count"]} for one in answers],
        "unanswered": max((first.families if first else 0) - families, 0) if answers else 0,
        "versions": [{"number": number, "title": title, "short": short}
                     for number, title, short in queries.corrections_told(notice)],
    }  # fmt: skip
