"""How notices become a site of plain files: the same notices give the same bytes. Pure."""

from collections.abc import Sequence
from datetime import datetime

from watchbell.communication.notices.facts import PublicNotice
from watchbell.communication.public.facts import PublicDistrict
from watchbell.communication.public.rules.alerts import Earlier, build_alerts, make_alert, moments_of
from watchbell.communication.public.rules.banner import build_banner, cache_control
from watchbell.communication.public.rules.feeds import build_feeds
from watchbell.communication.public.rules.media import clean_phone, find_fault, read_media, split_tags
from watchbell.communication.public.rules.notices import Site, is_alert, is_over, newest_first, notice_path, state_of
from watchbell.communication.public.rules.pages import build_pages
from watchbell.communication.public.rules.plans import digests_of, plan_changes
from watchbell.communication.public.rules.signing import Mark, build_pem, digest_of, say_signed, sign_site

__all__ = [
    "Earlier", "Mark", "Site", "build_pem", "build_signed", "build_site", "cache_control", "clean_phone", "digest_of",
    "digests_of", "find_fault", "is_alert", "is_over", "make_alert", "moments_of", "newest_first", "notice_path",
    "plan_changes", "read_media", "say_signed", "sign_site", "split_tags", "state_of",
]  # fmt: skip


def build_site(
    district: PublicDistrict, base_url: str, notices: Sequence[PublicNotice], now: datetime,
    earlier: Earlier | None = None,
) -> dict[str, bytes]:  # fmt: skip
    """Every file by its path. base_url: where the site will lie. earlier: see rules.alerts.

    `now` decides only what has expired: nothing else of the moment is in a file.
    """
    site = Site(district, base_url.rstrip("/"), tuple(sorted(notices, key=lambda one: one.number)), now)
    return build_pages(site) | build_feeds(site) | build_alerts(site, earlier or {}) | build_banner(site)


def build_signed(
    district: PublicDistrict, base_url: str, notices: Sequence[PublicNotice], now: datetime, earlier: Earlier,
    mark: Mark, key: bytes,
) -> dict[str, bytes]:  # fmt: skip
    """`build_site`, signed."""
    site = Site(district, base_url.rstrip("/"), tuple(notices), now)
    changed = site.changed_at.isoformat() if site.changed_at else ""
    return sign_site(build_site(district, base_url, notices, now, earlier), mark, key, changed)
