"""News of announcements."""

import msgspec


class AnnouncementMade(msgspec.Struct, frozen=True):
    """An announcement goes out. Ids are UUID text."""

    announcement: str
    way: str
    mode: str
    title: str
    sites: list[str]
    by: str | None
    by_name: str
