"""Pages of the cards: one's own (kept on the device), a room's wall card, the library, the editor."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from watchbell.district.sites.facts import read_id
from watchbell.district.sites.queries import site_seen_by, sites_seen_by
from watchbell.kernel.language import languages_wanted
from watchbell.kernel.permissions import may
from watchbell.kernel.web import PUBLIC, change_page, csv_of, csv_url, page, page_of, try_change
from watchbell.kernel.zones import shown_in
from watchbell.line import clock
from watchbell.line.errors import NotFound, WatchbellError
from watchbell.line.languages import choose_language
from watchbell.line.numbers import read_whole
from watchbell.prevention.procedures import actions, queries, rules
from watchbell.prevention.procedures.facts import (
    ATTRIBUTION,
    DOOR_WORD,
    KIND_WORDS,
    KINDS,
    LABELS,
    LANGUAGES,
    PLACEHOLDERS,
    ROLES,
    SRP,
    UNKNOWN,
    CardFacts,
    RoomFacts,
    direction_of,
)
from watchbell.prevention.procedures.forms import CardForm

SEE, HANG = "cards.view", "cards.hang"
STANDINGS = {"": "All", "approved": "Approved", "draft": "With a draft", "waiting": "Waits for approval",
             "behind": "Translation is behind", "missing": "Translation is missing", "soon": "Expires soon",
             "expired": "Out of date"}  # fmt: skip


@page(permission=SEE, template="procedures/mine_page.html")
def mine_page(request: HttpRequest) -> Any:
    """What do I do: every card of my role, in every language, for my room. Kept on the device as it is."""
    wanted, language = read_id(request.GET.get("room", "")), request.GET.get("lang", "")
    mine = queries.cards_of(request.actor, wanted, language)
    today = clock.now().date()
    return {
        "sets": [
            {"language": one, "name": name, "is_current": one == mine.language, "attribution": ATTRIBUTION[one],
             "dir": direction_of(one), "labels": LABELS[one], "fillings": _fillings(mine.room, one),
             "cards": [_shown(card, mine.room, today, one, mine.older[one].get(card.kind)) for card in mine.cards[one]]}
            for one, name in LANGUAGES.items()
        ],
        "may_hang": may(request.actor, HANG), "may_edit": may(request.actor, "cards.edit"),
        "mine": mine, "role": ROLES[mine.role], "made_at": clock.now(),
        "kept": {"rooms": [{k: str(v) for k, v in vars(room).items()} for room in mine.rooms], "unknown": UNKNOWN,
                 "door": DOOR_WORD, "stale": {one: words["kept"] for one, words in LABELS.items()}},
    }  # fmt: skip


def _fillings(room: RoomFacts | None, language: str) -> list[tuple[str, str, str]]:
    """[(placeholder, label, filled)] of the strip above the cards."""
    return [(name, LABELS[language][name], rules.filling(name, room, language)) for name in PLACEHOLDERS]


def _shown(
    card: CardFacts, room: RoomFacts | None, today: Any, language: str, older: CardFacts | None = None
) -> dict[str, Any]:
    """A card for a reader of `language`; in English where there is no translation that is up to date, which it says."""
    return {
        "card": card, "labels": LABELS[card.language], "is_srp": card.kind in SRP, "in": language,
        "dir": direction_of(card.language), "word": KIND_WORDS[language].get(card.kind, ""),
        "note": LABELS[language]["english"] if card.language != language else "", "reader": LABELS[language],
        "steps": [rules.pieces_of(step, room, card.language) for step in card.steps], "older": older,
        "older_dir": direction_of(language),
        "older_steps": [rules.pieces_of(step, room, language) for step in older.steps] if older else [],
        "expiry": rules.judge_expiry(card.expires_on, today),
    }  # fmt: skip


@page(permission=SEE, template="procedures/room_page.html")
def room_page(request: HttpRequest, place_id: UUID) -> Any:
    """A room's own card for its wall: exits, rally point, AED, the actions, and a code that opens this page."""
    site, room = queries.room_filled(request.actor, place_id)
    return {**_sheets(request, site, [room]), "room": room, "site_id": site}


