"""Families answer: a question's buttons, a key, a reply, many at once; the school writes back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from watchbell.communication.channels.facts.refusals import refusal
from watchbell.communication.notices import queries, rules
from watchbell.communication.notices.actions.said import Answers, Said, Threads, options_of
from watchbell.communication.notices.facts import MOST_ANSWER
from watchbell.communication.notices.models import Answer, Notice, Reply, Thread
from watchbell.district.sites.queries import all_site_facts
from watchbell.kernel.changes import Change, recorded_change, recorded_changes, take_turns
from watchbell.kernel.permissions import Actor, require
from watchbell.line.clock import now
from watchbell.line.errors import NotFound, Refused
from watchbell.line.ids import new_id
from watchbell.wire.subjects import progress_topic


def note_answer(
    actor: Actor, notice: Notice, recipient: Any, option: int, channel: str, at: datetime | None = None
) -> None:
    """One answers for themselves; answering again changes the answer. Raises Refused for what is no answer.

    recipient: whom the notice went to (id, family, name), as channels keeps them. at: when they answered, where that
    was before now (without a network): an older answer never takes the place of a newer one.
    """
    if not 0 <= option < len(notice.options):
        raise Refused(refusal("no_answer"))
    at = min(at or now(), now())
    first = queries.answerers_of([recipient]).get(recipient.pk, recipient.pk)
    if Answer.objects.filter(notice=notice, recipient=first, at__gt=at).exists():
        return
    with recorded_change(actor, "notices.answer", target=notice) as change:
        answers = Answers()
        answers.add(Said("", channel, "", "", at.timestamp(), notice, recipient), option)
        answers.write()
        change.touch(progress_topic(queries.about_of(notice)))


def note_keys(actor: Actor, listed: Sequence[Said]) -> None:
    """Keys pressed on the telephone, many at once; what stands for none of a question's answers is nothing."""
    with recorded_changes(actor, "notices.answer") as changes:
        known = changes.known(("notices.answer", one.heard) for one in listed)
        answers = Answers()
        for one in listed:
            option = rules.read_key(one.text, one.notice.options) if one.notice and one.recipient else None
            if option is None or ("notices.answer", one.heard) in known:
                continue
            answers.add(one, option)
            change = changes.add("notices.answer", target=one.notice, once=one.heard)
            _touch_progress(change, one.notice)
        answers.write()


def note_replies(actor: Actor, listed: Sequence[Said]) -> dict[str, UUID]:
    """Somebody wrote: into their thread, on the desk that answers; many at once. Gives {heard: thread} of what is new.

    What was written down before is not again. A thread whose last word answers the question needs nobody at a desk.
    """
    with recorded_changes(actor, "notices.note_reply") as changes:
        take_turns(f"threads:{actor.district}")  # two that write from one address at once are one thread
        said = {one.heard[:120]: one for one in listed}
        for heard in Reply.objects.filter(heard__in=list(said)).values_list("heard", flat=True):
            del said[heard]
        threads, answers, replies = Threads(said.values()), Answers(), []
        asked = {one.notice.pk: one.notice for one in said.values() if one.notice and one.notice.options}
        options = {pk: options_of(notice) for pk, notice in asked.items()}
        for heard, one in said.items():
            change = changes.add("notices.note_reply", target=one.notice or one.address[:120])
            spoken = options.get(one.notice.pk, []) if one.notice and one.recipient else []
            option = rules.read_answer_in(one.text, spoken)
            if option is not None:
                answers.add(one, option)
            thread = threads.take(one, is_closed=option is not None and len(one.text.strip()) <= 30)
            replies.append(Reply(thread=thread, text=one.text[:20000], by_name=thread.name or one.address[:200],
                                 at=one.moment, heard=heard))  # fmt: skip
            change.touch("threads:all")
            _touch_progress(change, one.notice)
        threads.write()
        Reply.objects.bulk_create(replies)
        answers.write()
    return {reply.heard: reply.thread_id for reply in replies}


