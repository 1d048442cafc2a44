"""A notice's recipients are gathered in portions and given to channels; corrections and answers likewise."""

import contextlib
import json
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from watchbell.communication.channels import actions as channels
from watchbell.communication.channels import queries as channel_queries
from watchbell.communication.channels.facts import BodyText, Contact
from watchbell.communication.channels.queries.digests import digest_due, people_due
from watchbell.communication.channels.queries.posts import is_posting
from watchbell.communication.channels.queries.told import contacts_told, people_told
from watchbell.communication.channels.queries.wishes import quiet_hours
from watchbell.communication.notices import actions, ports, queries, rules
from watchbell.communication.notices.facts import NEXT_AFTER_SECONDS, UPDATE_WITHIN, Draft
from watchbell.communication.notices.models import Notice, Reply
from watchbell.communication.notices.queries.digests import digests_of
from watchbell.communication.notices.queries.owed import owed_now, reminder_by_id
from watchbell.communication.notices.rules import digests, times
from watchbell.communication.notices.rules.owed import say_reminder
from watchbell.district.accounts.queries import subscriptions_of_users
from watchbell.district.people.facts import Reachable
from watchbell.district.people.queries import reachable
from watchbell.district.sites.queries import all_site_facts
from watchbell.kernel import jobs
from watchbell.kernel.districts import own_district
from watchbell.kernel.permissions import Actor, system_actor
from watchbell.kernel.zones import zone_of
from watchbell.line.clock import now
from watchbell.line.errors import Conflict
from watchbell.line.languages import LANGUAGES

#: The first messages go out while the others are gathered.
FIRST_PORTION, PORTION = 100, 1000
#: A post that its carrier has is looked at again after so long.
POSTING_SECONDS = 5.0
#: So many people's digests become true together.
DIGEST_PORTION = 500


def send(notice: str) -> None:
    """What was approved goes out. Cut short, it goes on where it was."""
    _send(queries.notice_by_id(notice), 0)


def send_correction(notice: str, correction: int) -> None:
    """Everybody who was told is told the correction."""
    _send(queries.notice_by_id(notice), correction)


def _send(notice: Notice, correction: int) -> None:
    district = own_district()
    actor = system_actor(district.id, notice.approved_name or "Watchbell")
    if not actions.mark_sent(actor, notice.pk, correction):
        return
    notice = queries.notice_by_id(notice.pk)
    draft = queries.draft_confirmed(notice)
    mailing = channels.begin_mailing(
        actor, queries.about_of(notice, correction), notice.title, draft.purpose, draft.mode,
        _bodies(draft, correction), {"from_name": district.name, "keys": _keys(draft.options)},
        times.until(draft, now()),
        None if draft.at_once or draft.purpose == "emergency" else NEXT_AFTER_SECONDS, may_wait=digests.may_wait(draft),
    )  # fmt: skip
    if not _follow(actor, notice.pk, correction):
        return
    before = queries.posted_before(notice, correction)
    is_first = bool(draft.posts) and not is_posting(before)  # what is being posted is answered, once it is known
    if is_first:  # the world does not wait until everybody is gathered
        _post(mailing, notice, draft, correction, before)
    if draft.channels:
        _add_all(mailing, notice, list(draft.channels), correction)
    if draft.posts and not is_first:
        _post(mailing, notice, draft, correction, before)
    channels.finish_preparing(actor, mailing)


def _post(mailing: UUID, notice: Notice, draft: Draft, correction: int, before: list[str]) -> None:
    channels.add_posts(mailing, draft.posts, _posted(draft, correction).language, _page_of(notice), before)


def _bodies(draft: Draft, correction: int) -> list[BodyText]:
    """What it says in each language, and what is posted where it is."""
    name = own_district().name
    told = [rules.render_body(one, name, draft.mode, draft.options, is_correction=correction > 0)
            for one in draft.texts]  # fmt: skip
    return [*told, _posted(draft, correction)] if draft.posts else told


def _posted(draft: Draft, correction: int) -> BodyText:
    return rules.render_public(draft.texts[0], draft.mode, is_correction=correction > 0)


def follow(notice: str, by: str) -> None:
    """Its sendings follow what it is by now: its words, whether it is paused or over, which correction is told."""
    _follow(system_actor(own_district().id, by), UUID(notice))


