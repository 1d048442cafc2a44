"""Writing a notice: what, to whom, how; looked at by every way before it goes."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from watchbell.communication.channels.facts import CHANNELS, PURPOSES, QuietHours
from watchbell.communication.channels.queries import post_accounts
from watchbell.communication.channels.queries.languages import count_by_language
from watchbell.communication.channels.queries.wishes import district_with_hours
from watchbell.communication.notices import actions, forms, queries, rules
from watchbell.communication.notices.facts import (
    EDITABLE,
    KINDS,
    LANGUAGES,
    PLACEHOLDERS,
    Audience,
    Draft,
    Faults,
    Text,
)
from watchbell.communication.notices.pages.previews import previews_of, public_of
from watchbell.communication.notices.queries.digests import mails_meant
from watchbell.communication.notices.rules import times
from watchbell.district.accounts.facts import ROLE_NAMES
from watchbell.district.people.facts import ALL_BUSES, RUNS, spell_bus
from watchbell.district.people.queries import (
    buses_ridden,
    classes_of_site,
    grades_of,
    people_by_id,
    people_named,
    reachable,
)
from watchbell.district.sites.facts import read_id
from watchbell.district.sites.queries import rooms_of_site, sites_seen_by
from watchbell.kernel.permissions import may
from watchbell.kernel.web import change_page, page, part, try_change
from watchbell.line.clock import now
from watchbell.line.errors import Conflict, NotFound, Refused, WatchbellError
from watchbell.line.numbers import read_whole
from watchbell.response.incidents.queries import incident_seen_by

WRITE = queries.WRITE
MODES = (("real", "For real"), ("drill", "Drill: only to test carriers"), ("test", "Test: only to test carriers"))
NOBODY = "Nobody fits this audience. Choose another."
STAFF_ROLES = ("director", "principal", "office", "teacher", "staff", "officer", "nurse", "driver")


def _choices(request: HttpRequest, draft: Draft) -> dict[str, Any]:
    sites = list(sites_seen_by(request.actor))
    chosen = draft.audience
    posts = [one for one in post_accounts() if one.is_test == (draft.mode != "real")]
    return {
        "purposes": PURPOSES, "kinds": KINDS, "languages": LANGUAGES, "placeholders": PLACEHOLDERS, "modes": MODES,
        "ways": [(key, *CHANNELS[key][:2]) for key in ("push", "text", "voice", "email")], "sites": sites,
        "grades": grades_of(request.actor.sites or ()),
        "roles": [(one, ROLE_NAMES[one]) for one in STAFF_ROLES], "posts": posts,
        "chosen": {name: set(getattr(chosen, name)) for name in ("kinds", "sites", "grades", "classes", "rooms",
                                                                  "roles", "people", "lists", "buses")},
        **_buses(request, chosen.sites, chosen.buses), "run": chosen.run, "runs": RUNS,
        "lists": queries.lists_seen_by(request.actor),
        "incidents": queries.incidents_offered(request.actor, draft.incident),
        "may_approve": may(request.actor, queries.APPROVE), "all_sites": request.actor.sites is None,
    }  # fmt: skip


def _buses(request: HttpRequest, sites: Sequence[str], chosen: Sequence[str], search: str = "") -> dict[str, Any]:
    """The buses that students of the chosen schools ride, of those this person may write to; what is chosen stays."""
    own = request.actor.sites
    here = [pk for one in sites if (pk := read_id(one)) and (own is None or pk in own)]
    found = buses_ridden(here or own, search)
    known = {one.bus for one in found}
    away = [one for one in chosen if one not in known and one != ALL_BUSES]
    return {"buses": found, "away_buses": away, "chosen_buses": set(chosen), "every_bus": ALL_BUSES}


def _fields(draft: Draft, recordings: dict[str, list[tuple[str, str]]]) -> list[dict[str, Any]]:
    """One entry a language: its code, name, what is written in it, what a call could play instead."""
    by_language = {one.language: one for one in draft.texts}
    return [
        {"code": code, "name": name, "text": by_language.get(code, Text(code, "", "")),
         "is_open": code in ("en", "es") or code in by_language, "recordings": recordings.get(code, [])}
        for code, name in LANGUAGES.items()
    ]  # fmt: skip


def _first_draft(request: HttpRequest) -> Draft:
    """What a new notice begins with: a template's words, an incident's school."""
    purpose = request.GET.get("purpose", "routine")
    texts: tuple[Text, ...] = ()
    options: tuple[str, ...] = ()
    words, incident = {}, None
    sites = tuple(str(one) for one in request.actor.sites or ())
    channels: tuple[str, ...] = ("push", "text", "email")
    if wanted := read_id(request.GET.get("incident", "")):
        incident = incident_seen_by(request.actor, wanted)
        sites, purpose = (str(incident.site_id),), "emergency"
        words = {"site": incident.site.name, "what": incident.name,
                 "time": f"{timezone.localtime(incident.opened_at):%H:%M}"}  # fmt: skip
    if chosen := read_id(request.GET.get("template", "")):
        template = queries.one_template(chosen, only_approved=True)
        purpose, options = template.purpose, tuple(template.options)
        texts = tuple(
            Text(one.language, *(rules.fill_template(part, words) for part in (one.title, one.short, one.text,
                                                                              one.spoken)), one.sound, one.options)
            for one in queries.texts_of_template(template)
        )  # fmt: skip
    lists = tuple(str(one) for one in [read_id(request.GET.get("list", ""))] if one)
    if purpose == "emergency":
        channels = ("push", "text", "voice", "email")
    buses = tuple(filter(None, map(spell_bus, request.GET.getlist("bus")[:20])))
    run = request.GET.get("run", "")
    sites = tuple(str(one) for one in [read_id(request.GET.get("site", ""))] if one) or sites
    grades = tuple(one[:10] for one in request.GET.getlist("grade")[:20] if one)
    audience = forms.Audience(("family",), () if lists else sites, grades, lists=lists, buses=buses,
                              run=run if buses and run in RUNS else "")  # fmt: skip
    return Draft(
        purpose if purpose in PURPOSES else "routine", texts, audience, channels,
        mode=incident.mode if incident else "real", options=options, incident=incident.pk if incident else None,
        is_public=purpose == "emergency", is_banner=purpose == "emergency", at_once=purpose == "emergency",
    )  # fmt: skip


@page(permission=WRITE, template="notices/compose_page.html", methods=("GET", "POST"))
def compose_page(request: HttpRequest) -> Any:
    """A new notice."""
    return _compose(request, None)


@page(permission=WRITE, template="notices/compose_page.html", methods=("GET", "POST"))
def edit_page(request: HttpRequest, notice_id: UUID) -> Any:
    """A draft, again."""
    return _compose(request, notice_id)


def _compose(request: HttpRequest, notice_id: UUID | None) -> Any:
    kept = queries.notice_seen_by(request.actor, notice_id) if notice_id else None
    if kept is not None and kept.state not in EDITABLE and request.method == "GET":
        messages.error(request, actions.SENT)
        return redirect("notices:notice_page", kept.pk)
    was_waiting = kept is not None and kept.state in ("asked", "scheduled")
    if request.method == "POST":
        draft = forms.read_draft(request.POST)
        try:
            made = actions.write_notice(request.actor, notice_id, draft)
        except (Refused, Conflict) as error:
            return _shown(request, draft, notice_id) | {"fault": str(error), "kept": kept, "was_waiting": was_waiting}
        if request.POST.get("then") == "send":
            return redirect("notices:check_page", made)
        messages.success(request, "Kept as a draft: nothing goes out before it is sent again." if was_waiting
                         else "Kept as a draft.")  # fmt: skip
        return redirect("notices:notice_page", made)
    draft = queries.draft_of(kept) if kept else _first_draft(request)
    return _shown(request, draft, notice_id) | {"kept": kept, "was_waiting": was_waiting}


def _shown(request: HttpRequest, draft: Draft, notice_id: UUID | None) -> dict[str, Any]:
    return _choices(request, draft) | {
        "draft": draft, "fields": _fields(draft, queries.recordings_for(request.actor)), "notice_id": notice_id,
        "templates": [] if notice_id else queries.templates_seen_by(request.actor, only_approved=True),
 "ticked": _ticked(request, draft.audience.people), "options": [*draft.options, "", "", "", ""][:4],
        "asks_at_once": notice_id is not None,
    } | _looked_at(request, draft, is_begun=request.method == "POST", is_counted=notice_id is None)  # fmt: skip


def _ticked(request: HttpRequest, people: Sequence[str]) -> list[tuple[str, str]]:
    """(id, name) of who is chosen by name; of another school's person this actor learns no name."""
    own, chosen = request.actor.sites, [pk for one in dict.fromkeys(people) if (pk := read_id(one))]
    known = people_by_id(chosen) if chosen else {}
    seen = {pk: one.name for pk, one in known.items() if own is None or one.site in own}
    return [(str(pk), seen.get(pk, "Somebody of another school")) for pk in chosen]


