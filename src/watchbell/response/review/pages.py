"""Pages of reviews: the list, the report with its charts, the hot wash on a phone, the improvement plan, the PDF."""

from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.safestring import mark_safe

from watchbell.district.people.queries import find_staff, person_of_user
from watchbell.district.sites.queries import all_site_facts
from watchbell.kernel.changes import record_look
from watchbell.kernel.paper import compile_pdf
from watchbell.kernel.permissions import may
from watchbell.kernel.web import change_page, csv_of, csv_url, page, page_of, part, try_change
from watchbell.line import clock
from watchbell.line.errors import Conflict, NotFound, WatchbellError
from watchbell.line.ids import new_id
from watchbell.line.numbers import read_whole
from watchbell.response.review import actions, queries
from watchbell.response.review.facts import (
    BLOCKS,
    ELEMENTS,
    FINDINGS,
    IMPROVEMENT_STATES,
    PAPERS,
    RATING_TONES,
    RATINGS,
    STATES,
)
from watchbell.response.review.rules import draw_rooms, draw_times, is_hot_wash_open, judge_due

SEE = "review.view"
TEMPLATE = Path(__file__).parent / "templates" / "review" / "report.typ"
DUE_WORDS = {"overdue": ("Overdue", "bad"), "soon": ("Due soon", "warn"), "later": ("Planned", "info"),
             "undated": ("No date yet", "warn"), "": ("", "")}  # fmt: skip
MODES = [("", "Any mode"), ("real", "Real"), ("drill", "Drill"), ("test", "Test")]
IMPROVEMENT_OPTIONS = [("", "Any state"), ("due", "Open or under way"), *IMPROVEMENT_STATES.items()]


def _sites(request: HttpRequest) -> list[tuple[str, str]]:
    return [("", "Any site"), *(
        (str(s.id), s.name) for s in all_site_facts() if request.actor.sites is None or s.id in request.actor.sites
    )]  # fmt: skip


def _select(name: str, label: str, value: str, options: Any) -> dict[str, Any]:
    return {"name": name, "label": label, "value": value, "options": options}


@page(permission=SEE, template="review/reviews_page.html")
def reviews_page(request: HttpRequest) -> Any:
    """After-action reports, newest first, with how much of each improvement plan is open."""
    wanted = {name: request.GET.get(name, "") for name in ("state", "mode", "site")}
    search = request.GET.get("q", "")
    rows = queries.reviews_seen_by(request.actor, **wanted, search=search)
    if request.GET.get("format") == "csv":
        cells = [(r.number, r.name, r.mode, r.site.name, r.began_at, STATES[r.state], r.version, r.open_items, r.items)
                 for r in rows]  # fmt: skip
        return csv_of(cells, ("incident", "name", "mode", "site", "began", "report", "version", "open items", "items"),
                      "reviews")  # fmt: skip
    found = page_of(request, rows)
    selects = [_select("state", "Report", wanted["state"], [("", "Any"), *STATES.items()]),
               _select("mode", "Mode", wanted["mode"], MODES),
               _select("site", "Site", wanted["site"], _sites(request))]  # fmt: skip
    filters = {
        "q": {"name": "q", "value": search, "label": "Number, name or site"}, "selects": selects,
        "target": "reviews", "count": found["count"], "count_word": "reports", "csv_url": csv_url(request),
    }  # fmt: skip
    return {**found, "filters": filters}


@page(permission=SEE, template="review/review_page.html")
def review_page(request: HttpRequest, review_id: UUID) -> Any:
    """The report: facts, charts and timeline beside what people wrote; ratings; the improvement plan."""
    review = queries.review_seen_by(request.actor, review_id)
    return _shown(request, review)


@page(permission=SEE, template="review/review_page.html")
def incident_review_page(request: HttpRequest, incident_id: UUID) -> Any:
    """From an incident to its review; where there is none yet, a way to begin it."""
    review = queries.review_of_incident(incident_id)
    if review is None:
        return render(request, "review/begin_page.html", {"incident": queries.may_begin(request.actor, incident_id)})
    return redirect("review:review_page", queries.review_seen_by(request.actor, review.pk).pk)


