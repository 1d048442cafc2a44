"""Who subscribes, what is written, what everybody may read, what a digest counts."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db.models import Count, Q, QuerySet

from watchbell.communication.channels import queries as channels
from watchbell.communication.channels.facts import PURPOSES
from watchbell.communication.newsletter.facts import (
    CONFIRM_DAYS,
    PUBLISHED,
    PURPOSE,
    SEE,
    SUBSCRIBER_STATES,
    Figures,
    Letter,
    Places,
)
from watchbell.communication.newsletter.models import Issue, IssueText, Picture, Subscriber, Topic
from watchbell.communication.newsletter.rules.blocks import read_blocks
from watchbell.district.equipment.queries import state_counts
from watchbell.kernel.districts import own_district
from watchbell.kernel.models import District
from watchbell.kernel.permissions import Actor, may, require
from watchbell.line.clock import now
from watchbell.line.errors import NotFound
from watchbell.prevention.drills.facts import DRILL_KINDS
from watchbell.prevention.drills.queries import drills_seen_by, schools_seen_by

NO_LINK = "This link is not valid any more. Subscribe again to get a new one."


def district_of_code(code: str) -> District:
    """Whose newsletter it is. Raises NotFound."""
    found = District.objects.filter(code=code[:40]).first()
    if found is None:
        raise NotFound("There is no newsletter at this address.")
    return found


# -- links ------------------------------------------------------------------------------------------------------------


def _signer() -> Signer:
    return Signer(sep=".", salt="newsletter.confirm")


def confirm_token(subscriber: Subscriber, moment: datetime) -> str:
    """What a confirmation mail's link ends with: whose it is and until when, signed."""
    until = int((moment + timedelta(days=CONFIRM_DAYS)).timestamp())
    return _signer().sign(f"{subscriber.pk.hex}-{until:x}")


def subscriber_of_confirmation(token: str) -> Subscriber:
    """Raises NotFound for what we have not signed, or too long ago."""
    try:
        ident, _, until = _signer().unsign(token).partition("-")
        is_late, pk = int(until, 16) < now().timestamp(), UUID(ident)
    except (BadSignature, ValueError):
        raise NotFound(NO_LINK) from None
    row = None if is_late else Subscriber.objects.filter(pk=pk).first()
    if row is None:
        raise NotFound(NO_LINK)
    return row


def subscriber_of_token(token: str) -> Subscriber:
    """Whose own page it is. Raises NotFound."""
    row = Subscriber.objects.filter(token=token[:32]).first() if len(token) > 8 else None
    if row is None:
        raise NotFound(NO_LINK)
    return row


def places_of(district: District, issue: Issue | None = None, language: str = "") -> Places:
    """Addresses of the district's newsletter, whole. wishes: with the gap that is each recipient's own."""
    base = f"{settings.PUBLIC_URL}/newsletter/{district.code}"
    page = f"{base}/{issue.number}?language={language}" if issue is not None else ""
    return Places(f"{base}/picture/", page, f"{base}/archive", base, f"{base}/wishes/{{{{news}}}}")


# -- subscribers ------------------------------------------------------------------------------------------------------


def topics(*, is_open: bool = False) -> list[Topic]:
    rows = Topic.objects.all()
    return list(rows.filter(is_open=True) if is_open else rows)


def subscribers_seen_by(actor: Actor, *, search: str = "", state: str = "", topic: str = "") -> QuerySet[Subscriber]:
    """The list, the newest first."""
    require(actor, SEE)
    rows = Subscriber.objects.order_by("-asked_at", "-id")
    rows = rows.filter(state=state) if state else rows
    rows = rows.filter(Q(topics__contains=[topic]) | Q(topics=[])) if topic else rows
    for word in search.replace("\0", "").split()[:3]:
        rows = rows.filter(address__icontains=word)
    return rows


def subscriber_seen_by(actor: Actor, subscriber_id: UUID) -> Subscriber:
    require(actor, SEE)
    row = Subscriber.objects.filter(pk=subscriber_id).first()
    if row is None:
        raise NotFound("There is no such subscriber, or they have been forgotten.")
    return row


def count_states() -> dict[str, int]:
    return dict(Subscriber.objects.values_list("state").annotate(n=Count("id")).order_by())


def readers_of(issue: Issue) -> QuerySet[Subscriber]:
    """Who gets this issue: confirmed, and of one of its topics."""
    rows = Subscriber.objects.filter(state="active").order_by("id")
    wanted = list(issue.topics or [])
    if not wanted:
        return rows
    asked = Q(topics=[])
    for topic in wanted:
        asked |= Q(topics__contains=[topic])
    return rows.filter(asked)


def bad_addresses_of(rows: Iterable[Subscriber]) -> set[str]:
    """Where nothing arrives, by a carrier's word. One query."""
    return {address for _, address in channels.bad_of([("email", one.address) for one in rows])}


