"""One open stream and whose it is: which alerts its claims let it hear, where it may answer. No Django, no database."""

import asyncio
from typing import Any

from watchbell.district.accounts.facts import HEARS

MOST_BEHIND = 200
ANSWERS = "alerts.answer"


def holds(claims: dict[str, Any], right: str, site: str) -> bool:
    """Whether claims give `right` at a site: {"rights": {right: sites, None for all}}; what is not named is not."""
    rights = claims.get("rights") or {}
    return right in rights and (rights[right] is None or site in rights[right])


class Client:
    """One open stream. A client that falls too far behind is cut, and asks again when it reconnects."""

    __slots__ = ("claims", "queue", "topics")

    def __init__(self, claims: dict[str, Any], topics: frozenset[str]) -> None:
        self.claims = claims
        self.topics = topics
        self.queue: asyncio.Queue[bytes | None] = asyncio.Queue(MOST_BEHIND)

    def tell(self, event: bytes | None) -> None:
        try:
            self.queue.put_nowait(event)
        except asyncio.QueueFull:
            while not self.queue.empty():
                self.queue.get_nowait()
            self.queue.put_nowait(None)

    def sees_site(self, site: str) -> bool:
        """Whether alarms of a site are for this stream at all: a display's by its site, a person's by their rights."""
        if self.claims.get("is_display"):
            sites = self.claims.get("sites")
            return sites is None or site in sites
        return any(holds(self.claims, right, site) for right in HEARS)

    def is_meant(self, alert: dict[str, Any]) -> bool:
        """Whether an alert of this district is for this person: of a site where they hear of alarms, and for one of
        the roles they hold there or for them."""
        audience = alert.get("audience") or {}
        user = str(self.claims.get("user"))
        if user in audience.get("not", ()) or not self.sees_site(alert["site"]):
            return False
        if not audience or user in audience.get("users", ()):
            return True
        return any(
            role in audience.get("roles", ()) and (sites is None or alert["site"] in sites)
            for role, sites in self.claims.get("roles") or ()
        )

    def heard_at(self) -> tuple[str, ...] | None:
        """The sites whose alarms this stream hears, in order; None for every site of the district."""
        if self.claims.get("is_display"):
            found = [self.claims.get("sites")]
        else:
            rights = self.claims.get("rights") or {}
            found = [rights[right] for right in HEARS if right in rights]
        return None if None in found else tuple(sorted({site for sites in found for site in sites or ()}))