def _follow(actor: Actor, notice: UUID, correction: int = 0) -> bool:
    """Whether this sending goes on. Looked at once a mailing stands: what changes after that asks for it anew."""
    row = queries.notice_by_id(notice)
    draft = queries.draft_confirmed(row)
    what = {"sending": "resume", "paused": "pause", "stopped": "stop", "ended": "stop"}.get(row.state)
    for number, mailing in queries.sendings_of(row).items():
        if number < row.told:
            channels.replace_mailing(actor, mailing.pk)
        if row.state != "ended":
            channels.correct_bodies(actor, mailing.pk, _bodies(draft, number))
        if what and (what != "resume" or mailing.state == "paused"):
            with contextlib.suppress(Conflict):  # it is over already, or as it should be
                channels.change_mailing(actor, mailing.pk, what)
    return correction >= row.told and row.state not in ("stopped", "ended")


def _page_of(notice: Notice) -> str:
    """Where a post leads; a drill and a test have no page that everybody reads."""
    return ports.page_of(notice.number) if notice.mode == "real" else ""


def end_posts(notice: str) -> None:
    """What was posted says that it is over: edited where the network can, answered where it cannot."""
    row = queries.notice_by_id(notice)
    district = own_district()
    actor = system_actor(district.id, "Watchbell")
    texts = queries.texts_of(row)
    body = rules.render_end(texts[0], district.name, row.mode, row.ended_because)
    mailing = channels.begin_mailing(
        actor, f"{queries.about_of(row)}:ended", row.title, row.purpose, row.mode, [body],
        {"from_name": district.name}, now() + timedelta(hours=6),
    )  # fmt: skip
    before = queries.posted_before(row, row.corrections + 1)
    _follow_posts(actor, mailing, row, texts[0].language, before)
    if is_posting(before):
        jobs.enqueue("notices.end_posts", {"notice": notice}, queue="soon", in_seconds=POSTING_SECONDS)


def _follow_posts(actor: Actor, mailing: UUID, row: Notice, language: str, before: list[str]) -> None:
    """Each account whose post is known by now says this in its place; the others as soon as theirs is."""
    if channels.add_posts(mailing, row.posts, language, _page_of(row), before, is_last=True) or not is_posting(before):
        channels.finish_preparing(actor, mailing)


def correct_posts(notice: str, correction: int) -> None:
    """What was posted is corrected though people are not told: edited where the network can, answered where not.

    An account that has posted nothing stays silent: what waits there says the new words anyway. What is on its way at
    its carrier with the old words is waited for, and corrected once it is known.
    """
    row = queries.notice_by_id(notice)
    if row.told > correction or row.state == "ended":
        return  # what was told after it, or its end, is posted in its place
    draft = queries.draft_confirmed(row)
    actor = system_actor(own_district().id, "Watchbell")
    mailing = channels.begin_mailing(
        actor, queries.posts_about(row, correction), row.title, row.purpose, row.mode, _bodies(draft, correction),
        {"from_name": own_district().name}, times.until(draft, now()),
    )  # fmt: skip
    before = queries.posted_before(row, correction)
    _follow_posts(actor, mailing, row, _posted(draft, correction).language, before)
    if is_posting(before):
        again = {"notice": notice, "correction": correction}
        jobs.enqueue("notices.correct_posts", again, queue="soon", in_seconds=POSTING_SECONDS)


def _keys(options: tuple[str, ...]) -> dict[str, str]:
    return {str(number): option for number, option in enumerate(options, 1)} if options else {"1": "heard"}


def _add_all(mailing: UUID, notice: Notice, ways: list[str], correction: int) -> None:
    count = 0
    for contacts in _portions(notice, correction):
        if queries.notice_by_id(notice.pk).told > correction:
            return  # the others are told a newer correction only
        channels.add_recipients(mailing, contacts, ways, count)
        count += len(contacts)


def _portions(notice: Notice, correction: int) -> Iterator[list[Contact]]:
    """Whom the audience means by now; then, for a correction, whom it does not mean any more but who was told before.

    The same ones in the same order each time: a portion that is there already is passed over.
    """
    asked = queries.asked_of(queries.read_audience(notice.audience))
    schools = {one.id: one.name for one in all_site_facts()}
    known: set[UUID] = set()
    after = None
    while people := reachable(asked, after, PORTION if known else FIRST_PORTION):
        contacts = channel_queries.contacts_of(people, is_emergency=notice.purpose == "emergency")
        yield [_filled(contact, one, schools) for contact, one in zip(contacts, people, strict=True)]
        after = people[-1].person
        known |= {one.person for one in people}
    before = [queries.about_of(notice, number) for number in range(correction)]
    told = people_told(before, known) if before else []
    for at in range(0, len(told), PORTION):
        if contacts := contacts_told(before, told[at : at + PORTION]):
            yield contacts


