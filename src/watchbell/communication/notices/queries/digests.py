"""Each person's digest from what waits for it, as it holds now; and what goes in none any more, and why."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from watchbell.communication.channels.facts import Contact, Digest, LeftOut, WaitingMail, Way
from watchbell.communication.channels.queries.digests import (
    contacts_now,
    count_mails,
    digest_after,
    mail_ways,
    mails_due,
)
from watchbell.communication.channels.queries.links import link_of
from watchbell.communication.channels.queries.wishes import quiet_hours
from watchbell.communication.notices.facts import Audience, Draft
from watchbell.communication.notices.models import Notice
from watchbell.communication.notices.queries.audiences import asked_of
from watchbell.communication.notices.queries.reading import newest_texts, text_of
from watchbell.communication.notices.rules.digests import (
    Entry,
    fields_of,
    goes_at,
    say_mails,
    say_over,
    spell_about,
)
from watchbell.communication.notices.rules.times import spare_the_night, until
from watchbell.district.people.queries import people_told
from watchbell.district.sites.facts import read_id
from watchbell.district.sites.queries import all_site_facts
from watchbell.line.clock import now

NOT_HERE = "They are told nothing any more: no child of theirs is at a school here."
NO_ADDRESS = "The records hold no address of theirs any more."


def digests_of(people: Iterable[UUID], moment: datetime) -> tuple[list[Digest], list[LeftOut]]:
    """(the digests of these people for whom something is left, what is left out). Twelve queries, however many."""
    waiting = mails_due(people, moment)
    notices = _notices_of(waiting)
    texts = newest_texts(notices.values())
    schools = {str(one.id): one.name for one in all_site_facts()}
    contacts = contacts_now({one.person for one in waiting})
    known_ways = mail_ways(contacts)
    by_person: dict[UUID, list[WaitingMail]] = {}
    for one in waiting:
        by_person.setdefault(one.person, []).append(one)
    ready, left = [], []
    for person, mine in by_person.items():
        over = {one.id: _why_over(one, notices.get(one.about), moment) for one in mine}
        left += [LeftOut(pk, why, is_over=True) for pk, why in over.items() if why]
        left += [LeftOut(one.id, "Reached before.") for one in mine if one.is_reached and not over[one.id]]
        kept = [one for one in mine if not over[one.id] and not one.is_reached]
        contact = contacts.get(person)
        ways = known_ways.get(person, [])
        to = [one.to for one in ways if not one.because]
        if not to:
            left += [_nowhere(one, contact, ways) for one in kept]
        elif kept and contact is not None:
            ready.append(_digest(contact, kept, to, notices, texts, schools))
    return ready, left


def _notices_of(waiting: Iterable[WaitingMail]) -> dict[str, Notice]:
    """{about of a mailing: its notice}. One query."""
    ids = {one.about: read_id(one.about.split(":")[1]) for one in waiting if one.about.startswith("notice:")}
    found = {row.pk: row for row in Notice.objects.filter(pk__in={pk for pk in ids.values() if pk})}
    return {about: found[pk] for about, pk in ids.items() if pk in found}


def _why_over(one: WaitingMail, notice: Notice | None, moment: datetime) -> str:
    if notice is None:
        return "There is no such message any more."
    return say_over(notice.state, bool(notice.expires_at and notice.expires_at <= moment))


def _nowhere(one: WaitingMail, contact: Contact | None, ways: Collection[Way]) -> LeftOut:
    if contact is None:
        return LeftOut(one.id, NOT_HERE)
    first = next((way for way in ways if way.to == one.to), next(iter(ways), None))
    return LeftOut(one.id, first.because, is_bad=first.is_bad) if first else LeftOut(one.id, NO_ADDRESS)


def _digest(
    contact: Contact, mine: list[WaitingMail], to: list[str], notices: Mapping[str, Notice],
    texts: Mapping[UUID, Mapping[str, Any]], schools: Mapping[str, str],
) -> Digest:  # fmt: skip
    """One person's mail. A notice and its correction are one entry; what waited for an address goes where it is now."""
    entries: dict[UUID, Entry] = {}
    for one in mine:  # the newest last: its page is the one that stays
        notice = notices[one.about]
        known = entries.get(notice.pk)
        is_corrected = one.about.count(":") > 1 or bool(known and known.is_corrected)
        entries[notice.pk] = Entry(
            text_of(texts[notice.pk], contact.language), link_of(one.token), _released(notice),
            spell_about(one.children, [schools[pk] for pk in notice.sites if pk in schools]), tuple(notice.options),
            is_corrected, {**one.fields, "name": one.name},
        )  # fmt: skip
    carries = tuple((one.id, one.to if one.to in to else to[0]) for one in mine)
    return Digest(contact, mine[0].family, carries, fields_of(list(entries.values()), contact.language))


def _released(notice: Notice) -> datetime:
    """When a notice was let go, or the hour it was let go for."""
    return max((at for at in (notice.approved_at, notice.send_at) if at), default=notice.made_at)


def mails_meant(draft: Draft, audience: Audience) -> str:
    """How many a routine notice reaches by a mail of its own and how many in the digest, in words; "" for others.

    Four queries at most, one of them where nobody wants one mail a day.
    """
    is_plain = draft.purpose == "routine" and draft.mode == "real" and draft.incident is None
    if not is_plain or "email" not in draft.channels:
        return ""
    at_once, daily = count_mails(people_told(asked_of(audience)))
    if not daily:
        return ""
    moment, quiet = now(), quiet_hours()
    asked = goes_at(draft, moment, None)
    goes = goes_at(draft, moment, spare_the_night(draft, timezone.localtime(asked), quiet))
    due = timezone.localtime(digest_after(goes, quiet.digest))
    return say_mails(at_once, daily, due, timezone.localtime(moment), until(draft, goes), is_later=goes > moment,
                     skips=draft.skips_digest, in_turn=not draft.at_once and len(draft.channels) > 1)  # fmt: skip
