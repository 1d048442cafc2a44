"""Decides what a card may say, which card is whose, what a room fills in, and when a card is out of date."""

import difflib
import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from math import hypot
from typing import Any
from uuid import UUID

from watchbell.prevention.procedures.facts import (
    DOOR_WORD,
    KINDS,
    LANGUAGES,
    LETTERS_OF,
    MOST_LETTERS,
    MOST_STEPS,
    MOST_WORDS,
    PLACEHOLDERS,
    ROLE_OF,
    ROLES,
    UNKNOWN,
    WARN_DAYS,
    CardFacts,
    Point,
    RoomFacts,
    Spot,
)

WALL_MARK_BYTES = 12
HOLE = re.compile(r"\{([^{}]*)\}")


def find_faults(kind: str, role: str, language: str, title: str, steps: Sequence[str]) -> list[str]:
    """What keeps a text from being a card, in words; [] when nothing does."""
    faults = []
    if kind not in KINDS or role not in ROLES or language not in LANGUAGES:
        faults.append("Choose a kind, a role and a language of the lists.")
    if not title.strip():
        faults.append("The card needs a title.")
    if not steps:
        faults.append("Write at least one step.")
    if len(steps) > MOST_STEPS:
        faults.append(
            f"A card has at most {MOST_STEPS} steps: nobody reads more in an emergency. These are {len(steps)}."
        )
    for number, step in enumerate(steps, 1):
        most = LETTERS_OF.get(language, MOST_LETTERS)
        if len(step) > most or len(step.split()) > MOST_WORDS:
            faults.append(f"Step {number} is too long: at most {MOST_WORDS} words and {most} letters.")
        unknown = [name for name in HOLE.findall(step) if name not in PLACEHOLDERS]
        if unknown:
            faults.append(f"Step {number} leaves “{{{unknown[0]}}}” to the room; known are {', '.join(PLACEHOLDERS)}.")
    return faults


def may_approve(writer: UUID | None, approver: UUID | None) -> str:
    """ "" when the second person may approve, else why not: nobody approves their own words."""
    if writer is not None and writer == approver:
        return "Somebody else approves this: two people read every card."
    return ""


def judge_expiry(expires_on: date, today: date) -> str:
    """ "expired", "soon" (within 30 days) or "ok". A card is good on its last day."""
    if today > expires_on:
        return "expired"
    return "soon" if today > expires_on - timedelta(days=WARN_DAYS) else "ok"


def card_role_of(role: str) -> str:
    """Which cards an account's role reads."""
    return ROLE_OF.get(role, "everyone")


def choose_cards(cards: Iterable[CardFacts], role: str, language: str) -> list[CardFacts]:
    """One card a kind: the role's own, else everyone's; in the language where that is up to date, else in English."""
    best: dict[str, tuple[int, CardFacts]] = {}
    every = list(cards)
    behind = {card.card for card in find_behind(every)}
    for card in every:
        if card.role not in (role, "everyone") or card.language not in (language, "en"):
            continue
        rank = -1 if card.card in behind else 2 * (card.language == language) + (card.role == role)
        if card.kind not in best or rank > best[card.kind][0]:
            best[card.kind] = (rank, card)
    order = list(KINDS)
    return sorted((card for _, card in best.values()), key=lambda card: order.index(card.kind))


def find_behind(cards: Sequence[CardFacts]) -> list[CardFacts]:
    """The translations that are older than the English card of the same kind and role."""
    english = {(card.kind, card.role): card.version for card in cards if card.language == "en"}
    return [card for card in cards if versions_behind(card.of_english, english.get((card.kind, card.role)))]


def choose_older(cards: Sequence[CardFacts], chosen: Iterable[CardFacts], language: str) -> dict[str, CardFacts]:
    """{kind: the translation that is behind} where English was chosen instead: better an old one than none."""
    behind = {(card.kind, card.role): card for card in find_behind(cards) if card.language == language}
    found = {card.kind: behind.get((card.kind, card.role)) for card in chosen if card.language != language}
    return {kind: card for kind, card in found.items() if card is not None}


def versions_behind(of_english: int | None, english: int | None) -> int:
    """How many versions older than the English card a translation is; 0 where either is not known."""
    return 0 if of_english is None or english is None else max(0, english - of_english)


def pieces_of(step: str, room: RoomFacts | None, language: str) -> list[tuple[str, str]]:
    """A step as [(placeholder or "", text)], the placeholders filled for the room."""
    found: list[tuple[str, str]] = []
    at = 0
    for hole in HOLE.finditer(step):
        if hole.start() > at:
            found.append(("", step[at : hole.start()]))
        found.append((hole.group(1), filling(hole.group(1), room, language)))
        at = hole.end()
    return [*found, ("", step[at:])] if at < len(step) else found


def filling(name: str, room: RoomFacts | None, language: str) -> str:
    """What a placeholder says in a room, or the plain words where nobody knows."""
    known = getattr(room, name, "") if room is not None else ""
    if known and name in ("exit", "second_exit"):
        return DOOR_WORD.get(language, DOOR_WORD["en"]).format(number=known)
    return known or UNKNOWN.get(language, UNKNOWN["en"]).get(name, "")


def fill(step: str, room: RoomFacts | None, language: str) -> str:
    """A step with its placeholders filled."""
    return "".join(text for _, text in pieces_of(step, room, language))


