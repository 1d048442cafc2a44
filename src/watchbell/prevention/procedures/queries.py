"""Cards as their readers see them: one's own, filled for a room; the library; versions."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from watchbell.district.equipment.queries import aids_of_site
from watchbell.district.people.queries import person_of_user
from watchbell.district.sites.queries import door_points, floors_of_site, place_points, places_seen_by
from watchbell.kernel.permissions import Actor, require
from watchbell.line import clock, config
from watchbell.line.errors import NotFound
from watchbell.prevention.procedures import rules
from watchbell.prevention.procedures.facts import KINDS, LANGUAGES, SRP, CardFacts, RoomFacts, Spot
from watchbell.prevention.procedures.models import Card, CardVersion, WallSheet
from watchbell.response.accountability.queries import cover_of

#: Rooms people are in when an alarm comes.
ROOM_KINDS = frozenset({"room", "office", "gym", "cafeteria", "library", "health", "lobby", "other"})


@dataclass(frozen=True)
class Mine:
    """A person's own cards in every language there is, and the rooms of a site to fill them for.

    older: {language: {kind: its translation that is behind, where English is shown}}.
    """

    cards: dict[str, list[CardFacts]]
    older: dict[str, dict[str, CardFacts]]
    rooms: list[RoomFacts]
    room: RoomFacts | None
    language: str
    role: str


def approved_cards(kinds: Iterable[str] = KINDS) -> list[CardFacts]:
    """Every approved card of the district. One query."""
    rows = CardVersion.objects.filter(state="approved", card__kind__in=tuple(kinds)).select_related("card")
    return [
        CardFacts(
            card=row.card_id, kind=row.card.kind, role=row.card.role, language=row.card.language, title=row.title,
            steps=tuple(row.steps), version=row.version, expires_on=row.expires_on, approved_by=row.approved_by,
            of_english=row.of_english,
        )
        for row in rows
    ]  # fmt: skip


def rooms_filled(site_id: UUID) -> list[RoomFacts]:
    """What each room of a site fills into its cards, by room. Four queries."""
    floors = {floor.pk: floor for floor in floors_of_site(site_id)}
    places = place_points(site_id)

    def spot(name: str, floor_id: Any, x: float, y: float) -> Spot:
        floor = floors.get(floor_id)
        return Spot(name, floor.building_id if floor else None, floor.level if floor else 1, x, y)

    doors = [spot(d["number"], d["floor_id"], d["x"], d["y"]) for d in door_points(site_id) if d["is_exterior"]]
    rings = [place["ring"] for place in places if place["kind"] not in ("outdoor", "hall")]
    outside = [spot(p["name"], p["floor_id"], p["label_x"], p["label_y"]) for p in places if p["kind"] == "outdoor"]
    rallies = [one for one in outside if not rules.is_enclosed(one, rings)]
    today = timezone.localdate()
    aeds = [
        spot(aid.name, aid.floor, aid.x, aid.y)
        for aid in aids_of_site(site_id)
        if aid.kind == "aed" and aid.x is not None and aid.y is not None and aid.floor is not None
        and not (aid.expires_on and aid.expires_on < today)  # a card sends nobody to one that may not work
    ]  # fmt: skip
    found = [
        rules.find_surroundings(
            p["id"], spot(p["name"] or f"Room {p['number']}", p["floor_id"], p["label_x"], p["label_y"]), doors,
            rallies, aeds,
        )
        for p in places if p["kind"] in ROOM_KINDS
    ]  # fmt: skip
    return sorted(found, key=lambda room: room.room)


def cards_of(actor: Actor, place: UUID | None = None, language: str = "") -> Mine:
    """The cards of this person's role, for the room they are in. Raises NotFound for a room they may not see."""
    require(actor, "cards.view")
    person = person_of_user(actor.user_id) if actor.user_id else None
    site = person.site if person and person.site else next(iter(sorted(actor.sites or ())), None)
    if place is not None:
        site = _site_of(actor, place)
    rooms = rooms_filled(site) if site is not None else []
    standing_in = cover_of(actor, site, clock.now()) if site is not None and actor.user_id else None
    wanted = place or standing_in or (person.place if person else None)
    role = rules.card_role_of(actor.role)
    every = approved_cards()
    spoken = person.language if person and person.language in LANGUAGES else "en"
    cards = {one: rules.choose_cards(every, role, one) for one in LANGUAGES}
    return Mine(
        cards=cards, rooms=rooms, role=role,
        older={one: rules.choose_older(every, cards[one], one) for one in LANGUAGES},
        room=next((room for room in rooms if room.place == wanted), None),
        language=language if language in LANGUAGES else spoken,
    )  # fmt: skip


