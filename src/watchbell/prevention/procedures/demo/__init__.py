"""The demo district's cards: nine kinds, three roles, two languages; written by one person, approved by another."""

from datetime import timedelta
from typing import Any

from watchbell.line import clock
from watchbell.prevention.procedures.actions import load_cards
from watchbell.prevention.procedures.demo.english import CARDS as ENGLISH
from watchbell.prevention.procedures.demo.spanish import CARDS as SPANISH

WRITER, APPROVER = "Dana Whitfield", "Marcus Bell"
DAYS = 240


def load(district: Any, base_port: int = 0) -> None:
    """Writes the approved cards of the demo district."""
    ends = clock.now().date() + timedelta(days=DAYS)
    load_cards(
        {"kind": kind, "role": role, "language": language, "title": title, "steps": list(steps), "expires_on": ends,
         "written_by": WRITER, "approved_by": APPROVER}
        for language, cards in (("en", ENGLISH), ("es", SPANISH))
        for (kind, role), (title, steps) in cards.items()
    )  # fmt: skip