def count_readers() -> dict[str, Any]:
    """{"states": {state: how many}, "topics": [{"id", "name", "is_open", "active"}]}: who chose no topic gets each."""
    chosen = Subscriber.objects.filter(state="active").values_list("topics").annotate(n=Count("id")).order_by()
    groups = [(set(wanted or ()), count) for wanted, count in chosen]
    listed = [
        {"id": str(one.pk), "name": one.name, "is_open": one.is_open,
         "active": sum(count for wanted, count in groups if not wanted or str(one.pk) in wanted)}
        for one in topics()
    ]  # fmt: skip
    return {"states": dict.fromkeys(SUBSCRIBER_STATES, 0) | count_states(), "topics": listed}


# -- issues -----------------------------------------------------------------------------------------------------------


def issues_seen_by(actor: Actor, *, search: str = "", state: str = "") -> QuerySet[Issue]:
    require(actor, SEE)
    rows = Issue.objects.order_by("-number")
    rows = rows.filter(state=state) if state else rows
    words = search.replace("\0", "").strip()
    return rows.filter(title__icontains=words) if words else rows


def issue_seen_by(actor: Actor, issue_id: UUID) -> Issue:
    require(actor, SEE)
    return one_issue(issue_id)


def one_issue(issue_id: UUID | str) -> Issue:
    row = Issue.objects.filter(pk=issue_id).first()
    if row is None:
        raise NotFound("There is no such issue, or you may not see it.")
    return row


def issue_as_dict(row: Issue) -> dict[str, Any]:
    """As its writers see it, without its words."""
    return {
        "id": str(row.pk), "number": row.number, "title": row.title, "language": row.language, "state": row.state,
        "topics": list(row.topics or []), "is_digest": row.is_digest, "made_by": row.made_name, "made_at": row.made_at,
        "changed_at": row.changed_at, "sent_by": row.approved_name, "send_at": row.send_at, "sent_at": row.sent_at,
    }  # fmt: skip


def published_as_dict(row: Issue, base: str) -> dict[str, Any]:
    """As everybody sees it, without its words. base: the newsletter's address. Reads `texts`, fetched before."""
    return {
        "number": row.number, "sent_at": row.sent_at, "url": f"{base}/{row.number}", "language": row.language,
        "titles": {one.language: one.title for one in row.texts.all()},
    }  # fmt: skip


def texts_of(issue: Issue) -> list[IssueText]:
    """Its languages, the first written first."""
    return list(IssueText.objects.filter(issue=issue).order_by("id"))


def letter_of(text: IssueText) -> Letter:
    return Letter(text.language, text.title, read_blocks(text.blocks))


def letters_of(issue: Issue) -> list[Letter]:
    return [letter_of(one) for one in texts_of(issue)]


def about_of(issue: Issue) -> str:
    return f"newsletter:{issue.pk}"


def mailing_of(issue: Issue) -> Any:
    """What channels know of its sending, or None."""
    return channels.mailing_about(about_of(issue))


def issue_of_mailing(about: str) -> Issue | None:
    name, _, ident = about.partition(":")
    try:
        return Issue.objects.filter(pk=UUID(ident)).first() if name == "newsletter" else None
    except ValueError:
        return None


def archive() -> QuerySet[Issue]:
    """What everybody may read, the newest first."""
    return Issue.objects.filter(state__in=PUBLISHED, sent_at__isnull=False).order_by("-number")


def published_issue(number: int) -> Issue:
    row = archive().filter(number=number).first() if 0 < number < 2**31 else None
    if row is None:
        raise NotFound("There is no such issue in the archive.")
    return row


def picture_by_digest(digest: str) -> Picture | None:
    return Picture.objects.filter(digest=digest[:64]).first()


def digests_of(issue: Issue) -> set[str]:
    return set(Picture.objects.filter(issue=issue).values_list("digest", flat=True))


# -- the safety digest ------------------------------------------------------------------------------------------------


def month_of(moment: datetime, zone: str) -> tuple[date, date]:
    """The first and the last day of the month it is at a place."""
    first = moment.astimezone(ZoneInfo(zone)).date().replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def digest_figures(actor: Actor) -> Figures:
    """What this month's digest tells, from what `actor` may see; no place, no name, no fault."""
    district = own_district()
    first, last = month_of(now(), district.timezone)
    drills: dict[str, int] = {}
    seen: set[Any] = set()
    if may(actor, "drills.view"):
        for kind, site in drills_seen_by(actor).filter(on__range=(first, last)).values_list("kind", "site_id"):
            name = DRILL_KINDS.get(kind, kind)
            drills[name] = drills.get(name, 0) + 1
            seen.add(site)
    schools = schools_seen_by(actor) if may(actor, "drills.view") else []
    since = datetime(first.year, first.month, 1, tzinfo=ZoneInfo(district.timezone))
    counts = channels.sent_by_purpose(since)
    watched = (
        sum(one.trouble + one.silent + one.online for one in state_counts(actor)) if may(actor, "equipment.view") else 0
    )
    return Figures(
        first.year, first.month, drills, len(seen & {one.id for one in schools}), len(schools),
        {PURPOSES[key][0]: counts[key] for key in PURPOSES if counts.get(key) and key != PURPOSE}, watched,
    )  # fmt: skip


def to_json(letter: Letter) -> list[dict[str, str]]:
    """Blocks as they are kept."""
    return [msgspec.to_builtins(one) for one in letter.blocks]