def _shown(request: HttpRequest, review: Any) -> dict[str, Any]:
    facts = queries.facts_of(review)
    objectives = list(queries.objectives_of(review))
    for row in objectives:
        row.tone, row.word = RATING_TONES.get(row.rating, ""), RATINGS.get(row.rating, "")
    findings = list(queries.findings_of(review))
    charts = {"rooms": draw_rooms(facts.curve, facts.rooms), "times": draw_times(facts.steps)} if facts else {}
    return {
        "review": review, "facts": facts, "blocks": [(k, w, review.texts.get(k, "")) for k, w in BLOCKS.items()],
        "objectives": objectives, "ratings": RATINGS, "topic": f"incident:{review.incident_id}",
        "charts": {name: mark_safe(drawn) for name, drawn in charts.items()},  # noqa: S308 - numbers and escaped names
        "groups": [(kind, word, [f for f in findings if f.kind == kind]) for kind, word in FINDINGS.items()],
        "items": _due(queries.improvements_seen_by(request.actor, review=review.pk)), "elements": ELEMENTS,
        "may_edit": may(request.actor, "review.edit", review.site_id),
        "is_editable": may(request.actor, "review.edit", review.site_id) and review.state == "draft",
        "is_open": is_hot_wash_open(review.hot_wash_until, clock.now()), "versions": queries.versions_of(review)[:20],
        "exercise": "exercise" if review.mode != "real" else "incident",
    }  # fmt: skip


def _due(rows: Any) -> list[Any]:
    today = timezone.localdate()
    found = list(rows)
    for row in found:
        row.due = judge_due(row.state, row.due_on, today)
        row.due_word, row.due_tone = DUE_WORDS[row.due]
        row.state_word = IMPROVEMENT_STATES[row.state]
    return found


# -- the PDF ----------------------------------------------------------------------------------------------------------


@page(permission=SEE, template="")
def review_pdf(request: HttpRequest, review_id: UUID) -> HttpResponse:
    """The report as a tagged PDF; ?paper=a4 or letter. At most 400 timeline entries, so it takes well under 2 s."""
    review = queries.review_seen_by(request.actor, review_id)
    facts = queries.facts_of(review)
    if facts is None:
        raise NotFound("The report is being drafted; try again in a moment.")
    record_look(request.actor, "review.print", review)
    content = paper_of(review, facts, request.GET.get("paper", ""))
    answer = HttpResponse(compile_pdf(TEMPLATE, content, review.changed_at), content_type="application/pdf")
    how = "attachment" if request.GET.get("download") else "inline"
    answer["Content-Disposition"] = f'{how}; filename="after-action-{review.number}-v{review.version}.pdf"'
    return answer


def paper_of(review: Any, facts: Any, paper: str = "") -> dict[str, Any]:
    """What the Typst template prints."""
    findings = list(queries.findings_of(review))
    return {
        "paper": PAPERS.get(paper, PAPERS["letter"]), "facts": msgspec.to_builtins(facts), "is_exercise":
        facts.is_exercise, "state": STATES[review.state], "version": review.version,
        "changed_by": review.changed_by, "changed_at": f"{timezone.localtime(review.changed_at):%Y-%m-%d %H:%M}",
        "blocks": [{"name": word, "text": review.texts.get(key, "")} for key, word in BLOCKS.items()],
        "objectives": [
            {"number": o.number, "capability": o.capability, "text": o.text, "rating": o.rating,
             "suggested": o.suggested, "because": o.suggested_because, "analysis": o.analysis}
            for o in queries.objectives_of(review)
        ],
        "ratings": [{"key": key, "word": word} for key, word in RATINGS.items()],
        "findings": {
            kind: [{"text": f.text, "by": f.by_name, "role": f.role} for f in findings if f.kind == kind]
            for kind in FINDINGS
        },
        "improvements": [
            {"number": row.number, "capability": row.capability, "element": row.element, "issue": row.issue,
             "action": row.action, "owner": row.owner_name, "due": f"{row.due_on:%Y-%m-%d}" if row.due_on else "",
             "state": IMPROVEMENT_STATES[row.state], "proof": row.proof}
            for row in review.improvements.order_by("number")
        ],
        "rooms_chart": draw_rooms(facts.curve, facts.rooms), "times_chart": draw_times(facts.steps),
    }  # fmt: skip


# -- the hot wash -----------------------------------------------------------------------------------------------------