def _site_of(actor: Actor, place: UUID) -> UUID:
    found = places_seen_by(actor).filter(pk=place).values_list("site_id", flat=True).first()
    if found is None:
        raise NotFound("There is no such room, or you may not see it.")
    return found


def wall_cards(language: str, every: Iterable[CardFacts] | None = None) -> list[CardFacts]:
    """What hangs on a wall: those of everyone's cards that it has room for. every: all cards, where they are known."""
    cards = rules.choose_cards(approved_cards() if every is None else every, "everyone", language)
    return [card for card in cards if card.kind in SRP or card.kind == "fire"]


def wall_token(district: UUID, site: UUID, place: UUID) -> str:
    """What a room's code names it by, for as long as it hangs."""
    return rules.make_wall_token(config.secret("wall_cards"), district, site, place)


def read_wall_token(token: str) -> tuple[UUID, UUID, UUID]:
    """(district, site, room). Raises NotFound for what no wall of ours says."""
    found = rules.read_wall_token(config.secret("wall_cards"), token)
    if found is None:
        raise NotFound("This is no code of a wall card. Follow the signs, and whoever leads you.")
    return found


def room_on_wall(site: UUID, place: UUID) -> RoomFacts:
    """What a room fills in, for whoever stands before its card: nothing that does not hang there. Raises NotFound."""
    found = next((room for room in rooms_filled(site) if room.place == place), None)
    if found is None:
        raise NotFound("This room has no card any more. Follow the signs, and whoever leads you.")
    return found


def room_filled(actor: Actor, place: UUID) -> tuple[UUID, RoomFacts]:
    """(site, what a room fills in). Raises NotFound."""
    site = _site_of(actor, place)
    found = next((room for room in rooms_filled(site) if room.place == place), None)
    if found is None:
        raise NotFound("This place has no card: nobody is taught or works here.")
    return site, found


# -- the library --------------------------------------------------------------------------------------------------


def all_cards(actor: Actor) -> list[dict[str, Any]]:
    """Every card with its approved version and its draft, and the translations nobody has written. Two queries.

    "behind": how many versions a translation is older than its English card. "is_missing": a card that is not kept.
    """
    require(actor, "cards.view")
    today = clock.now().date()
    rows = Card.objects.prefetch_related(
        Prefetch("versions", CardVersion.objects.filter(state__in=("draft", "approved")))
    )
    every = [_listed(row, today) for row in rows]
    english = {(one["card"].kind, one["card"].role): one["approved"].version for one in every
               if one["card"].language == "en" and one["approved"]}  # fmt: skip
    for one in every:
        _judge_translation(one, english)
    return every + _missing(every, english)


