"""Notices as their readers see them; audiences counted; what the public sees; threads and answers."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.db.models import Q, QuerySet

from watchbell.communication.channels.facts import HOPELESS
from watchbell.communication.channels.queries import (
    addresses_now,
    bad_of,
    corrections_of,
    deliveries_of,
    mailings_about,
)
from watchbell.communication.notices.facts import (
    LANGUAGES,
    LETTER_NAME,
    OUT,
    SEE,
    SEVERITIES,
    Audience,
    Draft,
    PublicNotice,
    Text,
)
from watchbell.communication.notices.models import Notice, NoticeText, Template, Thread
from watchbell.communication.notices.rules import open_words
from watchbell.district.people.queries import people_by_id, schools_of_guardians, schools_of_students
from watchbell.district.sites.facts import read_id
from watchbell.district.sites.queries import all_site_facts
from watchbell.kernel.permissions import Actor, may, require
from watchbell.line.clock import now
from watchbell.line.errors import NotFound


def _within(actor: Actor) -> Q:
    """Who sees only some schools sees what is of these, or of the whole district."""
    if actor.sites is None:
        return Q()
    mine = Q(sites=[])
    for site in actor.sites:
        mine |= Q(sites__contains=[str(site)])
    return mine


def notices_seen_by(
    actor: Actor, *, search: str = "", state: str = "", purpose: str = "", site: str = ""
) -> QuerySet[Notice]:
    """The newest first."""
    require(actor, SEE)
    rows = Notice.objects.filter(_within(actor)).order_by("-made_at", "-number")
    rows = rows.filter(state=state) if state else rows
    rows = rows.filter(purpose=purpose) if purpose else rows
    rows = rows.filter(Q(sites__contains=[site]) | Q(sites=[])) if site else rows
    for word in search.replace("\0", "").split()[:4]:
        rows = rows.filter(Q(title__icontains=word) | Q(texts__short__icontains=word)).distinct()
    return rows


def corrections_waiting(actor: Actor) -> list[Notice]:
    """Corrected, and not told to everybody yet, because a second person has to confirm that; the oldest first."""
    require(actor, SEE)
    return list(Notice.objects.filter(_within(actor)).exclude(retell={}).exclude(state="ended").order_by("changed_at"))


def notice_seen_by(actor: Actor, notice_id: UUID) -> Notice:
    """One notice. Raises NotFound."""
    row = notices_seen_by(actor).select_related("incident").filter(pk=notice_id).first()
    if row is None:
        raise NotFound("There is no such notice, or you may not see it.")
    return row


def may_follow_notice(actor: Actor, notice: str) -> bool:
    """Whether a person may hear live of a notice, named by its id."""
    found = read_id(notice)
    return may(actor, SEE) and found is not None and Notice.objects.filter(_within(actor), pk=found).exists()


def notice_as_dict(row: Notice) -> dict[str, Any]:
    return {
        "id": str(row.pk), "number": row.number, "title": row.title, "purpose": row.purpose, "mode": row.mode,
        "state": row.state, "audience": row.audience, "spelled": row.spelled, "channels": row.channels,
        "is_banner": row.is_banner, "is_public": row.is_public, "tell_media": row.tell_media,
        "skips_digest": row.skips_digest,
        "incident": str(row.incident_id or "") or None,
        "second_because": row.second_because, "made_by": row.made_name, "sent_by": row.approved_name,
        "send_at": row.send_at, "sent_at": row.sent_at, "expires_at": row.expires_at, "correction": row.correction,
    }  # fmt: skip


def texts_of(notice: Notice, version: int | None = None) -> list[Text]:
    """A notice's texts as they count now (or of a version), the first language first."""
    rows = list(NoticeText.objects.filter(notice=notice).order_by("position", "language"))
    newest = max((row.version for row in rows), default=0) if version is None else version
    return [_read_text(row) for row in rows if row.version == newest]


def _read_text(row: NoticeText) -> Text:
    return Text(row.language, row.title, row.short, row.text, row.spoken, row.sound, tuple(row.options))


def versions_of(notice: Notice) -> list[tuple[int, list[Text]]]:
    """(version, its texts), the newest first. One query."""
    found: dict[int, list[Text]] = {}
    for row in NoticeText.objects.filter(notice=notice).order_by("position", "language"):
        found.setdefault(row.version, []).append(_read_text(row))
    return [(version, found.get(version, [])) for version in range(max(found, default=0), -1, -1)]