@page(permission="review.note", template="review/hot_wash_page.html")
def hot_wash_page(request: HttpRequest, review_id: UUID) -> Any:
    """What went well, what to mend: quick entry for everybody, live, during ten minutes after the end."""
    review = queries.hot_wash_seen_by(request.actor, review_id)
    may_edit = may(request.actor, "review.edit", review.site_id)
    is_open = is_hot_wash_open(review.hot_wash_until, clock.now())
    return {
        "review": review, "notes": queries.notes_of(review), "is_open": is_open, "may_write": is_open or may_edit,
        "may_edit": may_edit, "topic": f"incident:{review.incident_id}", "may_see": may(request.actor, SEE),
        "entry": str(new_id()),  # a form sent twice is one note
    }  # fmt: skip


@part(permission="review.note", template="review/_hot_wash_part.html")
def hot_wash_part(request: HttpRequest) -> Any:
    """On the home page while a hot wash is open."""
    return {"reviews": list(queries.open_hot_washes(request.actor)[:5])}


@part(permission=SEE, template="review/_due_part.html")
def due_part(request: HttpRequest) -> Any:
    """On the home page: items of improvement plans that are overdue or due soon."""
    rows = _due(queries.improvements_seen_by(request.actor, state="due")[:60])
    pressing = [row for row in rows if row.due in ("overdue", "soon")]
    return {"items": pressing[:6], "count": len(pressing)}


def _to(review_id: UUID, where: str = "") -> str:
    return reverse("review:review_page", args=[review_id]) + where


@change_page(permission="review.note")
def begin_review(request: HttpRequest, incident_id: UUID) -> HttpResponse:
    return redirect("review:hot_wash_page", actions.begin_review(request.actor, incident_id))


@change_page(permission="review.note")
def add_finding(request: HttpRequest, review_id: UUID) -> HttpResponse:
    form = request.POST
    queries.hot_wash_seen_by(request.actor, review_id)
    kind = form.get("kind", "")
    back = reverse("review:hot_wash_page", args=[review_id]) if kind in ("well", "mend") else _to(review_id, "#found")
    text, entry = form.get("text", ""), form.get("entry", "")
    return try_change(request, lambda: actions.add_finding(request.actor, review_id, kind, text, entry), "", back)


@change_page(permission="review.edit")
def remove_finding(request: HttpRequest, finding_id: UUID) -> HttpResponse:
    return redirect(_to(actions.remove_finding(request.actor, finding_id), "#found"))


@change_page(permission="review.edit")
def open_hot_wash(request: HttpRequest, review_id: UUID) -> HttpResponse:
    act = lambda: actions.open_hot_wash(request.actor, review_id)  # noqa: E731
    return try_change(request, act, "The hot wash is open for ten more minutes.",
                reverse("review:hot_wash_page", args=[review_id]))  # fmt: skip


# -- the report -------------------------------------------------------------------------------------------------------


@page(permission="review.edit", template="review/texts_page.html", methods=("GET", "POST"))
def texts_page(request: HttpRequest, review_id: UUID) -> Any:
    """The texts beside the facts; saving makes a version. What somebody else saved meanwhile is shown, not lost."""
    review = queries.review_seen_by(request.actor, review_id)
    texts, fault = review.texts, ""
    if request.method == "POST":
        texts = {key: request.POST.get(key, "") for key in BLOCKS}
        seen = request.POST.get("version", "")
        try:
            actions.save_texts(request.actor, review_id, texts, read_whole(seen))
        except Conflict as error:
            fault = str(error)
        except NotFound:
            raise
        except WatchbellError as error:
            messages.error(request, str(error))
            return redirect(_to(review_id))
        else:
            messages.success(request, "Saved as a new version.")
            return redirect(_to(review_id))
    blocks = [(key, word, texts.get(key, ""), review.texts.get(key, "")) for key, word in BLOCKS.items()]
    return {"review": review, "blocks": blocks, "fault": fault, "facts": queries.facts_of(review)}


@change_page(permission="review.edit")
def set_state(request: HttpRequest, review_id: UUID) -> HttpResponse:
    queries.review_seen_by(request.actor, review_id)
    state = request.POST.get("state", "")
    told = "The report is final." if state == "final" else "The report is open again."
    return try_change(request, lambda: actions.set_state(request.actor, review_id, state), told, _to(review_id))


