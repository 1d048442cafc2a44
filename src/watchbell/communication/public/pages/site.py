"""What everybody may read now, the places it lies in, and how each publication went."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from watchbell.communication.public import actions, queries
from watchbell.communication.public.adapters.web import type_of
from watchbell.communication.public.facts import (
    PERMISSION_EDIT,
    PERMISSION_SEE,
    TARGET_KINDS,
    TARGET_STATES,
    TARGET_TONES,
)
from watchbell.communication.public.rules import build_site, newest_first, notice_path, state_of
from watchbell.communication.public.rules.style import POLICY
from watchbell.kernel.permissions import may
from watchbell.kernel.web import change_page, csv_of, csv_url, page, page_of, try_change
from watchbell.line.errors import NotFound

STATES = {"emergency": ("Emergency", "bad"), "notices": ("Notices are current", "warn"), "none": ("Calm", "good")}
MOST_SHOWN = 12


@page(permission=PERMISSION_SEE, template="public/site_page.html")
def site_page(request: HttpRequest) -> Any:
    """The state the public sees, its notices, each target's state, and the script tag for a school's own site."""
    site = queries.site_now()
    current, settings = site.current(), queries.settings_row()
    word, tone = STATES[state_of(current)]
    targets = [_shown(row) for row in queries.targets_seen_by(request.actor)]
    return {
        "word": word, "tone": tone, "base": site.base, "banners": site.banners(), "settings": settings,
        "notices": [{"notice": one, "path": notice_path(one), "is_over": one not in current}
                    for one in [*current, *newest_first(site.ended())][:MOST_SHOWN]],
        "targets": targets, "kinds": [pair for pair in TARGET_KINDS.items() if pair[0] != "here"],
        "tag": f'<script src="{site.base}/banner.js" async></script>', "total": len(site.notices),
        "failing": [one for one in targets if one["row"].state == "failing"],
        "publications": queries.publications_seen_by(request.actor)[:5],
        "may_edit": may(request.actor, PERMISSION_EDIT), "languages": " ".join(settings.languages),
        "same": " ".join(settings.same),
    }  # fmt: skip


def _shown(row: Any) -> dict[str, Any]:
    state = row.state if row.is_on else "off"
    return {"row": row, "word": TARGET_STATES.get(state, "Switched off"), "tone": TARGET_TONES.get(state, "info")}


@page(permission=PERMISSION_SEE, template="")
def preview(request: HttpRequest, name: str) -> HttpResponse:
    """A page as the public will see it, from what stands in the record now."""
    site = queries.site_now()
    files = build_site(site.district, site.base, site.notices, site.now, queries.earlier_alerts())
    raw = files.get(name)
    if raw is None or not name.endswith(".html"):
        raise NotFound("There is no such page. Everything that is public stands under Website.")
    answer = HttpResponse(raw, content_type=type_of(name))
    answer["Content-Security-Policy"] = POLICY
    answer["Cache-Control"] = "no-store"
    return answer


@change_page(permission=PERMISSION_EDIT)
def publish_again(request: HttpRequest) -> HttpResponse:
    act = lambda: actions.ask_publish(request.actor, afresh=request.POST.get("afresh") == "on")  # noqa: E731
    return try_change(request, act, "Being published again.", reverse("public:site_page"))


@change_page(permission=PERMISSION_EDIT)
def save_site(request: HttpRequest) -> HttpResponse:
    form = request.POST
    act = lambda: actions.save_site(  # noqa: E731
        request.actor, base_url=form.get("base_url", "").strip(), contact=form.get("contact", ""),
        same=form.get("same", ""), languages=form.get("languages", ""),
    )  # fmt: skip
    return try_change(request, act, "Saved, and being published.", reverse("public:site_page"))


@change_page(permission=PERMISSION_EDIT)
def add_target(request: HttpRequest) -> HttpResponse:
    form = request.POST
    act = lambda: actions.add_target(  # noqa: E731
        request.actor, form.get("name", ""), form.get("kind", ""), form.get("place", ""), form.get("token", "")
    )
    return try_change(request, act, "Added. It is being filled now.", reverse("public:site_page"))


@page(permission=PERMISSION_SEE, template="public/target_page.html", methods=("GET", "POST"))
def target_page(request: HttpRequest, target_id: UUID) -> Any:
    """One target: its settings, its state and what was brought to it."""
    row = queries.target_seen_by(request.actor, target_id)
    if request.method == "POST":
        form = request.POST
        token = form.get("token", "").strip() or ("" if form.get("no_token") == "on" else None)
        act = lambda: actions.change_target(  # noqa: E731
            request.actor, target_id, name=form.get("name", ""), place=form.get("place", ""), token=token,
            is_on=form.get("is_on") == "on",
        )  # fmt: skip
        return try_change(request, act, "Saved, and being published.", reverse("public:target_page", args=[target_id]))
    found = page_of(request, queries.publications_seen_by(request.actor, target=target_id), 20)
    return found | _shown(row) | {"kind": TARGET_KINDS[row.kind], "may_edit": may(request.actor, PERMISSION_EDIT)}


@change_page(permission=PERMISSION_EDIT)
def remove_target(request: HttpRequest, target_id: UUID) -> HttpResponse:
    act = lambda: actions.remove_target(request.actor, target_id)  # noqa: E731
    told = "Taken out. What lies there stays and grows old: take it away there, or let it lead to the new address."
    return try_change(request, act, told, reverse("public:site_page"), is_missing_told=True)


@page(permission=PERMISSION_SEE, template="public/log_page.html")
def log_page(request: HttpRequest) -> Any:
    """Every publication, newest first; the failed ones alone; as CSV."""
    failed = request.GET.get("show") == "failed"
    rows = queries.publications_seen_by(request.actor, failed=failed)
    if request.GET.get("format") == "csv":
        cells = [(r.at.isoformat(), r.target.name, r.count, r.size, r.seconds, r.because, " ".join(r.changed))
                 for r in rows[:5000]]  # fmt: skip
        return csv_of(cells, ("at", "target", "files", "bytes", "seconds", "failed because", "changed"), "publications")
    found = page_of(request, rows, 50)
    options = [("", "All"), ("failed", "Failed")]
    filters = {"selects": [{"name": "show", "label": "Show", "value": "failed" if failed else "", "options": options}],
               "target": "log", "count": found["count"], "count_word": "publications",
               "csv_url": csv_url(request)}  # fmt: skip
    return found | {"filters": filters}