def read_audience(words: dict[str, Any]) -> Audience:
    return msgspec.convert(words, Audience)


def draft_of(notice: Notice) -> Draft:
    """A kept notice as it was written."""
    return Draft(
        purpose=notice.purpose, texts=tuple(texts_of(notice)), audience=read_audience(notice.audience),
        channels=tuple(notice.channels), mode=notice.mode, is_banner=notice.is_banner, is_public=notice.is_public,
        posts=tuple(notice.posts), options=tuple(notice.options), desk=notice.desk, send_at=notice.send_at,
        expires_at=notice.expires_at, incident=notice.incident_id, at_once=notice.at_once,
        tell_media=notice.tell_media, skips_digest=notice.skips_digest,
    )  # fmt: skip


def draft_confirmed(notice: Notice) -> Draft:
    """As `draft_of`, with the words that messages say: not those of a correction whose writer sends nothing alone."""
    draft = draft_of(notice)
    version = notice.retell.get("confirmed")
    return draft if version is None else replace(draft, texts=tuple(texts_of(notice, version)))


# -- templates --------------------------------------------------------------------------------------------------------


def templates_seen_by(actor: Actor, *, kind: str | None = None, only_approved: bool = False) -> list[Template]:
    """kind: those that fit an incident of this kind, its own first; who is absent is no part of one."""
    require(actor, SEE)
    rows = Template.objects.filter(is_retired=False)
    rows = rows.filter(approved_at__isnull=False) if only_approved else rows
    rows = (
        rows.filter(kind__in=(kind, "")).exclude(Q(purpose="attendance") | Q(name=LETTER_NAME))
        if kind is not None
        else rows
    )
    return list(rows.order_by("-kind", "name"))


def count_unapproved() -> int:
    """Templates that nobody has approved as they stand now."""
    return Template.objects.filter(is_retired=False, approved_at=None).count()


def one_template(template_id: UUID, *, only_approved: bool = False) -> Template:
    """One template. Raises NotFound; only_approved: also for one that nobody has approved, or that is retired."""
    row = Template.objects.filter(pk=template_id).first()
    if row is None or (only_approved and (row.approved_at is None or row.is_retired)):
        raise NotFound("There is no such template." if row is None else "Nobody has approved this template yet.")
    return row


def texts_of_template(template: Template) -> list[Text]:
    return [msgspec.convert(one, Text) for one in template.texts]


# -- the public -----------------------------------------------------------------------------------------------------


#: What everybody may see.
PUBLIC = Q(is_public=True) | Q(is_banner=True), Q(mode="real", state__in=OUT, sent_at__isnull=False)


def public_notices(most: int = 200) -> list[PublicNotice]:
    """What everybody may see, real ones only, the newest first. Three queries."""
    rows = list(Notice.objects.filter(*PUBLIC).order_by("-sent_at")[:most])
    sites = {str(one.id): one for one in all_site_facts()}
    texts: dict[UUID, dict[int, list[NoticeText]]] = {}
    for one in NoticeText.objects.filter(notice__in=rows).order_by("position", "language"):
        texts.setdefault(one.notice_id, {}).setdefault(one.version, []).append(one)
    return [_public(row, texts.get(row.pk, {}), sites) for row in rows if texts.get(row.pk)]


def public_notice(notice_id: UUID) -> PublicNotice | None:
    """One notice everybody may see; None when it is not one, or a drill's. One query, two where it names schools."""
    texts: dict[int, list[NoticeText]] = {}
    shown = Notice.objects.filter(*PUBLIC, pk=notice_id)
    rows = NoticeText.objects.filter(notice__in=shown).select_related("notice").order_by("position", "language")
    for one in rows:
        texts.setdefault(one.version, []).append(one)
    if not texts:
        return None
    row = next(iter(texts.values()))[0].notice
    return _public(row, texts, {str(one.id): one for one in all_site_facts()} if row.sites else {})