@page(permission=PUBLIC, template="")
def wall_page(request: HttpRequest, token: str) -> HttpResponse:
    """What the code on a room's wall opens: its exits, rally point, AED and the actions, for whoever stands there, with
    or without an account: a substitute, a visitor, a parent. Members of staff get the cards of their own role."""
    district, site, place = queries.read_wall_token(token)
    wanted = request.GET.get("lang", "")
    if request.actor is not None and request.actor.district == district and may(request.actor, SEE):
        return redirect(f"{reverse('procedures:mine_page')}?room={place}" + (f"&lang={wanted}" if wanted else ""))
    language = choose_language(languages_wanted(request))
    with shown_in(district), transaction.atomic():
        room, today = queries.room_on_wall(site, place), clock.now().date()
        return render(request, "procedures/wall_page.html", {
            "room": room, "fillings": _fillings(room, language)[1:], "labels": LABELS[language], "language": language,
            "cards": [_shown(card, room, today, language) for card in queries.wall_cards(language)],
            "languages": LANGUAGES, "dir": direction_of(language), "attribution": ATTRIBUTION[language],
        })  # fmt: skip


@page(permission=SEE, template="procedures/print_page.html")
def print_page(request: HttpRequest, site_id: UUID) -> Any:
    """The wall cards of all rooms of a site, a room a page."""
    site, rooms = site_seen_by(request.actor, site_id), queries.rooms_filled(site_id)
    is_again, language = request.GET.get("show") == "again", _language(request)
    if is_again:
        places = queries.places_to_reprint(request.actor, site_id, language)
        rooms = [room for room in rooms if room.place in places]
    return {**_sheets(request, site_id, rooms), "site": site, "is_again": is_again,
            "may_hang": may(request.actor, HANG, site_id)}  # fmt: skip


def _language(request: HttpRequest) -> str:
    language = request.GET.get("lang", "")
    return language if language in LANGUAGES else "en"


@page(permission=HANG, template="procedures/walls_page.html")
def walls_page(request: HttpRequest) -> Any:
    """Which sheets on walls do not hold any more, and why; by school, to be printed again together."""
    actor, wanted = request.actor, {name: request.GET.get(name, "") for name in ("q", "language", "show", "site")}
    rows = queries.sheets_seen_by(
        actor, search=wanted["q"], site=read_id(wanted["site"]), language=wanted["language"], show=wanted["show"]
    )
    sites = {site.pk: site.name for site in sites_seen_by(actor)}
    if request.GET.get("format") == "csv":
        cells = [(sites.get(one.site, ""), one.room, one.get_language_display(), " ".join(one.because), one.printed_at,
                  one.printed_by, one.expires_on) for one in rows]  # fmt: skip
        return csv_of(cells, ("school", "room", "language", "why", "printed", "by", "valid until"), "wall-sheets")
    found = page_of(request, rows, 50)
    for row in found["items"]:
        row.school = sites.get(row.site, "A school that is gone")
    groups = [] if wanted["show"] == "all" else [
        {"site": site, "school": sites.get(site, ""), "language": language, "name": LANGUAGES[language], "count": count,
         "may_hang": may(actor, HANG, site)}
        for site, language, count in rows.order_by("site", "language").values_list("site", "language")
        .annotate(count=Count("pk"))
    ]  # fmt: skip
    shows = [("", "To print again"), ("all", "All that hang")]
    return {
        **found, "groups": groups, "is_all": wanted["show"] == "all",
        "has_any": bool(found["count"]) or queries.sheets_seen_by(actor, show="all").exists(),
        "first": next(iter(sites), None),
        "filters": {
            "q": {"name": "q", "value": wanted["q"], "label": "Room"}, "target": "walls", "count": found["count"],
            "count_word": "sheets", "csv_url": csv_url(request),
            "selects": [
                {"name": "show", "label": "Show", "value": wanted["show"], "options": shows},
                {"name": "site", "label": "School", "value": wanted["site"],
                 "options": [("", "All"), *((str(site), name) for site, name in sites.items())]},
                {"name": "language", "label": "Language", "value": wanted["language"],
                 "options": [("", "All"), *LANGUAGES.items()]},
            ],
        },
    }  # fmt: skip