def find_surroundings(
    place: UUID, room: Spot, doors: Sequence[Spot], rallies: Sequence[Spot], aeds: Sequence[Spot]
) -> RoomFacts:
    """What a room fills in: its two nearest exterior doors, where to gather outside the first, the nearest AED."""
    exits = sorted(doors, key=lambda door: _far(room, door))
    start = exits[0] if exits else room
    rally = min(rallies, key=lambda spot: hypot(spot.x - start.x, spot.y - start.y), default=None)
    aed = min(aeds, key=lambda spot: _far(room, spot), default=None)
    return RoomFacts(
        place=place, room=room.name, exit=exits[0].name if exits else "",
        second_exit=exits[1].name if len(exits) > 1 else "", rally=rally.name if rally else "",
        aed=aed.name if aed else "",
    )  # fmt: skip


def _far(room: Spot, spot: Spot) -> tuple[bool, int, float]:
    """Another building is farther than another floor, and that farther than any walk on this one."""
    return spot.building != room.building, abs(spot.level - room.level), hypot(spot.x - room.x, spot.y - room.y)


def is_enclosed(spot: Spot, rooms: Iterable[Sequence[Point]]) -> bool:
    """Whether rooms stand on three or four sides of an outdoor place: a courtyard is no place to gather at."""
    sides = {"left": False, "right": False, "above": False, "below": False}
    for ring in rooms:
        xs, ys = [x for x, _ in ring], [y for _, y in ring]
        if not xs:
            continue
        if min(ys) <= spot.y <= max(ys):
            sides["left"] |= max(xs) < spot.x
            sides["right"] |= min(xs) > spot.x
        if min(xs) <= spot.x <= max(xs):
            sides["above"] |= max(ys) < spot.y
            sides["below"] |= min(ys) > spot.y
    return sum(sides.values()) >= 3


def differences(old: Mapping[str, object], new: Mapping[str, object]) -> list[tuple[str, str]]:
    """[(sign, line)] between two versions as {"title", "steps", "expires_on"}: "-" gone, "+" new, " " kept."""
    lines = []
    for line in difflib.ndiff(_lines(old), _lines(new)):
        if not line.startswith("?"):
            lines.append((line[0], line[2:]))
    return lines


def _lines(version: Mapping[str, object]) -> list[str]:
    steps = version.get("steps") or []
    assert isinstance(steps, list | tuple)
    return [str(version["title"]), *(f"{number}. {step}" for number, step in enumerate(steps, 1)),
            f"Valid until {version['expires_on']}"]  # fmt: skip


# -- what hangs on walls ---------------------------------------------------------------------------------------------

#: What a sheet says of its room, and how a change of it is told.
SAID = {"room": "The room's name", "exit": "The nearest exit", "second_exit": "The second exit",
        "rally": "Where to gather", "aed": "The nearest AED"}  # fmt: skip


def say_sheet(room: RoomFacts, cards: Iterable[CardFacts]) -> dict[str, object]:
    """What a room's sheet says, to be compared later: {"room", "exit", …, "cards": {kind: [title, version,
    language]}}."""
    said: dict[str, object] = {name: getattr(room, name) for name in SAID}
    return said | {"cards": {card.kind: [card.title, card.version, card.language] for card in cards}}


def judge_sheet(
    was: Mapping[str, Any], now: Mapping[str, Any] | None, expires_on: date | None, today: date
) -> list[str]:
    """Why a sheet that says `was` does not hold, as sentences; [] when it does. now: None for a room that is gone."""
    if now is None:
        return ["The room is gone, or nobody works in it any more: take the sheet down."]
    found = [_change(words, str(was.get(name, "")), str(now[name])) for name, words in SAID.items()]
    old, new = was.get("cards", {}), now["cards"]
    for kind, said in new.items():
        if kind not in old:
            found.append(f"“{said[0]}” is new.")
        elif old[kind][1:] != said[1 : len(old[kind])]:
            found.append(f"“{said[0]}” was written anew.")
    found += [f"“{old[kind][0]}” was taken back." for kind in old if kind not in new]
    if expires_on is not None:
        standing = judge_expiry(expires_on, today)
        found.append(f"Out of date since {expires_on}." if standing == "expired" else "")
        found.append(f"Valid until {expires_on} only." if standing == "soon" else "")
    return [one for one in found if one]


def _change(words: str, was: str, now: str) -> str:
    if was == now:
        return ""
    door = "door " if "exit" in words else ""
    before, after = (f"{door}{one}" if one else "not known" for one in (was, now))
    return f"{words} was {before} and is {after} now."


# -- the code on a wall -------------------------------------------------------------------------------------------


def make_wall_token(secret: str, district: UUID, site: UUID, place: UUID) -> str:
    """What a room's code on its wall names it by: short, so that an old telephone reads it from across the room."""
    named = district.bytes + site.bytes + place.bytes
    return urlsafe_b64encode(named + _wall_mark(secret, named)).rstrip(b"=").decode()


def read_wall_token(secret: str, token: str) -> tuple[UUID, UUID, UUID] | None:
    """(district, site, room) of a genuine one."""
    try:
        raw = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
    except ValueError:
        return None
    named, mark = raw[:48], raw[48:]
    if len(named) != 48 or not hmac.compare_digest(mark, _wall_mark(secret, named)):
        return None
    return UUID(bytes=named[:16]), UUID(bytes=named[16:32]), UUID(bytes=named[32:])


def _wall_mark(secret: str, named: bytes) -> bytes:
    return hmac.digest(secret.encode(), b"wall card" + named, "sha256")[:WALL_MARK_BYTES]
