"""Kinds, roles and languages of quick reference cards, what a card may say, and what a room fills in."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

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
LANGUAGES = {"en": "English", "es": "Español"}
STATES = {"draft": "Draft", "approved": "Approved", "replaced": "Replaced", "withdrawn": "Withdrawn"}
MOST_STEPS = 8
MOST_LETTERS = 160
MOST_WORDS = 24
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
#: What stands there when nobody knows it for this room.
UNKNOWN = {
    "en": {"room": "your room", "exit": "the nearest safe exit", "second_exit": "another safe exit",
           "rally": "the place you are told", "aed": "the nearest AED"},
    "es": {"room": "su salón", "exit": "la salida segura más cercana", "second_exit": "otra salida segura",
           "rally": "el lugar que le indiquen", "aed": "el DEA más cercano"},
}  # fmt: skip
DOOR_WORD = {"en": "Door {number}", "es": "Puerta {number}"}
ATTRIBUTION = {
    "en": "Hold, Secure, Lockdown, Evacuate and Shelter are the actions of the Standard Response Protocol of "
    "The “I Love U Guys” Foundation. The steps are this district's own words.",
    "es": "Hold, Secure, Lockdown, Evacuate y Shelter son las acciones del Standard Response Protocol de "
    "The “I Love U Guys” Foundation. Los pasos son palabras propias de este distrito.",
}
LABELS = {
    "en": {"room": "Room", "exit": "Nearest exit", "second_exit": "Second exit", "rally": "Gather at",
           "aed": "Nearest AED", "expires": "Valid until", "expired": "Out of date since", "version": "Version",
           "approved": "Approved by", "steps": "What to do", "scan": "This room's card"},
    "es": {"room": "Salón", "exit": "Salida más cercana", "second_exit": "Segunda salida", "rally": "Reunirse en",
           "aed": "DEA más cercano", "expires": "Válida hasta", "expired": "Vencida desde", "version": "Versión",
           "approved": "Aprobada por", "steps": "Qué hacer", "scan": "La tarjeta de este salón"},
}  # fmt: skip

Point = tuple[float, float]


@dataclass(frozen=True)
class CardFacts:
    """One approved card. steps: with placeholders in braces. card, version: where it came from."""

    card: UUID
    kind: str
    role: str
    language: str
    title: str
    steps: tuple[str, ...]
    version: int
    expires_on: date
    approved_by: str


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
