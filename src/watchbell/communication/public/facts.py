"""Names and frozen facts of what everybody may read."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

TARGET_KINDS = {"here": "This machine", "folder": "Folder", "put": "Web server (HTTP PUT or WebDAV)"}
TARGET_STATES = {"new": "Not published yet", "ok": "Up to date", "waiting": "Being published", "failing": "Failing"}
TARGET_TONES = {"new": "info", "ok": "good", "waiting": "info", "failing": "bad"}
#: The gravest first.
SEVERITIES = ("Extreme", "Severe", "Moderate", "Minor")
#: Seconds between looks of a banner on a foreign page, and how long a copy of banner and status page may be kept.
POLL_SECONDS, FRESH_SECONDS, PAGE_SECONDS = 30, 5, 60
MOST_IN_FEED = 50
#: Notices whose pages are written anew when something changes; older ones stay as they are.
MOST_NOTICES = 1000
#: A page that changes for its readers at once: written after everything it links to.
LAST = ("index", "banner.json")
PERMISSION_SEE, PERMISSION_EDIT = "public.view", "public.manage"
MEDIA_COLUMNS = ("name", "newsroom", "email", "phone", "tags", "note")


@dataclass(frozen=True)
class PublicDistrict:
    """Whose page it is. code: short name in addresses. contact: what people may call or write to.

    same: SAME codes (six digits) of its county for CAP. languages: those the frame is shown in, the first by default.
    """

    name: str
    code: str
    timezone: str
    contact: str = ""
    same: tuple[str, ...] = ()
    languages: tuple[str, ...] = ("en", "es")


@dataclass(frozen=True)
class TargetFacts:
    """Where copies go. has: path → SHA-256 of what is there by our knowledge."""

    id: UUID
    name: str
    kind: str
    place: str
    token: str = ""
    has: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """What has to be written and taken away, in this order, so that a target holds a site."""

    put: tuple[str, ...]
    remove: tuple[str, ...]

    @property
    def count(self) -> int:
        return len(self.put) + len(self.remove)


@dataclass(frozen=True)
class MediaRow:
    """One line of a media list, read. line: its number in the file, from 2."""

    line: int
    name: str
    newsroom: str
    email: str
    phone: str
    tags: tuple[str, ...]
    note: str


@dataclass(frozen=True)
class Published:
    """How a publication ended."""

    at: datetime
    seconds: float
    count: int
    size: int
    because: str = ""
