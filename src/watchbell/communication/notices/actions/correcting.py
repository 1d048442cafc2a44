"""What is out is corrected; a second person's word, where the message needed one, before it is told again."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from watchbell.communication.notices import queries, rules
from watchbell.communication.notices.actions.sending import HELD, ROLE_ONLY, locked, touch, write_texts
from watchbell.communication.notices.events import NoticeChanged
from watchbell.communication.notices.facts import OUT, Text
from watchbell.communication.notices.models import Notice
from watchbell.kernel.changes import Change, recorded_change
from watchbell.kernel.permissions import Actor, may, require
from watchbell.line.clock import now
from watchbell.line.errors import Conflict, Refused


def correct_notice(actor: Actor, notice_id: UUID, texts: Sequence[Text], why: str, *, tell_again: bool) -> bool:
    """New words everywhere its links lead; with tell_again everybody who was told is told the correction, too.

    Where the message itself takes two people, its page is corrected at once and another person confirms the telling.
    So it is where the actor's role sends nothing alone; until then what waits still says what was confirmed, and
    posts stay. Gives whether everybody is told now. Raises Refused for what reaches beyond the actor's schools or role.
    """
    require(actor, queries.WRITE)
    notice = queries.notice_to_change(actor, notice_id)
    draft = queries.draft_of(notice)
    # whom it has told is told the correction, however few its lists name by now
    takes_two = notice.second_because not in ("", HELD, ROLE_ONLY) or bool(queries.second_person(draft))
    if takes_two:
        require(actor, queries.APPROVE)
    is_alone = may(actor, queries.APPROVE) or queries.is_of_incident(draft)
    is_told = tell_again and not takes_two and is_alone
    if not why.strip():
        raise Refused("Say what was wrong: people read it beside the correction.")
    faults = rules.judge_draft(replace(draft, texts=tuple(texts), channels=draft.channels or ("email",)))
    if faults.errors:
        raise Refused(" ".join(faults.errors))
    with recorded_change(actor, "notices.correct", target=notice, why=why[:200]) as change:
        row = locked(notice, OUT)
        if row.state == "ended":
            raise Conflict("It has ended; write a new one.")
        row.title, row.correction = rules.open_words(texts[0].title)[:120], why.strip()[:400]
        row.changed_at = row.corrected_at = now()
        row.retell = _retell(actor, row, is_alone=is_alone) if not is_alone or (tell_again and takes_two) else {}
        row.corrections += 1
        row.save(update_fields=["corrections", "title", "correction", "changed_at", "corrected_at", "retell"])
        write_texts(row, texts, row.corrections)
        # newsrooms are told, as people are
        _announce(change, row, tell_media=row.tell_media and not takes_two and is_alone)
        if is_told:
            _tell_again(change, row)
        if not tell_again and is_alone:
            _correct_posts(change, row)
        change.ask_soon("notices.follow", notice=str(row.pk), by=actor.name)
        touch(change, row)
    return is_told


def _retell(actor: Actor, row: Notice, *, is_alone: bool) -> dict[str, Any]:
    """What waits for a second person; "confirmed": which version messages say until then."""
    waits: dict[str, Any] = {"by": str(actor.user_id), "name": actor.name}
    return waits if is_alone else waits | {"confirmed": row.retell.get("confirmed", row.corrections)}


def confirm_correction(actor: Actor, notice_id: UUID, *, is_told: bool, seen: str = "") -> None:
    """The second person's word: everybody is told the correction, or only its page says so (is_told False).

    seen: `queries.fingerprint_of` what they have read. Raises Refused for whoever corrected it, Conflict when nothing
    waits or it is another by now.
    """
    require(actor, queries.APPROVE)
    notice = queries.notice_to_change(actor, notice_id)
    if is_told and notice.retell.get("by") == str(actor.user_id) and not actor.is_system:
        raise Refused("Somebody else confirms what you have corrected.")
    with recorded_change(actor, "notices.confirm_correction", target=notice) as change:
        row = locked(notice, [one for one in OUT if one != "ended"])
        if not row.retell:
            raise Conflict("No correction waits to be told.")
        queries.check_seen(row, seen or queries.fingerprint_of(notice))
        change.note(corrected_by=row.retell["name"], is_told=is_told, correction=row.corrections)
        row.retell = {}
        row.save(update_fields=["retell"])
        if is_told:
            _tell_again(change, row)
            if row.tell_media:
                _announce(change, row, tell_media=True)
        else:
            _correct_posts(change, row)
        change.ask_soon("notices.follow", notice=str(row.pk), by=actor.name)
        touch(change, row)


def _correct_posts(change: Change, row: Notice) -> None:
    """What stands in social networks is corrected with its page, though nobody is sent anything."""
    if row.posts and row.sent_at is not None:
        change.ask_slowly("notices.correct_posts", notice=str(row.pk), correction=row.corrections, queue="soon")


def _announce(change: Change, row: Notice, *, tell_media: bool) -> None:
    change.announce(NoticeChanged(str(row.pk), row.is_public or row.is_banner, "corrected", tell_media))


def _tell_again(change: Change, row: Notice) -> None:
    """To everybody, in the place of what waits still; who has been told nothing yet is told the new words anyway."""
    if row.sent_at is None:
        return
    Notice.objects.filter(pk=row.pk).update(state="sending", told=row.corrections)
    change.ask_slowly("notices.send_correction", notice=str(row.pk), correction=row.corrections, queue="soon")