@change_page(permission=HANG)
def note_hung(request: HttpRequest, site_id: UUID) -> HttpResponse:
    """The sheets of a school that were to be printed again hang now; of every room, where `which` says so."""
    language, which = request.POST.get("lang", ""), request.POST.get("which", "")
    places = None if which == "every" else queries.places_to_reprint(request.actor, site_id, language)
    return try_change(request, lambda: actions.note_hung(request.actor, site_id, language, places),
                      "Noted. You are told here when one of them does not hold any more.",
                      reverse("procedures:walls_page"))  # fmt: skip


@change_page(permission=HANG)
def take_down(request: HttpRequest, sheet_id: UUID) -> HttpResponse:
    return try_change(request, lambda: actions.take_down(request.actor, sheet_id), "Taken down.",
                      reverse("procedures:walls_page"), is_missing_told=True)  # fmt: skip


def _sheets(request: HttpRequest, site: UUID, rooms: list[RoomFacts]) -> dict[str, Any]:
    language = _language(request)
    size = request.GET.get("size", "") if request.GET.get("size", "") in ("a5", "big") else "letter"
    cards, today = queries.wall_cards(language), clock.now().date()
    ends = min((card.expires_on for card in cards), default=None)
    return {
        "sheets": [
            {"room": room, "fillings": _fillings(room, language)[1:],
             "cards": [_shown(card, room, today, language) for card in cards],
             "url": settings.PUBLIC_URL.rstrip("/")
             + reverse("procedures:wall_page", args=[queries.wall_token(request.actor.district, site, room.place)])
             + ("" if language == "en" else f"?lang={language}")}
            for room in rooms
        ],
        "labels": LABELS[language], "language": language, "languages": LANGUAGES, "size": size, "ends": ends,
        "dir": direction_of(language), "note": LABELS[language]["english"] if any(
            card.language != language for card in cards) else "",
        "attribution": ATTRIBUTION[language], "made_at": clock.now(),
        "sizes": {"letter": "Letter", "a5": "A5", "big": "Big print"},
    }  # fmt: skip


# -- the library --------------------------------------------------------------------------------------------------


@page(permission=SEE, template="procedures/library_page.html")
def library_page(request: HttpRequest) -> Any:
    """All cards, those that ask for somebody first."""
    wanted = {name: request.GET.get(name, "") for name in ("kind", "role", "language", "state")}
    search = request.GET.get("q", "")
    every = queries.all_cards(request.actor)
    rows = queries.library(request.actor, search=search, **wanted, every=every)
    options = (("kind", "Kind", KINDS), ("role", "Role", ROLES), ("language", "Language", LANGUAGES))
    return {
        **page_of(request, rows, 60), "warnings": queries.count_standings(every),
        "to_print": queries.sheets_to_reprint(request.actor), "translations": queries.translations(every),
        "may_edit": may(request.actor, "cards.edit"), "may_hang": may(request.actor, HANG),
        "filters": {
            "q": {"name": "q", "value": search, "label": "Words of a card"}, "target": "cards", "count": len(rows),
            "count_word": "cards",
            "selects": [
                *({"name": name, "label": label, "value": wanted[name], "options": [("", "All"), *known.items()]}
                  for name, label, known in options),
                {"name": "state", "label": "State", "value": wanted["state"], "options": list(STANDINGS.items())},
            ],
        },
    }  # fmt: skip


@page(permission=SEE, template="procedures/card_page.html")
def card_page(request: HttpRequest, card_id: UUID) -> Any:
    """One card: what is valid, what waits, who wrote and who approved."""
    card = queries.card_seen_by(request.actor, card_id)
    versions = list(queries.versions_of(card))
    draft = next((one for one in versions if one.state == "draft"), None)
    approved = next((one for one in versions if one.state == "approved"), None)
    today = clock.now().date()
    return {
        "card": card, "versions": versions, "draft": draft, "approved": approved,
        "expiry": rules.judge_expiry(approved.expires_on, today) if approved else "",
        "may_edit": may(request.actor, "cards.edit"),
        "may_approve": draft is not None and may(request.actor, "cards.approve"),
        "not_yet": rules.may_approve(draft.writer, request.actor.user_id) if draft else "",
        "changes": rules.differences(_version(approved), _version(draft)) if draft and approved else [],
        "languages": queries.languages_of(request.actor, card), "dir": direction_of(card.language),
        "behind": _behind(card, approved),
    }  # fmt: skip