def _filled(contact: Contact, person: Reachable, schools: dict[UUID, str]) -> Contact:
    children = [name for _, name in person.about]
    words = {
        "child": ", ".join(children) or "your child",
        "school": schools.get(person.site, "") if person.site else "",
    }
    return Contact(**{**vars(contact), "fields": {key: word for key, word in words.items() if word}})


def send_answer(reply: str) -> None:
    """What a desk wrote back goes to whoever had written, by the same way."""
    row = Reply.objects.select_related("thread", "thread__notice").get(pk=reply)
    thread = row.thread
    district = own_district()
    actor = system_actor(district.id, row.by_name)
    title = f"Re: {thread.notice.title}" if thread.notice else f"Answer from {district.name}"
    words = f"{row.text}\n\n{row.by_name}, {district.name}"
    body = BodyText(thread.language, title[:200], words, f"{district.name}: {row.text}", row.text)
    emails, phones = ((thread.address,), ()) if thread.channel == "email" else ((), (thread.address,))
    way = "email" if thread.channel == "email" else "text"
    channels.send_one(
        actor, f"reply:{row.pk}", title, body, Contact(None, None, thread.name, thread.language, emails, phones), [way],
        now() + timedelta(days=2), {"from_name": district.name},
    )  # fmt: skip


def end_expired() -> None:
    """What nobody has ended ends at its time. Comes round each minute."""
    actor = system_actor(own_district().id)
    due = Notice.objects.filter(state__in=("sent", "sending", "paused", "stopped"), expires_at__lte=now())
    for row in due:
        actions.end_notice(actor, row.pk, "Its time was over.", is_due=True)


def remind_families(incident: str) -> None:
    """A message to an incident's families is due: whoever may send it is reminded, unless it was sent."""
    actions.remind_families(system_actor(own_district().id), UUID(incident))


def push_reminder(reminder: str) -> None:
    """To the browsers of whoever may send, of an incident that is for real; silently, as phones are in a lockdown."""
    row = reminder_by_id(UUID(reminder))
    incident, people = row.incident, [UUID(one) for one in row.people]
    found = owed_now(row.district_id, incident.pk)
    browsers = subscriptions_of_users(people)
    if found is None or found[1].due_at != row.due_at or not browsers:
        return  # sent meanwhile, or over
    zone = zone_of(row.district_id)
    began, told = (f"{timezone.localtime(one, zone):%H:%M}" if one else "" for one in (
        incident.opened_at, found[1].told_at))  # fmt: skip
    title, text = say_reminder(incident.name, incident.site.name, found[1], began, told)
    contacts = [
        Contact(None, None, "", "en", subscriptions=tuple(json.dumps(one, separators=(",", ":")) for one in mine))
        for mine in browsers.values()
    ]
    channels.send_owed(
        system_actor(row.district_id), f"reminder:{row.pk}", title, [BodyText("en", title, text, text, text)], contacts,
        ["push"], now() + UPDATE_WITHIN,
        {"opens": settings.PUBLIC_URL + reverse("incidents:incident_page", args=[incident.pk])},
    )  # fmt: skip


def send_digests() -> None:
    """What waits for a digest whose time has come goes, each person's in one mail. Comes round each minute.

    Cut short, it goes on where it was; what was missed at its time goes when it is noticed, not in the quiet hours.
    """
    moment, district = now(), own_district()
    channels.release_early(moment)
    channels.skip_reached(moment)
    due = digest_due(moment)
    if due is None or times.is_quiet(timezone.localtime(moment, zone_of(district.id)).time(), "routine", quiet_hours()):
        return
    actor = system_actor(district.id)
    mailing, after, count = None, None, 0
    while people := people_due(moment, after, DIGEST_PORTION):
        ready, left = digests_of(people, moment)
        if ready and mailing is None:
            bodies = [digests.render_digest(language, district.name) for language in LANGUAGES]
            mailing = channels.begin_digest(actor, due, bodies, {"from_name": district.name, "path": "/contacts#mail"})
        if mailing is None:
            channels.leave_out(left)
        else:
            count += channels.put_in_digests(mailing, due, ready, left)
        after = people[-1]
    channels.close_waiting(moment)
    if mailing is not None:
        channels.finish_digest(actor, mailing, count)
