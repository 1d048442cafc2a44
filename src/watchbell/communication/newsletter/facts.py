"""Names and frozen facts of the newsletter: blocks, states, what a digest counts."""

from dataclasses import dataclass, field, replace
from typing import Any

SEE, WRITE, APPROVE = "newsletter.view", "newsletter.write", "notices.approve"
PURPOSE = "newsletter"

SUBSCRIBER_STATES = {
    "pending": ("Not confirmed", "warn"), "active": ("Subscribed", "good"), "left": ("Left", "mute"),
    "bounced": ("Nothing arrives", "bad"),
}  # fmt: skip
ISSUE_STATES = {
    "draft": ("Draft", "mute"), "scheduled": ("Scheduled", "info"), "sending": ("Sending", "info"),
    "paused": ("Paused", "warn"), "sent": ("Sent", "good"), "stopped": ("Stopped", "bad"),
}  # fmt: skip
#: What everybody may read.
PUBLISHED = ("sending", "paused", "sent")
#: Kind of block → (name, icon).
BLOCKS = {
    "heading": ("Heading", "heading"), "paragraph": ("Paragraph", "align-left"), "list": ("List", "list"),
    "picture": ("Picture", "photo"), "button": ("Link button", "link"), "divider": ("Divider", "minus"),
}  # fmt: skip
MOST_TITLE, MOST_TEXT, MOST_BLOCKS, MOST_LINE = 120, 6000, 60, 300
MOST_TOPICS = 12
#: A confirmation link works for so long; who never confirms is forgotten after so long.
CONFIRM_DAYS, PENDING_DAYS = 3, 7
#: The same address is not written to again within this.
ASK_AGAIN_SECONDS = 600.0
ISSUE_HOURS = 72
MOST_DAYS_AHEAD = 366
MOST_PICTURE_BYTES = 3_000_000
MOST_PICTURE_PIXELS = 60_000_000
#: Twice the width of a mail, for sharp screens.
PICTURE_WIDTH = 1200


@dataclass(frozen=True)
class Block:
    """One piece of an issue. text: its words (a list: one item a line; a button: its label; a picture: its
    caption). picture: a SHA-256. alt: what the picture shows, for who does not see it. url: where a button leads.
    """

    id: str
    kind: str
    text: str = ""
    picture: str = ""
    alt: str = ""
    url: str = ""

    def changed(self, **words: str) -> "Block":
        return replace(self, **words)


@dataclass(frozen=True)
class Letter:
    """An issue in one language."""

    language: str
    title: str
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True)
class Places:
    """Addresses an issue's mail or page needs. page, archive, subscribe, wishes: "" leaves the link out."""

    pictures: str
    page: str = ""
    archive: str = ""
    subscribe: str = ""
    wishes: str = ""


@dataclass(frozen=True)
class Figures:
    """What a safety digest tells: nothing that helps who means harm. month: 1 to 12.

    drills: kind's name → how many. sent: purpose's name → how many messages. watched: devices that report by
    themselves.
    """

    year: int
    month: int
    drills: dict[str, int] = field(default_factory=dict)
    schools_with_drill: int = 0
    schools: int = 0
    sent: dict[str, int] = field(default_factory=dict)
    watched: int = 0


@dataclass(frozen=True)
class Cleaned:
    """A picture that was read and written anew: nothing of what a camera notes is left."""

    media_type: str
    content: bytes
    width: int
    height: int
    detail: dict[str, Any] = field(default_factory=dict)