def _public(row: Notice, versions: dict[int, list[NoticeText]], sites: dict[str, Any]) -> PublicNotice:
    newest = versions[max(versions)]
    first = newest[0]
    is_over = row.state == "ended" or bool(row.expires_at and row.expires_at <= now())
    named = tuple(sites[one].name for one in row.sites if one in sites)
    return PublicNotice(
        id=row.pk, number=row.number, purpose=row.purpose, kind="", title=open_words(first.title),
        short=open_words(first.short),
        text=open_words(first.text), language=first.language,
        texts={one.language: (open_words(one.title), open_words(one.short), open_words(one.text)) for one in newest},
        sites=named, sent_at=row.sent_at, changed_at=row.changed_at, correction=row.correction,
        replaces=None, expires_at=row.expires_at, state="ended" if is_over else "current", is_banner=row.is_banner,
        severity=SEVERITIES.get(row.purpose, "Minor"), area=", ".join(named), contact="",
        corrected_at=row.corrected_at, ended_because=row.ended_because,
    )  # fmt: skip


def notice_by_id(notice_id: UUID | str) -> Notice:
    """For a recipient's own page and for jobs; the caller has checked whose it is. Raises NotFound."""
    row = Notice.objects.filter(pk=notice_id).first()
    if row is None:
        raise NotFound("There is no such notice.")
    return row


# -- what came back ---------------------------------------------------------------------------------------------------


def threads_seen_by(actor: Actor, *, state: str = "open", search: str = "", notice: UUID | None = None) -> Any:
    """What people wrote back, on the desks this person sees; the newest first."""
    require(actor, SEE)
    rows = Thread.objects.select_related("notice", "site").prefetch_related("replies").order_by("-last_at")
    rows = rows if actor.sites is None else rows.filter(site__in=actor.sites)
    rows = rows.filter(state=state) if state else rows
    rows = rows.filter(notice_id=notice) if notice else rows
    for word in search.replace("\0", "").split()[:3]:
        rows = rows.filter(Q(name__icontains=word) | Q(replies__text__icontains=word)).distinct()
    return rows


def thread_seen_by(actor: Actor, thread_id: UUID) -> Thread:
    row = threads_seen_by(actor, state="").filter(pk=thread_id).first()
    if row is None:
        raise NotFound("There is no such thread, or it lies on another desk.")
    return row


def open_threads(actor: Actor) -> int:
    return threads_seen_by(actor).count() if may(actor, SEE) else 0


def mailings_of(notices: Iterable[Notice]) -> dict[UUID, Any]:
    """{notice: its newest mailing}. One query."""
    return {pk: list(listed.values())[-1] for pk, listed in _sendings(notices).items() if listed}


def sendings_of(notice: Notice) -> dict[int, Any]:
    """{correction, 0 for the first sending: its mailing}, of those that have begun, the newest last. One query."""
    return _sendings([notice])[notice.pk]


def sending_of(notice: Notice, number: str = "") -> tuple[int, Any, dict[int, Any]]:
    """(correction, its mailing, all as `sendings_of`) of the sending a number names; "": the newest.

    (0, None, {}) before there is any. Raises NotFound for a number that none has.
    """
    sendings = sendings_of(notice)
    names = {str(one): one for one in sendings} | {"": max(sendings, default=0)}
    if number not in names and (sendings or number != "0"):
        raise NotFound("There is no such sending of this message.")
    chosen = names.get(number, 0)
    return chosen, sendings.get(chosen), sendings


def name_sending(number: int) -> str:
    return f"Correction {number}" if number else "First sending"


def _sendings(notices: Iterable[Notice]) -> dict[UUID, dict[int, Any]]:
    rows = list(notices)
    found = mailings_about(about_of(row, number) for row in rows for number in range(row.corrections + 1))
    return {
        row.pk: {number: found[about] for number in range(row.corrections + 1)
                 if (about := about_of(row, number)) in found}
        for row in rows
    }  # fmt: skip


def about_of(notice: Notice, correction: int = 0) -> str:
    """How channels know a notice's mailing, and those of its corrections."""
    return f"notice:{notice.pk}" + (f":{correction}" if correction else "")


def posts_about(notice: Notice, correction: int) -> str:
    """How channels know the posts that say a correction which people are not told."""
    return f"{about_of(notice, correction)}:posts"