def library(
    actor: Actor, *, search: str = "", kind: str = "", role: str = "", language: str = "", state: str = "",
    every: list[dict[str, Any]] | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """The cards that fit; what is out of date, then what waits, first. Missing translations only by state "missing".

    every: `all_cards`, where the caller has them.
    """
    wanted = {"kind": kind, "role": role, "language": language}
    words = search.casefold().strip()
    found = [
        one for one in (all_cards(actor) if every is None else every)
        if all(not value or getattr(one["card"], name) == value for name, value in wanted.items())
        and words in one["text"] and (state in one["states"] if state else not one["is_missing"])
    ]  # fmt: skip
    order, kinds = {"expired": 0, "soon": 1, "behind": 2, "waiting": 3, "missing": 4, "ok": 5}, list(KINDS)
    return sorted(found, key=lambda one: (order[one["standing"]], kinds.index(one["card"].kind), one["card"].role,
                                          one["card"].language))  # fmt: skip


def _listed(row: Card, today: Any) -> dict[str, Any]:
    versions = list(row.versions.all())
    approved = next((one for one in versions if one.state == "approved"), None)
    draft = next((one for one in versions if one.state == "draft"), None)
    expiry = rules.judge_expiry(approved.expires_on, today) if approved else "ok"
    standing = expiry if expiry != "ok" else "waiting" if draft or not approved else "ok"
    text = " ".join(f"{one.title} {' '.join(one.steps)}" for one in versions).casefold()
    states = {standing, "approved" if approved else "", "draft" if draft else ""} - {""}
    return {"card": row, "approved": approved, "draft": draft, "standing": standing, "text": text, "states": states,
            "behind": 0, "is_missing": False}  # fmt: skip


def _judge_translation(one: dict[str, Any], english: dict[tuple[str, str], int]) -> None:
    approved, key = one["approved"], (one["card"].kind, one["card"].role)
    one["behind"] = rules.versions_behind(approved.of_english, english.get(key)) if approved else 0
    if one["behind"]:
        one["states"] |= {"behind"}
        one["standing"] = "behind" if one["standing"] in ("ok", "waiting") else one["standing"]


def _missing(every: list[dict[str, Any]], english: dict[tuple[str, str], int]) -> list[dict[str, Any]]:
    """The translations of valid English cards that nobody has written."""
    there = {(one["card"].kind, one["card"].role, one["card"].language) for one in every
             if one["approved"] or one["draft"]}  # fmt: skip
    return [
        {"card": Card(kind=kind, role=role, language=language), "approved": None, "draft": None, "standing": "missing",
         "text": KINDS[kind].casefold(), "states": {"missing"}, "behind": 0, "is_missing": True}
        for kind, role in english for language in LANGUAGES if (kind, role, language) not in there
    ]  # fmt: skip


@dataclass(frozen=True)
class Translations:
    """How far a language is: translations that are up to date, older than their English card, and not written."""

    language: str
    name: str
    ready: int
    behind: int
    missing: int
    most_behind: int


def translations(every: Iterable[dict[str, Any]]) -> list[Translations]:
    """Each language but English, of `all_cards`."""
    rows, found = list(every), []
    for code, name in LANGUAGES.items():
        mine = [one for one in rows if one["card"].language == code]
        behind = [one["behind"] for one in mine if one["behind"]]
        ready = sum(bool(one["approved"]) and not one["behind"] for one in mine)
        missing = sum(one["is_missing"] for one in mine)
        if code != "en":
            found.append(Translations(code, name, ready, len(behind), missing, max(behind, default=0)))
    return found


def languages_of(actor: Actor, card: Card) -> list[dict[str, Any]]:
    """The same card in every other language: {"code", "name", "card", "behind", "is_missing"}. Two queries."""
    known = {one["card"].language: one for one in all_cards(actor)
             if (one["card"].kind, one["card"].role) == (card.kind, card.role)}  # fmt: skip
    return [
        {"code": code, "name": name, "card": known[code]["card"], "behind": known[code]["behind"],
         "is_missing": known[code]["is_missing"], "is_draft": not known[code]["approved"]}
        for code, name in LANGUAGES.items() if code in known and code != card.language
    ]  # fmt: skip


def english_of(kind: str, role: str) -> CardVersion | None:
    """The English card that is valid, for who translates it."""
    wanted = {"card__kind": kind, "card__role": role, "card__language": "en"}
    return CardVersion.objects.filter(state="approved", **wanted).first()


def card_seen_by(actor: Actor, card_id: UUID) -> Card:
    """One card. Raises Refused or NotFound."""
    require(actor, "cards.view")
    found = Card.objects.filter(pk=card_id).first()
    if found is None:
        raise NotFound("There is no such card.")
    return found


def versions_of(card: Card) -> QuerySet[CardVersion]:
    """All versions, newest first."""
    return CardVersion.objects.filter(card=card).order_by("-version")


def count_standings(every: Iterable[dict[str, Any]]) -> dict[str, int]:
    """{"expired", "soon", "waiting", "behind"}: how many of `all_cards` ask for somebody."""
    found = list(every)
    words = ("expired", "soon", "waiting", "behind")
    return {word: sum(1 for one in found if one["standing"] == word) for word in words}


# -- what hangs on walls ---------------------------------------------------------------------------------------------


Sheet = tuple[RoomFacts, dict[str, Any], date | None]


def sheets_now(site_id: UUID, languages: Iterable[str]) -> dict[tuple[UUID, str], Sheet]:
    """{(place, language): (room, what its sheet says now, when that expires)} of a site. Five queries."""
    rooms, every = rooms_filled(site_id), approved_cards()
    found = {}
    for language in languages:
        cards = wall_cards(language, every)
        ends = min((card.expires_on for card in cards), default=None)
        found |= {(room.place, language): (room, rules.say_sheet(room, cards), ends) for room in rooms}
    return found


def sheets_seen_by(
    actor: Actor, *, search: str = "", site: UUID | None = None, language: str = "", show: str = ""
) -> QuerySet[WallSheet]:
    """What hangs on the walls of the actor's schools; show "": only what is to be printed again or taken down."""
    require(actor, "cards.view")
    rows = WallSheet.objects.all()
    rows = rows.filter(site__in=actor.sites) if actor.sites is not None else rows
    rows = rows.filter(site=site) if site is not None else rows
    rows = rows.filter(language=language) if language in LANGUAGES else rows
    rows = rows.filter(room__icontains=search.replace("\0", "")) if search else rows
    return rows if show == "all" else rows.exclude(because=[])


def places_to_reprint(actor: Actor, site: UUID, language: str) -> set[UUID]:
    """The rooms of a site whose sheet does not hold any more."""
    return set(sheets_seen_by(actor, site=site, language=language).values_list("place", flat=True))


def sheets_to_reprint(actor: Actor) -> int:
    """How many sheets do not hold any more."""
    return sheets_seen_by(actor).count()
