"""The demo district's cards: nine kinds, three roles, eight languages; written by one person, approved by another.

No native speaker has reviewed those that are neither English nor Spanish.
"""

from datetime import timedelta
from typing import Any

from watchbell.district.sites.queries import all_site_ids
from watchbell.line import clock
from watchbell.prevention.procedures.actions import load_cards, load_sheets
from watchbell.prevention.procedures.demo.arabic import CARDS as ARABIC
from watchbell.prevention.procedures.demo.chinese import CARDS as CHINESE
from watchbell.prevention.procedures.demo.english import CARDS as ENGLISH
from watchbell.prevention.procedures.demo.french import CARDS as FRENCH
from watchbell.prevention.procedures.demo.somali import CARDS as SOMALI
from watchbell.prevention.procedures.demo.spanish import CARDS as SPANISH
from watchbell.prevention.procedures.demo.swahili import CARDS as SWAHILI
from watchbell.prevention.procedures.demo.vietnamese import CARDS as VIETNAMESE
from watchbell.prevention.procedures.queries import sheets_now

WRITER, APPROVER = "Dana Whitfield", "Marcus Bell"
DAYS = 240
#: language → (kind, role) → (title, steps).
CARDS = {
    "en": ENGLISH, "es": SPANISH, "fr": FRENCH, "ar": ARABIC, "zh": CHINESE, "vi": VIETNAMESE, "so": SOMALI,
    "sw": SWAHILI,
}  # fmt: skip


def load(district: Any, base_port: int = 0) -> None:
    """Writes the approved cards of the demo district."""
    ends = clock.now().date() + timedelta(days=DAYS)
    load_cards(
        {"kind": kind, "role": role, "language": language, "title": title, "steps": list(steps), "expires_on": ends,
         "written_by": WRITER, "approved_by": APPROVER}
        for language, cards in CARDS.items()
        for (kind, role), (title, steps) in cards.items()
    )  # fmt: skip
    # A door was numbered anew and an AED moved since these were printed.
    rooms = [room for room, *_ in sheets_now(all_site_ids()[0], ["en"]).values()]
    was = {room.room: {"exit": "9"} for room in rooms if room.exit == rooms[0].exit}
    was[rooms[-1].room] = {"aed": "AED, old gym"}
    load_sheets(all_site_ids()[0], "en", "Irene Castillo", 61, was)
