"""Kinds, roles and languages of quick reference cards, what a card may say, and what a room fills in."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from watchbell.line.languages import LANGUAGES, RIGHT_TO_LEFT
from watchbell.prevention.procedures.facts.words import ATTRIBUTION, DOOR_WORD, KIND_WORDS, LABELS, UNKNOWN

__all__ = [
    "ATTRIBUTION",
    "CARD_DAYS",
    "DOOR_WORD",
    "KINDS",
    "KIND_WORDS",
    "LABELS",
    "LANGUAGES",
    "LETTERS_OF",
    "MOST_LETTERS",
    "MOST_STEPS",
    "MOST_WORDS",
    "PLACEHOLDERS",
    "RIGHT_TO_LEFT",
    "ROLES",
    "ROLE_OF",
    "SRP",
    "STATES",
    "UNKNOWN",
    "WARN_DAYS",
    "CardFacts",
    "Point",
    "RoomFacts",
    "Spot",
    "direction_of",
    "language_choices",
]

#: Kinds a card can be for, in the order they are shown: the five actions of the Standard Response Protocol first.
KINDS = {
    "hold": "Hold",
    "secure": "Secure",
    "lockdown": "Lockdown",
    "evacuate": "Evacuate",
    "shelter": "Shelter",
    "fire": "Fire",
    "medical": "Medical",
    "staff_assist": "Staff assist",
    "call_911": "Call 911",
}
SRP = ("hold", "secure", "lockdown", "evacuate", "shelter")
ROLES = {"everyone": "Everyone", "teacher": "Teachers and substitutes", "office": "Front office"}
#: role of an account → role of its cards
ROLE_OF = {"teacher": "teacher", "office": "office", "principal": "office", "director": "office"}
STATES = {"draft": "Draft", "approved": "Approved", "replaced": "Replaced", "withdrawn": "Withdrawn"}
MOST_STEPS = 8
MOST_LETTERS = 160
MOST_WORDS = 24
#: A language that puts no space between words is held to letters alone.
LETTERS_OF = {"zh": 60}
#: A card is looked at again at latest after this; a warning comes before.
CARD_DAYS = 365
WARN_DAYS = 30

#: What a card's text may leave to the room, and what each stands for.
PLACEHOLDERS = {
    "room": "the room's number or name",
    "exit": "the exterior door nearest to the room",
    "second_exit": "the next nearest exterior door",
    "rally": "the outdoor place to gather at",
    "aed": "the nearest AED",
}


def direction_of(language: str) -> str:
    """ "rtl" or "ltr": which way a language is written."""
    return "rtl" if language in RIGHT_TO_LEFT else "ltr"


def language_choices() -> list[tuple[str, str]]:
    """The languages as a field's choices; a function, so that a new language is no migration."""
    return list(LANGUAGES.items())


Point = tuple[float, float]


@dataclass(frozen=True)
class CardFacts:
    """One approved card. steps: with placeholders in braces. card, version: where it came from.

    of_english: which version of the English card a translation was written after; None for English, and not known.
    """

    card: UUID
    kind: str
    role: str
    language: str
    title: str
    steps: tuple[str, ...]
    version: int
    expires_on: date
    approved_by: str
    of_english: int | None = None


@dataclass(frozen=True)
class RoomFacts:
    """What a room fills into its cards; "" where nobody knows. exit, second_exit: numbers of exterior doors."""

    place: UUID
    room: str
    exit: str = ""
    second_exit: str = ""
    rally: str = ""
    aed: str = ""


@dataclass(frozen=True)
class Spot:
    """Something with a name somewhere: a room, a door, an outdoor place, an AED. level: 1 is the ground floor."""

    name: str
    building: UUID | None
    level: int
    x: float
    y: float
