"""Names and frozen facts of notices."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True)
class PublicNotice:
    """A notice as everybody may read it.

    purpose: "emergency", "attendance", "routine" or "newsletter". texts: language → (title, short, text).
    sites: names; empty means the whole district. correction: "" or why and what was corrected. replaces: the notice it
    takes the place of. state: "current" or "ended". severity: "Extreme", "Severe", "Moderate" or "Minor".
    """

    id: UUID
    number: int
    purpose: str
    kind: str
    title: str
    short: str
    text: str
    language: str
    texts: dict[str, tuple[str, str, str]]
    sites: tuple[str, ...]
    sent_at: datetime
    changed_at: datetime
    correction: str
    replaces: UUID | None
    expires_at: datetime | None
    state: str
    is_banner: bool
    severity: str
    area: str
    contact: str
