"""Families answer: a question's buttons, a reply; the school writes back."""

from datetime import datetime
from typing import Any
from uuid import UUID

from watchbell.communication.channels.facts.refusals import refusal
from watchbell.communication.notices import queries, rules
from watchbell.communication.notices.models import Answer, Notice, Reply, Thread
from watchbell.district.sites.facts import read_id
from watchbell.kernel.changes import recorded_change
from watchbell.kernel.permissions import Actor, require
from watchbell.line import clock
from watchbell.line.clock import now
from watchbell.line.errors import Refused
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
    if Answer.objects.filter(notice=notice, recipient=recipient.pk, at__gt=at).exists():
        return
    with recorded_change(actor, "notices.answer", target=notice) as change:
        Answer.objects.update_or_create(
            notice=notice, recipient=recipient.pk,
            defaults={"family": recipient.family, "name": recipient.name, "option": option, "channel": channel,
                      "at": at},
        )  # fmt: skip
        change.touch(progress_topic(queries.about_of(notice)))


def _option_meant(text: str, notice: Notice) -> int | None:
    """The answer a reply means, in whichever language of the notice."""
    said = [rules.options_in(one, notice.options) for one in queries.texts_of(notice)]
    found = (rules.read_answer(text, options) for options in [list(notice.options), *said])
    return next((option for option in found if option is not None), None)


def note_reply(
    actor: Actor, heard: str, channel: str, address: str, text: str, at: float, notice: Notice | None = None,
    recipient: Any = None, site: UUID | None = None,
) -> UUID | None:  # fmt: skip
    """Somebody wrote: into their thread, on the desk that answers; None when it was written down before."""
    if Reply.objects.filter(heard=heard[:120]).exists():
        return None
    with recorded_change(actor, "notices.note_reply", target=notice or address[:120]) as change:
        thread = (
            Thread.objects.filter(channel=channel, address=address[:320], notice=notice).order_by("-last_at").first()
        )
        if thread is None:
            desk = read_id(notice.desk) if notice is not None and notice.desk else None
            thread = Thread.objects.create(
                notice=notice, channel=channel, address=address[:320], site_id=desk or site,
                recipient=recipient.pk if recipient else None, name=recipient.name if recipient else "",
                language=recipient.language if recipient else "en",
            )  # fmt: skip
        moment = clock.moment(at) if at else now()
        Thread.objects.filter(pk=thread.pk).update(state="open", last_at=moment)
        Reply.objects.create(thread=thread, text=text[:20000], by_name=thread.name or address[:200], at=moment,
                             heard=heard[:120])  # fmt: skip
        option = _option_meant(text, notice) if notice is not None and notice.options else None
        if option is not None and recipient is not None and notice is not None:
            Answer.objects.update_or_create(
                notice=notice, recipient=recipient.pk,
                defaults={"family": recipient.family, "name": recipient.name, "option": option, "channel": channel,
                          "at": moment},
            )  # fmt: skip
            if len(text.strip()) <= 30:
                Thread.objects.filter(pk=thread.pk).update(state="closed")  # an answer needs nobody at a desk
        change.touch("threads:all")
        if notice is not None:
            change.touch(progress_topic(queries.about_of(notice)))
    return thread.pk


def answer_thread(actor: Actor, thread_id: UUID, text: str) -> None:
    """The school writes back, by the way they wrote."""
    require(actor, queries.WRITE)
    thread = queries.thread_seen_by(actor, thread_id)
    text = text.strip()
    if not text:
        raise Refused("Write an answer.")
    with recorded_change(actor, "notices.answer_thread", target=thread) as change:
        row = Reply.objects.create(thread=thread, is_ours=True, text=text[:4000], by_name=actor.name)
        Thread.objects.filter(pk=thread.pk).update(last_at=now(), taken_by=actor.name)
        change.ask_soon("notices.send_answer", reply=str(row.pk))
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