def _touch_progress(change: Change, notice: Notice | None) -> None:
    if notice is not None:
        change.touch(progress_topic(queries.about_of(notice)))


def note_reply(
    actor: Actor, heard: str, channel: str, address: str, text: str, at: float, notice: Notice | None = None,
    recipient: Any = None, site: UUID | None = None,
) -> UUID | None:  # fmt: skip
    """`note_replies` of one; None when it was written down before."""
    said = Said(heard, channel, address, text, at, notice, recipient, site)
    return note_replies(actor, [said]).get(heard[:120])


def answer_thread(actor: Actor, thread_id: UUID, text: str) -> None:
    """The school writes back, by the way they wrote."""
    require(actor, queries.WRITE)
    thread = queries.thread_seen_by(actor, thread_id)
    text = text.strip()
    if not text:
        raise Refused("Write an answer.")
    with recorded_change(actor, "notices.answer_thread", target=thread) as change:
        row = Reply.objects.create(thread=thread, is_ours=True, text=text[:MOST_ANSWER], by_name=actor.name)
        Thread.objects.filter(pk=thread.pk).update(last_at=now(), taken_by=actor.name)
        change.ask_soon("notices.send_answer", reply=str(row.pk))
        change.touch("threads:all")


def assign_thread(
    actor: Actor, thread_id: UUID, *, is_mine: bool | None = None, moves: bool = False, site: UUID | None = None
) -> None:
    """Somebody sees to it (is_mine; False: nobody does any more), or it lies on another desk (moves) from now on.

    site: whose desk; None: the district's. Whoever saw to it before does not on another desk.
    Raises NotFound for a school that is not there, Refused where nothing is asked.
    """
    require(actor, queries.WRITE)
    thread = queries.thread_seen_by(actor, thread_id)
    if is_mine is None and not moves:
        raise Refused("Say who sees to it, or which school's desk it lies on.")
    schools = {one.id: one.name for one in all_site_facts()} if moves else {}
    if moves and site is not None and site not in schools:
        raise NotFound("There is no such school.")
    with recorded_change(actor, "notices.assign_thread", target=thread) as change:
        if is_mine is not None:
            thread.taken_by = actor.name if is_mine else ""
        if moves:
            change.note(desk=schools.get(site, "The district") if site else "The district")
            thread.site_id, thread.taken_by = site, "" if is_mine is None else thread.taken_by
        thread.save(update_fields=["taken_by", "site"])
        change.touch("threads:all")


def close_thread(actor: Actor, thread_id: UUID, state: str) -> None:
    """Nothing more to do, or open again."""
    require(actor, queries.WRITE)
    thread = queries.thread_seen_by(actor, thread_id)
    if state not in ("open", "closed"):
        raise Refused("A thread is open or closed.")
    with recorded_change(actor, "notices.close_thread", target=thread) as change:
        Thread.objects.filter(pk=thread.pk).update(state=state)
        change.note(state=state)
        change.touch("threads:all")


def note_seen(actor: Actor, recipient: Any) -> None:
    """Their page was shown in a browser: channels counts them as reached. Once is enough."""
    if recipient.reached_at is not None:
        return
    with recorded_change(actor, "notices.note_seen", target=recipient.name) as change:
        change.ask_soon("channels.mark_opened", recipient=str(recipient.pk))


def note_written(actor: Actor, notice: Notice, recipient: Any, text: str, key: str = "") -> None:
    """Somebody writes back on their page; it is answered by mail or text, as they can be reached.

    key: the device's own name for what was written: sent again, it is written down once.
    """
    address, channel = queries.way_back(recipient)
    if not address:
        raise Refused(refusal("no_way_back"))
    site = queries.school_of(recipient)
    heard = f"page:{recipient.pk}:{key[:60] or new_id()}"
    note_reply(actor, heard, channel, address, text[:4000], 0.0, notice, recipient, site)
