"""Grave notices as CAP 1.2: an Alert, an Update when corrected or in another's place, a Cancel when ended."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from watchbell.communication.notices.facts import PublicNotice
from watchbell.communication.public.facts import SEVERITIES
from watchbell.communication.public.rules.notices import (
    Site,
    alert_path,
    is_alert,
    languages_of,
    notice_path,
    texts_of,
    was_ended,
)
from watchbell.line.cap import Alert, Area, Info, build_alert, say_moment

CATEGORIES = {"weather": "Met", "tornado": "Met", "fire": "Fire", "medical": "Health", "hazmat": "CBRNE",
              "bus": "Transport", "lockdown": "Security", "secure": "Security", "hold": "Security",
              "evacuate": "Safety", "shelter": "Safety"}  # fmt: skip
RESPONSES = {"lockdown": "Avoid", "secure": "Avoid", "evacuate": "Avoid", "shelter": "Shelter", "tornado": "Shelter"}
REGIONS = {"en": "en-US", "es": "es-US"}
#: By notice number, when each message of it was sent that went out before, the oldest first.
Earlier = Mapping[int, Sequence[datetime]]


def build_alerts(site: Site, earlier: Earlier) -> dict[str, bytes]:
    """alerts/<number>.xml: of each grave notice its newest message."""
    return {alert_path(one): build_alert(make_alert(site, one, earlier)) for one in site.notices if is_alert(one)}


def sender_of(site: Site) -> str:
    """Who speaks: unique, and without the characters CAP does not allow there."""
    host = site.base.partition("://")[2].partition("/")[0].partition(":")[0] or "localhost"
    return f"{site.district.code}@{host}"


def moments_of(site: Site, notice: PublicNotice, earlier: Earlier) -> list[datetime]:
    """When its messages were sent, the newest last: what went out before, the first, and what stands now."""
    now = notice.changed_at if notice.correction or was_ended(notice, site.now) else notice.sent_at
    known = {notice.sent_at, *earlier.get(notice.number, ()), now}
    return sorted(one for one in known if one <= now)


def name_message(site: Site, notice: PublicNotice, at: datetime) -> str:
    return f"{site.district.code}-{notice.number}-{int(at.timestamp())}"


def _say_here(site: Site, at: datetime) -> str:
    return say_moment(at.astimezone(ZoneInfo(site.district.timezone)))


def make_alert(site: Site, notice: PublicNotice, earlier: Earlier) -> Alert:
    """The newest message on a notice. A Cancel and an Update name all earlier ones."""
    say = partial(_say_here, site)
    moments = moments_of(site, notice, earlier)
    references = [(sender_of(site), name_message(site, notice, at), say(at)) for at in moments[:-1]]
    before = site.by_id().get(notice.replaces) if notice.replaces else None
    if before is not None and is_alert(before):
        last = moments_of(site, before, earlier)[-1]
        references.insert(0, (sender_of(site), name_message(site, before, last), say(last)))
    kind = "Cancel" if was_ended(notice, site.now) else "Update" if references else "Alert"
    if kind == "Cancel" and not references:  # over in the very second it was sent
        references = [(sender_of(site), name_message(site, notice, notice.sent_at), say(notice.sent_at))]
    return Alert(
        identifier=name_message(site, notice, moments[-1]), sender=sender_of(site), sent=say(moments[-1]),
        status="Actual", message_type=kind, scope="Public", source=site.district.name,
        note=(notice.ended_because if kind == "Cancel" else "") or notice.correction,
        references=list(dict.fromkeys(references)),
        infos=[_info(site, notice, one) for one in languages_of(notice)],
    )  # fmt: skip


def _info(site: Site, notice: PublicNotice, language: str) -> Info:
    title, short, text, _ = texts_of(notice, language)
    is_ended = was_ended(notice, site.now)
    response = "AllClear" if is_ended else RESPONSES.get(notice.kind, "Monitor")
    return Info(
        language=REGIONS.get(language, language), categories=[CATEGORIES.get(notice.kind, "Safety")],
        event=(notice.kind.replace("_", " ").capitalize() or title)[:200], responses=[response],
        urgency="Past" if is_ended else "Immediate" if notice.purpose == "emergency" else "Expected",
        severity=notice.severity if notice.severity in SEVERITIES else "Unknown",
        certainty="Observed" if notice.purpose == "emergency" else "Likely",
        effective=_say_here(site, notice.sent_at),
        expires=_say_here(site, notice.expires_at) if notice.expires_at else "",
        sender_name=site.district.name, headline=title[:160], description=text or short, instruction=short,
        web=f"{site.base}/{notice_path(notice, language)}", contact=notice.contact or site.district.contact,
        areas=[_area(site, notice)],
    )  # fmt: skip


def _area(site: Site, notice: PublicNotice) -> Area:
    where = notice.area or ", ".join(notice.sites) or site.district.name
    return Area(description=where, geocodes=[("SAME", code) for code in site.district.same])
