"""What of notices is current, in which language each can be read, and where its pages lie."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from watchbell.communication.notices.facts import PublicNotice
from watchbell.communication.public.facts import SEVERITIES, PublicDistrict


@dataclass(frozen=True)
class Site:
    """Everything pages are made of. base: where the site will lie, with no slash at its end."""

    district: PublicDistrict
    base: str
    notices: tuple[PublicNotice, ...]
    now: datetime

    @property
    def languages(self) -> tuple[str, ...]:
        """Those of the frame, then those of notices."""
        known = dict.fromkeys(self.district.languages or ("en",))
        known |= dict.fromkeys(sorted({one for notice in self.notices for one in languages_of(notice)}))
        return tuple(known)

    @property
    def default(self) -> str:
        return self.languages[0]

    @property
    def changed_at(self) -> datetime | None:
        """The last change, as far as it has come: an end by itself counts as one."""
        moments = [one.changed_at for one in self.notices]
        moments += [one.expires_at for one in self.notices if one.expires_at and one.expires_at <= self.now]
        return max(moments, default=None)

    def current(self) -> list[PublicNotice]:
        """The gravest first, then the newest."""
        return sorted((one for one in self.notices if not is_over(one, self.now)), key=_weight)

    def ended(self) -> list[PublicNotice]:
        """The newest first."""
        return newest_first(one for one in self.notices if is_over(one, self.now))

    def banners(self) -> list[PublicNotice]:
        return [one for one in self.current() if one.is_banner]

    def by_id(self) -> dict[UUID, PublicNotice]:
        return {one.id: one for one in self.notices}

    def heir_of(self, notice: PublicNotice) -> PublicNotice | None:
        """The notice that has taken this one's place."""
        return next((one for one in newest_first(self.notices) if one.replaces == notice.id), None)


def is_over(notice: PublicNotice, now: datetime) -> bool:
    return notice.state == "ended" or (notice.expires_at is not None and notice.expires_at <= now)


def was_ended(notice: PublicNotice, now: datetime) -> bool:
    """Whether a person ended it; what has only expired needs no taking back."""
    has_expired = notice.expires_at is not None and notice.expires_at <= now and notice.changed_at < notice.expires_at
    return notice.state == "ended" and not has_expired


def newest_first(notices: Iterable[PublicNotice]) -> list[PublicNotice]:
    return sorted(notices, key=lambda one: (one.sent_at, one.number), reverse=True)


def _weight(notice: PublicNotice) -> tuple[bool, int, float, int]:
    grave = SEVERITIES.index(notice.severity) if notice.severity in SEVERITIES else len(SEVERITIES)
    return notice.purpose != "emergency", grave, -notice.sent_at.timestamp(), -notice.number


def state_of(notices: Sequence[PublicNotice]) -> str:
    """What current notices come to: "emergency", "notices" or "none"."""
    if any(one.purpose == "emergency" for one in notices):
        return "emergency"
    return "notices" if notices else "none"


def languages_of(notice: PublicNotice) -> tuple[str, ...]:
    """Those it can be read in, its own first."""
    return tuple(dict.fromkeys([notice.language, *sorted(notice.texts)]))


def texts_of(notice: PublicNotice, language: str) -> tuple[str, str, str, str]:
    """(title, short, text, the language these are in): in `language` if there, else in the notice's own."""
    found = notice.texts.get(language)
    if found is not None and any(found):
        return (*found, language)
    own = notice.texts.get(notice.language)
    return (*own, notice.language) if own else (notice.title, notice.short, notice.text, notice.language)


def is_alert(notice: PublicNotice) -> bool:
    """Whether newsrooms and counties get it as a CAP message: what is no everyday news."""
    return notice.purpose == "emergency" or notice.severity in ("Extreme", "Severe")


def index_path(site: Site, language: str) -> str:
    return "index.html" if language == site.default else f"index.{_plain(language)}.html"


def _plain(language: str) -> str:
    return re.sub(r"[^A-Za-z0-9-]", "", language)[:20] or "und"


def notice_path(notice: PublicNotice, language: str = "") -> str:
    """The stable address of a notice, and of its page in one language."""
    return f"notices/{notice.number}.{_plain(language)}.html" if language else f"notices/{notice.number}.html"


def alert_path(notice: PublicNotice) -> str:
    return f"alerts/{notice.number}.xml"
