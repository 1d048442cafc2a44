"""The Atom feed of all notices, and the one of CAP alerts (RFC 4287)."""

from datetime import datetime
from typing import Any

from feedgen.feed import FeedGenerator

from watchbell.communication.notices.facts import PublicNotice
from watchbell.communication.public.facts import MOST_IN_FEED
from watchbell.communication.public.rules.notices import (
    Site,
    alert_path,
    is_alert,
    is_over,
    newest_first,
    notice_path,
    texts_of,
    was_ended,
)
from watchbell.line.cap import clean

BEGINNING = datetime.fromisoformat("2000-01-01T00:00:00+00:00")


def build_feeds(site: Site) -> dict[str, bytes]:
    """feed.atom and alerts/index.atom, the newest first."""
    listed = newest_first(site.notices)
    alerts = [one for one in listed if is_alert(one)]
    return {
        "feed.atom": _feed(site, "feed.atom", site.district.name, listed[:MOST_IN_FEED], is_cap=False),
        "alerts/index.atom": _feed(
            site, "alerts/index.atom", f"{site.district.name}: CAP", alerts[:MOST_IN_FEED], is_cap=True
        ),
    }


def moment_of(site: Site, notice: PublicNotice) -> datetime:
    """When it last changed; an end that came by itself is a change too."""
    if notice.expires_at and is_over(notice, site.now) and not was_ended(notice, site.now):
        return max(notice.changed_at, notice.expires_at)
    return notice.changed_at


def _feed(site: Site, path: str, title: str, listed: list[PublicNotice], *, is_cap: bool) -> bytes:
    feed: Any = FeedGenerator()
    feed.generator("Watchbell")
    feed.id(f"{site.base}/{path}")
    feed.title(clean(title))
    feed.link(href=f"{site.base}/{path}", rel="self", type="application/atom+xml")
    feed.link(href=f"{site.base}/", rel="alternate", type="text/html")
    feed.author(name=clean(site.district.name))
    feed.language(site.default)
    feed.updated(max((moment_of(site, one) for one in listed), default=BEGINNING))
    for notice in listed:
        _enter(feed, site, notice, is_cap=is_cap)
    return bytes(feed.atom_str(pretty=True))


def _enter(feed: Any, site: Site, notice: PublicNotice, *, is_cap: bool) -> None:
    title, short, text, _ = texts_of(notice, notice.language)
    entry = feed.add_entry(order="append")
    entry.id(f"urn:uuid:{notice.id}")
    words = ("Ended: " if is_over(notice, site.now) else "") + ("Corrected: " if notice.correction else "")
    entry.title(clean(words + title) or "Notice")
    entry.updated(moment_of(site, notice))
    entry.published(notice.sent_at)
    entry.summary(clean(short or text))
    entry.category(term=notice.purpose)
    if is_cap:
        entry.link(href=f"{site.base}/{alert_path(notice)}", rel="alternate", type="application/cap+xml")
    else:
        entry.link(href=f"{site.base}/{notice_path(notice)}", rel="alternate", type="text/html")
        told = [notice.ended_because, notice.correction, text or short]
        entry.content(clean("\n\n".join(filter(None, told))), type="text")