def posted_before(notice: Notice, correction: int) -> list[str]:
    """The mailings, by their `about`, that may have posted what a correction corrects, the oldest first."""
    first = [about_of(notice)] if correction else []
    later = [(about_of(notice, number), posts_about(notice, number)) for number in range(1, correction)]
    return first + [about for pair in later for about in pair]


def notice_of_mailing(about: str) -> Notice | None:
    words = about.split(":")
    if words[0] != "notice" or len(words) < 2:
        return None
    return Notice.objects.filter(pk=read_id(words[1]) or UUID(int=0)).first()


def notices_of_mailings(mailings: Iterable[Any]) -> dict[str, Notice]:
    """{about: its notice}. One query."""
    abouts = {one.about: read_id(one.about.split(":")[1]) for one in mailings if one.about.startswith("notice:")}
    found = {row.pk: row for row in Notice.objects.filter(pk__in=[pk for pk in abouts.values() if pk])}
    return {about: found[pk] for about, pk in abouts.items() if pk in found}


def newest_texts(notices: Iterable[Notice]) -> dict[UUID, dict[str, NoticeText]]:
    """{notice: {language: its text as it counts now}}, the first language first. One query."""
    found: dict[UUID, dict[str, NoticeText]] = {}
    for one in NoticeText.objects.filter(notice__in=list(notices)).order_by("version", "position", "language"):
        known = found.setdefault(one.notice_id, {})
        if any(row.version < one.version for row in known.values()):
            known.clear()
        known[one.language] = one
    return found


def text_of(known: Mapping[str, NoticeText], language: str) -> Text:
    """The text a reader of a language gets of a notice's newest: theirs, the English one, the first."""
    row = known.get(language) or known.get("en") or next(iter(known.values()))
    return Text(row.language, row.title, row.short, row.text, row.spoken, row.sound, tuple(row.options))


def languages_shown() -> list[tuple[str, str]]:
    return list(LANGUAGES.items())


def first_notice_of(incident_id: UUID) -> Notice | None:
    """The first family message of an incident, once it is out."""
    return Notice.objects.filter(incident_id=incident_id, sent_at__isnull=False).order_by("sent_at").first()


def notices_of_incident(incident_id: UUID) -> list[Notice]:
    return list(Notice.objects.filter(incident_id=incident_id).order_by("-made_at"))


def public_url() -> str:
    """Where people outside reach this installation."""
    return str(settings.PUBLIC_URL)


def schools_of(recipients: Iterable[Any]) -> dict[UUID, UUID]:
    """{recipient: whose desk their question lies on}: the school of the first child the message was about, to whichever
    their other children go; where it named none, of their first child. A query for each.
    """
    listed = list(recipients)
    about = {one.pk: [pk for pk in map(read_id, getattr(one, "about", None) or ()) if pk] for one in listed}
    sites = schools_of_students(pk for children in about.values() for pk in children) if any(about.values()) else {}
    known = {pk: [sites[child] for child in children if child in sites] for pk, children in about.items()}
    found = {pk: schools[0] for pk, schools in known.items() if schools}
    people = {one.pk: one.person_id for one in listed if one.pk not in found and getattr(one, "person_id", None)}
    schools = schools_of_guardians(people.values()) if people else {}
    return found | {recipient: schools[person] for recipient, person in people.items() if person in schools}


def school_of(recipient: Any) -> UUID | None:
    """Whose desk a family's question lies on."""
    return schools_of([recipient]).get(recipient.pk) if recipient is not None else None


def way_back(recipient: Any) -> tuple[str, str]:
    """(address, way) by which a family that wrote on its page is answered; ("", "") without any."""
    told = deliveries_of(recipient)
    for channel in ("email", "text"):
        for one in told:
            if one.channel == channel and one.state not in HOPELESS:
                return one.to, channel
    return _way_of_records(recipient.person_id) if recipient.person_id else ("", "")


def _way_of_records(person: UUID) -> tuple[str, str]:
    """An address and its way by a person's records, at which something arrives, mail first; ("", "") for none."""
    facts = people_by_id([person]).get(person)
    if facts is None:
        return "", ""
    used = addresses_now(facts.email, facts.phones, corrections_of([person]).get(person, []))
    ways = [*(("email", to) for to in used["email"]), *(("text", to) for to in used["phone"])]
    bad = bad_of(ways)
    return next(((to, channel) for channel, to in ways if (channel, to) not in bad), ("", ""))
