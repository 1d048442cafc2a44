"""What is public, where it goes, and how it went."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from watchbell.communication.channels.facts import BodyText
from watchbell.communication.notices.facts import PublicNotice
from watchbell.communication.notices.queries import public_notices
from watchbell.communication.public.facts import MOST_NOTICES, PERMISSION_SEE, PublicDistrict, TargetFacts
from watchbell.communication.public.models import AlertMessage, MediaContact, Publication, PublicSite, PublishTarget
from watchbell.communication.public.rules import Site, build_signed, moments_of
from watchbell.communication.public.rules.media import write_release
from watchbell.communication.public.rules.notices import alert_path, is_alert, notice_path
from watchbell.kernel.districts import own_district
from watchbell.kernel.permissions import Actor, require
from watchbell.line import clock, config, signing
from watchbell.line.errors import NotFound

LANGUAGES = ("en", "es")


def settings_row() -> PublicSite:
    """The district's own words on its pages; an unsaved row where nothing has been said."""
    return PublicSite.objects.first() or PublicSite()


def district_facts() -> PublicDistrict:
    """Whose pages these are."""
    district, row = own_district(), settings_row()
    return PublicDistrict(
        district.name, district.code, district.timezone, row.contact, tuple(row.same),
        tuple(row.languages) or LANGUAGES,
    )  # fmt: skip


def base_url() -> str:
    """Where the public finds the site: as the district says, else this machine's copy."""
    return settings_row().base_url.rstrip("/") or f"{config.public_url()}/public/{own_district().code}"


def press_mail(notice: PublicNotice, what: str) -> BodyText:
    """What newsrooms are mailed of a notice. what: "sent", "corrected", "ended". Two queries."""
    base = base_url()
    alert = f"{base}/{alert_path(notice)}" if is_alert(notice) else ""
    return write_release(district_facts(), notice, what, f"{base}/{notice_path(notice)}", alert)


def earlier_alerts() -> dict[int, list[datetime]]:
    """By notice number, when its CAP messages were sent."""
    found: dict[int, list[datetime]] = {}
    for number, at in AlertMessage.objects.order_by("sent_at").values_list("number", "sent_at"):
        found.setdefault(number, []).append(at)
    return found


def site_now() -> Site:
    """What pages are made of, as of now."""
    return Site(district_facts(), base_url(), tuple(public_notices(MOST_NOTICES)), clock.now())


def build_files() -> dict[str, bytes]:
    """Every file of the acting district's site, signed, as of now."""
    site = site_now()
    return build_signed(
        site.district, site.base, site.notices, site.now, earlier_alerts(), signing.Signer().mark,
        signing.public_key(),
    )  # fmt: skip


def new_alerts(site: Site) -> list[tuple[int, datetime]]:
    """(number, moment) of CAP messages that have not been noted yet."""
    known = earlier_alerts()
    return [
        (notice.number, at)
        for notice in site.notices
        if is_alert(notice)
        for at in moments_of(site, notice, known)
        if at not in known.get(notice.number, [])
    ]


def target_facts(target_id: UUID) -> TargetFacts | None:
    """A target that is on; None when it is gone or off."""
    row = PublishTarget.objects.filter(id=target_id, is_on=True).first()
    return None if row is None else TargetFacts(row.id, row.name, row.kind, row.place, row.token, dict(row.has))


def target_ids(*, kinds: tuple[str, ...] = ()) -> list[UUID]:
    rows = PublishTarget.objects.filter(is_on=True)
    return list((rows.filter(kind__in=kinds) if kinds else rows).values_list("id", flat=True))


def targets_seen_by(actor: Actor) -> QuerySet[PublishTarget]:
    require(actor, PERMISSION_SEE)
    return PublishTarget.objects.defer("has", "token")


def target_seen_by(actor: Actor, target_id: UUID) -> PublishTarget:
    """Raises NotFound."""
    found = targets_seen_by(actor).filter(id=target_id).first()
    if found is None:
        raise NotFound("There is no such target.")
    return found


def publications_seen_by(actor: Actor, *, target: UUID | None = None, failed: bool = False) -> QuerySet[Publication]:
    """Newest first."""
    require(actor, PERMISSION_SEE)
    rows = Publication.objects.select_related("target").defer("target__has", "target__token")
    rows = rows.filter(target_id=target) if target else rows
    return rows.exclude(because="") if failed else rows


def media_seen_by(actor: Actor, *, search: str = "", tag: str = "") -> QuerySet[MediaContact]:
    require(actor, PERMISSION_SEE)
    rows = MediaContact.objects.all()
    search, tag = (one.replace("\0", "") for one in (search, tag))
    if search:
        wanted = search.strip()
        rows = rows.filter(
            Q(newsroom__icontains=wanted) | Q(name__icontains=wanted) | Q(email__icontains=wanted)
            | Q(phone__icontains=wanted)
        )  # fmt: skip
    return rows.filter(tags__contains=[tag]) if tag else rows


def media_contact(actor: Actor, contact_id: UUID) -> MediaContact:
    """Raises NotFound."""
    found = media_seen_by(actor).filter(id=contact_id).first()
    if found is None:
        raise NotFound("There is no such contact.")
    return found


def media_tags() -> list[str]:
    """Every tag in use, by the alphabet."""
    return sorted({tag for tags in MediaContact.objects.values_list("tags", flat=True) for tag in tags})


def media_addresses(tag: str = "") -> list[tuple[UUID, str, str, str]]:
    """(id, newsroom and name, e-mail, phone) of the media list, for whoever writes to all of it."""
    rows: Any = MediaContact.objects.all()
    rows = rows.filter(tags__contains=[tag]) if tag else rows
    return [(row.id, str(row), row.email, row.phone) for row in rows]