def _looked_at(
    request: HttpRequest, draft: Draft, district: Any = None, *, is_begun: bool = True, is_counted: bool = True,
    quiet: QuietHours | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Whom it would reach, what is wrong, and what each way says in each language.

    is_begun: a page nobody has written on yet shows no sample. is_counted: else the page asks for it once it stands.
    """
    audience, fault = draft.audience, ""
    names = queries.audience_names(audience)
    try:
        queries.check_audience(request.actor, audience, names)
    except Refused as error:
        fault = str(error)
    may_look = bool(audience.kinds) and not fault  # nobody learns names of a school that is not theirs
    counted, sample, reads, asked = {"people": 0, "families": 0}, [], None, None
    if may_look and is_counted:
        asked = queries.asked_of(audience)
        counted, reads = count_by_language(asked)
        sample = reachable(asked, most=4, with_homes=False) if is_begun else []
    faults = rules.judge_draft(draft, languages=reads)
    late = times.judge_times(draft, timezone.localtime(now()), quiet)
    if asked is not None and draft.channels and not counted["people"]:
        late = (*late, NOBODY)
    faults = Faults(tuple(dict.fromkeys((*faults.errors, *late))), faults.warnings)
    return {
        "faults": faults, "counted": counted, "sample": sample,
        "previews": previews_of(request.actor, draft, district, sample) if is_counted else [],
        "public": public_of(draft, names) if is_counted else None,
        "spelled": rules.spell_audience(audience, names),
        "second": queries.second_person(draft, asked, is_counted=may_look and is_counted), "channels": draft.channels,
        "fault": fault,
        "mails": mails_meant(draft, audience) if may_look and is_counted and is_begun else "",
    }  # fmt: skip


@part(permission=WRITE, template="notices/_preview_part.html", methods=("GET", "POST"))
def preview_part(request: HttpRequest) -> Any:
    """What the form would do as it stands; nothing is kept."""
    draft = forms.read_draft(request.POST)
    return _looked_at(request, draft)


@part(permission=WRITE, template="notices/_schools_part.html")
def schools_part(request: HttpRequest) -> Any:
    """The schools with that of an incident ticked; without one as they are."""
    wanted = read_id(request.GET.get("incident", ""))
    sites = {str(incident_seen_by(request.actor, wanted).site_id)} if wanted else set(request.GET.getlist("sites"))
    return {"sites": list(sites_seen_by(request.actor)), "chosen": {"sites": sites}}


@part(permission=WRITE, template="notices/_choices_part.html")
def choices_part(request: HttpRequest) -> Any:
    """Classes and rooms of the one school that is chosen; what is ticked stays."""
    sites = [pk for one in request.GET.getlist("sites") if (pk := read_id(one))]
    seen = {site.pk for site in sites_seen_by(request.actor)}
    here = sites[0] if len(sites) == 1 and sites[0] in seen else None
    rooms = [(str(pk), name or f"Room {number}") for pk, number, name in rooms_of_site(here)] if here else []
    classes = [(str(one.id), one.title) for one in classes_of_site(here)] if here else []
    asked = {name: tuple(request.GET.getlist(name)[:200]) for name in ("classes", "rooms")}
    return {"picks": [_picks("classes", "Classes", classes, asked), _picks("rooms", "Homerooms", rooms, asked)]}


def _picks(name: str, word: str, rows: list[tuple[str, str]], asked: dict[str, tuple[str, ...]]) -> dict[str, Any]:
    """What one picker shows: what the school has, and what is chosen already, also where that is not among it."""
    known = {pk for pk, _ in rows}
    away = [one for one in asked[name] if one not in known]
    names = queries.audience_names(Audience(**{name: tuple(away)})) if away else {}
    return {"name": name, "word": word, "rows": rows, "chosen": set(asked[name]),
            "away": [(one, names[one]) for one in dict.fromkeys(away) if one in names]}  # fmt: skip


@part(permission=WRITE, template="notices/_buses_part.html")
def buses_part(request: HttpRequest) -> Any:
    """Buses by name, of the schools that are chosen, to be ticked."""
    chosen = [spell_bus(one) for one in request.GET.getlist("buses")[:200]]
    return _buses(request, request.GET.getlist("sites"), chosen, request.GET.get("bus", ""))


@part(permission=WRITE, template="notices/_people_part.html")
def people_part(request: HttpRequest) -> Any:
    """People by name, to be chosen; who is ticked stays."""
    found = people_named(request.GET.get("who", ""), request.actor.sites, 12)
    ticked = _ticked(request, request.GET.getlist("people")[:200])
    chosen = {pk for pk, _ in ticked}
    schools = {site.pk: site.name for site in sites_seen_by(request.actor)} if found else {}
    return {"found": [(one, schools.get(one.site, "")) for one in found if str(one.id) not in chosen], "ticked": ticked,
            "is_nobody": bool(request.GET.get("who", "").strip()) and not found}  # fmt: skip


@page(permission=WRITE, template="notices/check_page.html")
def check_page(request: HttpRequest, notice_id: UUID) -> Any:
    """The last look: who, how many, by which ways, what exactly; then it is sent, or a second person is asked."""
    notice = queries.notice_seen_by(request.actor, notice_id)
    if notice.state != "draft":  # who goes back after sending it is shown what has become of it
        return redirect("notices:notice_page", notice_id)
    draft = queries.draft_of(notice)
    ways = [CHANNELS[key][:2] for key in draft.channels]
    is_own = notice.made_by == request.actor.user_id
    district, quiet = district_with_hours()
    looked = _looked_at(request, draft, district, quiet=quiet)
    may_send = may(request.actor, queries.APPROVE)
    return looked | {
        "notice": notice, "draft": draft, "ways": ways, "is_own": is_own,
        "may_approve": may_send and not is_own, "is_last": True,
        "needs": looked["second"] or (
            "" if may_send or queries.is_of_incident(draft) else "Your role writes; somebody else sends."),
        "purpose": PURPOSES[draft.purpose][0],
        "morning": times.spare_the_night(draft, timezone.localtime(draft.send_at or now()), quiet),
        "quiet": quiet,
    }  # fmt: skip


def _count(request: HttpRequest) -> int | None:
    return read_whole(request.POST.get("count", ""))


@change_page(permission=WRITE)
def submit(request: HttpRequest, notice_id: UUID) -> HttpResponse:
    """Sends it, or asks the second person."""
    try:
        hold = request.POST.get("hold") == "on"
        state = actions.submit_notice(request.actor, notice_id, _count(request), hold=hold)
    except WatchbellError as error:
        if isinstance(error, NotFound):
            raise
        messages.error(request, str(error))
        return redirect("notices:check_page", notice_id)
    told = {"asked": "A second person is asked. Nothing has gone out yet.", "scheduled": "It goes out at its time.",
            "sending": "It goes out now."}  # fmt: skip
    messages.success(request, told.get(state, "Done."))
    return redirect("notices:notice_page", notice_id)


@change_page(permission=queries.APPROVE)
def approve(request: HttpRequest, notice_id: UUID) -> HttpResponse:
    """The second person's word."""
    try:
        state = actions.approve_notice(request.actor, notice_id, _count(request), seen=request.POST.get("seen", ""))
    except WatchbellError as error:
        if isinstance(error, NotFound):
            raise
        messages.error(request, str(error))
    else:
        later = "Confirmed: it goes out at its time." if state == "scheduled" else "Confirmed: it goes out now."
        messages.success(request, later)
    return redirect("notices:notice_page", notice_id)


@change_page(permission=WRITE)
def refuse(request: HttpRequest, notice_id: UUID) -> HttpResponse:
    """Back to the draft, with why."""
    why = request.POST.get("why", "")
    return try_change(request, lambda: actions.refuse_notice(request.actor, notice_id, why),
                      "It is a draft again.", reverse("notices:notice_page", args=[notice_id]))  # fmt: skip


@change_page(permission=WRITE)
def drop(request: HttpRequest, notice_id: UUID) -> HttpResponse:
    """Throws a draft away."""
    return try_change(
        request, lambda: actions.drop_notice(request.actor, notice_id), "Thrown away.", reverse("notices:notices_page")
    )