def _behind(card: Any, approved: Any) -> int:
    """How many versions the translation that is valid is older than the English card."""
    if approved is None or card.language == "en":
        return 0
    english = queries.english_of(card.kind, card.role)
    return rules.versions_behind(approved.of_english, english.version if english else None)


def _version(one: Any) -> dict[str, Any]:
    return {"title": one.title, "steps": one.steps, "expires_on": one.expires_on}


@page(permission=SEE, template="procedures/compare_page.html")
def compare_page(request: HttpRequest, card_id: UUID) -> Any:
    """Two versions of a card, line by line."""
    card = queries.card_seen_by(request.actor, card_id)
    versions = {str(one.version): one for one in queries.versions_of(card)}
    old, new = versions.get(request.GET.get("old", "")), versions.get(request.GET.get("new", ""))
    if old is None or new is None:
        raise NotFound("Choose two versions of this card.")
    return {"card": card, "old": old, "new": new, "lines": rules.differences(_version(old), _version(new))}


@page(permission="cards.edit", template="procedures/edit_page.html", methods=("GET", "POST"))
def new_page(request: HttpRequest) -> Any:
    """A new card, or a new draft of one there is."""
    wanted = {name: request.GET.get(name, "") for name in ("kind", "role", "language")}
    return _edit(request, CardForm(request.POST or None, initial={k: v for k, v in wanted.items() if v}), None, None)


@page(permission="cards.edit", template="procedures/edit_page.html", methods=("GET", "POST"))
def edit_page(request: HttpRequest, card_id: UUID) -> Any:
    """The newest text of a card, changed into a draft."""
    card = queries.card_seen_by(request.actor, card_id)
    newest = queries.versions_of(card).first()
    start = {"kind": card.kind, "role": card.role, "language": card.language}
    if newest is not None:
        start |= {"title": newest.title, "steps": "\n".join(newest.steps)}
    return _edit(request, CardForm(request.POST or None, initial=start), card, newest.version if newest else 0)


def _edit(request: HttpRequest, form: CardForm, card: Any, version: int | None) -> Any:
    if request.method == "POST" and form.is_valid():
        seen = request.POST.get("version", "")
        try:
            kept = actions.write_card(
                request.actor, form.cleaned_data["kind"], form.cleaned_data["role"], form.cleaned_data["language"],
                form.cleaned_data["title"], form.cleaned_data["steps"], expires_on=form.cleaned_data["expires_on"],
                version=read_whole(seen) if card is not None else None,
            )  # fmt: skip
            messages.success(request, "Draft saved. Somebody else approves it; until then the old card stays valid.")
            return redirect("procedures:card_page", kept)
        except WatchbellError as error:
            form.add_error(None, str(error))
    told = {name: str(form[name].value() or "") for name in ("kind", "role", "language")}
    is_translation = told["language"] not in ("", "en")
    for name in ("title", "steps"):  # the words alone: what is asked for stands there in English
        form.fields[name].widget.attrs |= {"lang": told["language"] or "en", "dir": direction_of(told["language"])}
    return {
        "form": form, "card": card, "version": version, "holes": PLACEHOLDERS,
        "english": queries.english_of(told["kind"], told["role"]) if is_translation else None,
    }  # fmt: skip


@change_page(permission="cards.approve")
def approve_card(request: HttpRequest, card_id: UUID) -> HttpResponse:
    version = read_whole(request.POST.get("version", "")) or 0
    return _do(request, card_id, "Approved. Phones take the new card when they are online next.",
               lambda: actions.approve_card(request.actor, card_id, version))  # fmt: skip


@change_page(permission="cards.approve")
def withdraw_card(request: HttpRequest, card_id: UUID) -> HttpResponse:
    return _do(request, card_id, "Taken back. Nobody is shown it any more.",
               lambda: actions.withdraw_card(request.actor, card_id, request.POST.get("why", "")))  # fmt: skip


def _do(request: HttpRequest, card_id: UUID, told: str, act: Any) -> HttpResponse:
    return try_change(request, act, told, reverse("procedures:card_page", args=[card_id]), level=messages.WARNING)