@change_page(permission="review.edit")
def add_objective(request: HttpRequest, review_id: UUID) -> HttpResponse:
    queries.review_seen_by(request.actor, review_id)
    form = request.POST
    act = lambda: actions.add_objective(  # noqa: E731
        request.actor, review_id, form.get("capability", ""), form.get("text", "")
    )
    return try_change(request, act, "", _to(review_id, "#objectives"))


@change_page(permission="review.edit")
def rate_objective(request: HttpRequest, objective_id: UUID) -> HttpResponse:
    form = request.POST
    review = actions.rate_objective(request.actor, objective_id, form.get("rating", ""), form.get("analysis", ""))
    return redirect(_to(review, "#objectives"))


# -- the improvement plan ---------------------------------------------------------------------------------------------


@page(permission=SEE, template="review/improvements_page.html")
def improvements_page(request: HttpRequest) -> Any:
    """Every item of every improvement plan, overdue first."""
    wanted = {name: request.GET.get(name, "") for name in ("state", "site")}
    search, mine = request.GET.get("q", ""), request.GET.get("mine", "")
    person = person_of_user(request.actor.user_id) if mine and request.actor.user_id else None
    own = str(person.id) if person else "nobody" if mine else ""
    rows = queries.improvements_seen_by(request.actor, **wanted, search=search, mine=own)
    if request.GET.get("format") == "csv":
        cells = [(r.review.number, r.review.site.name, r.number, r.capability, r.element, r.issue, r.action,
                  r.owner_name, r.due_on or "", IMPROVEMENT_STATES[r.state], r.proof) for r in rows]  # fmt: skip
        return csv_of(cells, ("incident", "site", "item", "capability", "element", "issue", "action", "owner", "due",
                              "state", "proof"), "improvements")  # fmt: skip
    found = page_of(request, rows)
    found["items"] = _due(found["items"])
    selects = [_select("state", "State", wanted["state"], IMPROVEMENT_OPTIONS),
               _select("site", "Site", wanted["site"], _sites(request)),
               _select("mine", "Owner", mine, [("", "Anybody"), ("1", "Me")])]  # fmt: skip
    filters = {"q": {"name": "q", "value": search, "label": "Words or owner"}, "selects": selects, "target": "items",
               "count": found["count"], "count_word": "items", "csv_url": csv_url(request)}  # fmt: skip
    return {**found, "filters": filters}


@page(permission=SEE, template="review/improvement_page.html")
def improvement_page(request: HttpRequest, improvement_id: UUID) -> Any:
    """One item: change it, say that it is done and how that is proved."""
    row = queries.improvements_seen_by(request.actor).filter(id=improvement_id).first()
    if row is None:
        raise NotFound("There is no such item, or you may not see it.")
    (row,) = _due([row])
    person = person_of_user(request.actor.user_id) if request.actor.user_id else None
    may_edit = may(request.actor, "review.edit", row.review.site_id)
    return {"item": row, "elements": ELEMENTS, "may_edit": may_edit, "states": IMPROVEMENT_STATES,
            "may_move": may_edit or (person is not None and person.id == row.owner_id)}  # fmt: skip


@change_page(permission="review.edit")
def write_improvement(request: HttpRequest, review_id: UUID) -> HttpResponse:
    queries.review_seen_by(request.actor, review_id)
    form = request.POST
    item = form.get("item", "")

    def act() -> None:
        who, due = form.get("owner", "").strip(), form.get("due_on", "")
        actions.write_improvement(
            request.actor, review_id, UUID(item) if len(item) == 36 else None, issue=form.get("issue", ""),
            action=form.get("action", ""), owner=find_staff(request.actor, who) if who else None, due_on=_date(due),
            capability=form.get("capability", ""), element=form.get("element", ""),
        )  # fmt: skip

    back = reverse("review:improvement_page", args=[item]) if len(item) == 36 else _to(review_id, "#plan")
    return try_change(request, act, "Saved.", back)


def _date(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


@change_page(permission="review.note")
def move_improvement(request: HttpRequest, improvement_id: UUID) -> HttpResponse:
    form = request.POST
    act = lambda: actions.move_improvement(  # noqa: E731
        request.actor, improvement_id, form.get("state", ""), form.get("proof", "")
    )
    return try_change(request, act, "Saved.", reverse("review:improvement_page", args=[improvement_id]))
