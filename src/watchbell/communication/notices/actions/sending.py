"""A notice is written, confirmed by a second person where that is asked, sent, corrected, ended."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from django.utils import timezone

from watchbell.communication.channels.facts import CHANNELS, NEXT_BEST
from watchbell.communication.channels.facts.trying import Trying
from watchbell.communication.channels.queries import UNDER_WAY
from watchbell.communication.channels.queries.trying import trying_of
from watchbell.communication.channels.queries.wishes import quiet_hours
from watchbell.communication.notices import queries, rules
from watchbell.communication.notices.events import NoticeChanged, NoticeSent
from watchbell.communication.notices.facts import EDITABLE, OUT, Draft, Text
from watchbell.communication.notices.models import Notice, NoticeText
from watchbell.communication.notices.rules import times
from watchbell.kernel.changes import Change, recorded_change, take_turns
from watchbell.kernel.permissions import Actor, may, require
from watchbell.line.clock import now
from watchbell.line.errors import Conflict, Refused
from watchbell.response.incidents.queries import incident_seen_by

ROLE_ONLY = "Your role writes; somebody else sends."
HELD = "Whoever wrote it wants somebody else to look at it first."
SENT = "It has been sent: correct it instead."
#: Who has let it go, and when.
APPROVED = ("approved_by", "approved_name", "approved_at")
#: What comes round a moment before its time goes.
EARLY = timedelta(seconds=5)


def write_notice(actor: Actor, notice_id: UUID | None, draft: Draft) -> UUID:
    """Keeps a draft, whole or not; gives its id. Raises Refused for what cannot be kept.

    One that waits for approval or for its time is a draft again; whoever changes another's words answers for them.
    """
    require(actor, queries.WRITE)
    faults = rules.judge_draft(draft, is_whole=False)
    if faults.errors:
        raise Refused(" ".join(faults.errors))
    names = queries.audience_names(draft.audience)
    queries.check_audience(actor, draft.audience, names)
    queries.check_choices(actor, draft)
    if draft.incident is not None:
        incident_seen_by(actor, draft.incident)
    kept = queries.notice_seen_by(actor, notice_id) if notice_id else None
    with recorded_change(actor, "notices.write", target=draft.texts[0].title) as change:
        row = kept and Notice.objects.select_for_update().get(pk=kept.pk)
        if row is None:
            row = Notice()
            take_turns("notices:number")
            newest = Notice.objects.order_by("-number").values_list("number", flat=True).first()
            row.number = (newest or 0) + 1
        elif row.state not in EDITABLE:
            raise Conflict(SENT)
        _take(row, draft, names)
        row.made_by, row.made_name = actor.user_id, actor.name
        row.state, row.second_because, row.asked_at = "draft", "", None
        row.approved_at, row.approved_by, row.approved_name = None, None, ""
        row.save()
        NoticeText.objects.filter(notice=row).delete()
        write_texts(row, draft.texts, 0)
        if row.skips_digest:
            change.note(skips_digest=True)
        touch(change, row)
    return row.pk


def _take(row: Notice, draft: Draft, names: Mapping[str, str]) -> None:
    row.title, row.purpose, row.mode = rules.open_words(draft.texts[0].title)[:120], draft.purpose, draft.mode
    row.audience, row.sites = msgspec.to_builtins(draft.audience), queries.sites_meant(draft.audience)
    row.spelled = rules.spell_audience(draft.audience, names)[:600]
    row.channels = [one for one in draft.channels if one in CHANNELS]
    row.posts, row.options, row.desk = list(draft.posts), list(draft.options), draft.desk[:40]
    row.is_banner, row.at_once = draft.is_banner, draft.at_once
    row.is_public = draft.is_public or bool(draft.posts)  # what is posted to the world has its page there
    row.tell_media, row.skips_digest = draft.tell_media, draft.skips_digest
    row.incident_id, row.send_at, row.expires_at = draft.incident, draft.send_at, draft.expires_at
    row.changed_at = now()


def write_texts(row: Notice, texts: Sequence[Text], version: int) -> None:
    NoticeText.objects.bulk_create(
        NoticeText(notice=row, language=one.language, version=version, position=position, title=one.title.strip(),
                   short=one.short.strip(), text=one.text.strip(), spoken=one.spoken.strip(), sound=one.sound,
                   options=list(one.options))
        for position, one in enumerate(texts)
    )  # fmt: skip


def submit_notice(actor: Actor, notice_id: UUID, seen_count: int | None = None, *, hold: bool = False) -> str:
    """Sends it now or at its time, or asks a second person; gives the new state.

    seen_count: how many people the writer saw it would reach; Conflict when it is another number by now.
    hold: a second person is asked though none is needed.
    """
    require(actor, queries.WRITE)
    notice = queries.notice_seen_by(actor, notice_id)
    draft = queries.draft_of(notice)
    spelled = _check_whole(actor, draft)
    count = queries.count_audience(draft.audience)["people"] if draft.channels else 0
    if draft.channels and count == 0:
        raise Refused("Nobody fits this audience.")
    if seen_count is not None and abs(count - seen_count) > max(5, seen_count // 20):
        raise Conflict(f"It would reach {count:,} people now, not {seen_count:,}: look at the audience again.")
    is_of_incident = queries.is_of_incident(draft)
    because = queries.second_person(draft)
    if not because and not may(actor, queries.APPROVE) and not is_of_incident:
        because = ROLE_ONLY
    if hold and not because:
        because = HELD
    with recorded_change(actor, "notices.submit", target=notice) as change:
        row = locked(notice, ("draft",))
        row.spelled = spelled
        row.made_by, row.made_name = actor.user_id, actor.name  # who asks does not confirm it, whoever wrote it
        change.note(people=count, spelled=row.spelled, **({"skips_digest": True} if row.skips_digest else {}))
        row.second_because = because[:160]
        if because:
            row.state, row.asked_at = "asked", now()
            row.save(update_fields=["state", "asked_at", "second_because", "made_by", "made_name", "spelled"])
        else:
            row.approved_by, row.approved_name, row.approved_at = actor.user_id, actor.name, now()
            _go(change, row)
        touch(change, row)
    return row.state


def _check_whole(actor: Actor, draft: Draft, *, may_be_late: bool = False) -> str:
    """The audience as it is by now, in words. Raises Refused."""
    late = times.judge_times(draft, timezone.localtime(now()), quiet_hours(), may_be_late=may_be_late)
    errors = dict.fromkeys((*rules.judge_draft(draft).errors, *late))
    if errors:
        raise Refused(" ".join(errors))
    names = queries.audience_names(draft.audience)
    queries.check_audience(actor, draft.audience, names)
    return rules.spell_audience(draft.audience, names)[:600]


def locked(notice: Notice, states: Sequence[str]) -> Notice:
    row = Notice.objects.select_for_update().get(pk=notice.pk)
    if row.state not in states:
        raise Conflict(f"It is “{row.get_state_display()}” by now.")
    return row


def touch(change: Change, row: Notice) -> None:
    change.about(row)
    change.touch(f"notice:{row.pk}")
    change.touch("notices:all")
    if row.incident_id:
        change.touch(f"incident:{row.incident_id}")


def _go(change: Change, row: Notice) -> None:
    """Inside a change: it goes out, now or at its time."""
    moment = row.send_at if row.send_at is not None and row.send_at > now() else now()
    morning = times.spare_the_night(queries.draft_of(row), timezone.localtime(moment), quiet_hours())
    if morning is not None:
        row.send_at = morning
        change.note(spares_the_night=True)
    is_later = row.send_at is not None and row.send_at > now()
    row.state = "scheduled" if is_later else "sending"
    row.save()
    _ask_send(change, row, row.send_at if is_later else None)


def _ask_send(change: Change, row: Notice, at: datetime | None = None) -> None:
    urgent = {"queue": "soon"} if row.purpose == "emergency" else {}
    change.ask_slowly("notices.send", at=at, notice=str(row.pk), **urgent)


def approve_notice(actor: Actor, notice_id: UUID, seen_count: int | None = None, *, seen: str = "") -> str:
    """The second person confirms. Raises Refused for whoever wrote it, or whose role does not send.

    seen: `queries.fingerprint_of` what they have read; Conflict when it is another by now.
    """
    require(actor, queries.APPROVE)
    notice = queries.notice_to_change(actor, notice_id)
    if notice.made_by == actor.user_id and not actor.is_system:
        raise Refused("Somebody else confirms what you have written.")
    draft = queries.draft_of(notice)
    spelled = _check_whole(actor, draft, may_be_late=True)
    count = queries.count_audience(draft.audience)["people"] if draft.channels else 0
    if seen_count is not None and abs(count - seen_count) > max(5, seen_count // 20):
        raise Conflict(f"It would reach {count:,} people now, not {seen_count:,}: look at the audience again.")
    with recorded_change(actor, "notices.approve", target=notice) as change:
        row = locked(notice, ("asked",))
        queries.check_seen(row, seen or queries.fingerprint_of(notice))
        row.spelled = spelled
        row.approved_by, row.approved_name, row.approved_at = actor.user_id, actor.name, now()
        change.note(people=count, spelled=row.spelled)
        _go(change, row)
        touch(change, row)
    return row.state


def refuse_notice(actor: Actor, notice_id: UUID, why: str) -> None:
    """Back to whoever wrote it, with the reason; a scheduled one is taken back the same way."""
    notice = queries.notice_seen_by(actor, notice_id)
    if notice.made_by != actor.user_id:
        require(actor, queries.APPROVE)
        queries.check_change(actor, notice)
    with recorded_change(actor, "notices.refuse", target=notice, why=why[:200]) as change:
        row = locked(notice, ("asked", "scheduled"))
        row.state, row.second_because, row.asked_at = "draft", why.strip()[:160], None
        row.approved_by, row.approved_name, row.approved_at = None, "", None
        row.save(update_fields=["state", "second_because", "asked_at", *APPROVED])
        touch(change, row)


def drop_notice(actor: Actor, notice_id: UUID) -> None:
    """A draft is thrown away."""
    require(actor, queries.WRITE)
    notice = queries.notice_seen_by(actor, notice_id)
    if notice.made_by != actor.user_id:
        queries.check_change(actor, notice)
    with recorded_change(actor, "notices.drop", target=notice) as change:
        locked(notice, ("draft",)).delete()
        change.touch("notices:all")


def mark_sent(actor: Actor, notice_id: UUID, correction: int = 0) -> bool:
    """It goes out: everybody may see it from now on. False when it is not to be sent any more.

    What had begun before it was paused is gathered further; its messages wait. correction: which one is told.
    What has become nearly everybody's since one person alone sent it, a list that has grown, waits for a second one.
    """
    notice = queries.notice_by_id(notice_id)
    with recorded_change(actor, "notices.send", target=notice) as change:
        row = Notice.objects.select_for_update().get(pk=notice.pk)
        is_early = row.state == "scheduled" and row.send_at is not None and row.send_at > now() + EARLY
        states = ("sending", "scheduled", "paused") if row.sent_at else ("sending", "scheduled")
        if row.state not in states or is_early:  # put off meanwhile: another job has its new time
            return False
        if correction < row.told:  # a newer correction is told instead
            return False
        if row.sent_at is None and _waits_for_second(row):
            touch(change, row)
            return False
        if row.sent_at is None:
            row.sent_at = row.changed_at = now()
            row.state = "sending"
            row.is_public = row.is_public or bool(row.posts)  # also one that was kept before posts made a page
            row.expires_at = row.expires_at or times.until(queries.draft_of(row), now())
            row.save(update_fields=["sent_at", "changed_at", "state", "is_public", "expires_at"])
            change.announce(NoticeSent(str(row.pk), row.is_public or row.is_banner, row.tell_media))
        touch(change, row)
    return True


def _waits_for_second(row: Notice) -> bool:
    if row.approved_by is None or row.approved_by != row.made_by:
        return False
    because = queries.second_person(queries.draft_of(row))
    if because:
        row.state, row.asked_at, row.second_because = "asked", now(), because[:160]
        row.approved_by, row.approved_name, row.approved_at = None, "", None
        row.save(update_fields=["state", "asked_at", "second_because", *APPROVED])
    return bool(because)


def note_ended(actor: Actor, about: str, state: str) -> None:
    """One of its mailings is through, or was stopped: it is sent once none is under way any more."""
    notice = queries.notice_of_mailing(about)
    if notice is None:
        return
    with recorded_change(actor, "notices.note_ended", target=notice) as change:
        row = Notice.objects.select_for_update().get(pk=notice.pk)
        sendings = queries.sendings_of(row)
        is_through = row.told in sendings and all(one.state not in UNDER_WAY for one in sendings.values())
        if is_through and row.state in ("sending", "paused"):
            row.state = "stopped" if sendings[row.told].state == "stopped" else "sent"
            row.save(update_fields=["state"])
        touch(change, notice)


def change_sending(actor: Actor, notice_id: UUID, what: str) -> None:
    """Pauses, resumes or stops what has not gone out yet, also of its corrections."""
    require(actor, queries.WRITE)
    notice = queries.notice_to_change(actor, notice_id)
    after = {"pause": "paused", "resume": "sending", "stop": "stopped"}.get(what, "")
    if not after:
        raise Refused("It can be paused, resumed or stopped.")
    before = ("paused",) if what == "resume" else ("sending",) if what == "pause" else ("sending", "paused")
    with recorded_change(actor, f"notices.{what}", target=notice) as change:
        row = locked(notice, before)
        row.state = after
        row.save(update_fields=["state"])
        change.ask_soon("notices.follow", notice=str(row.pk), by=actor.name)
        if what == "resume" and row.sent_at is None:  # paused before it began: nobody waits to send it
            _ask_send(change, row)
        if what == "stop":
            change.announce(NoticeChanged(str(row.pk), row.is_public or row.is_banner, "stopped"))
        touch(change, row)


def end_notice(actor: Actor, notice_id: UUID, why: str = "", *, is_due: bool = False) -> None:
    """It does not hold any more: its page says so, banners and posts end, nothing more goes out.

    is_due: its time was over, nobody ended it: nothing is taken back, and only an emergency's posts say so, as others
    have told their time.
    """
    require(actor, queries.WRITE)
    notice = queries.notice_to_change(actor, notice_id)
    with recorded_change(actor, "notices.end", target=notice, why=why[:200]) as change:
        row = locked(notice, [one for one in OUT if one != "ended"])
        row.state, row.ended_at = "ended", now()
        if not is_due:  # what has expired has not changed: it is over by the time it told
            row.changed_at, row.ended_because = row.ended_at, why.strip()[:200]
        row.save(update_fields=["state", "ended_at", "changed_at", "ended_because"])
        change.ask_soon("notices.follow", notice=str(row.pk), by=actor.name)
        change.announce(NoticeChanged(str(row.pk), row.is_public or row.is_banner, "ended", row.tell_media))
        if row.posts and row.sent_at and (not is_due or row.purpose == "emergency"):
            change.ask_slowly("notices.end_posts", notice=str(row.pk), queue="soon")
        touch(change, row)


def try_again(
    actor: Actor, notice_id: UUID, recipients: Sequence[UUID], channel: str, *, with_bad: bool = False
) -> Trying:  # fmt: skip
    """Who was not reached is tried once more, by this way, in the newest sending; what that comes to.

    with_bad: also where nothing arrives. Raises Refused where that makes no message, Conflict when it is over.
    """
    require(actor, queries.WRITE)
    notice = queries.notice_to_change(actor, notice_id)
    mailing = queries.mailings_of([notice]).get(notice.pk)
    if not recipients:
        raise Refused("Tick whom to try once more.")
    if mailing is None or channel not in (*CHANNELS, NEXT_BEST):
        raise Refused("There is nothing to try again.")
    with recorded_change(actor, "notices.try_again", target=notice) as change:
        row = Notice.objects.select_for_update().get(pk=notice.pk)
        if row.state not in ("sending", "paused", "sent") or mailing.state == "stopped":
            word = "It has ended" if row.state == "ended" else "It was stopped"
            raise Conflict(f"{word}: nothing of it goes out any more. Write a new one.")
        trying = trying_of(mailing, recipients, channel, with_bad=with_bad)
        if not trying.count:
            way = "any way" if channel == NEXT_BEST else CHANNELS[channel][0].lower()
            if trying.passed:
                raise Refused(f"Those ticked have by {way} only addresses where nothing arrives. Try those too, or "
                              "choose another way.")  # fmt: skip
            raise Refused(f"Nobody ticked can be tried by {way} now: they are reached, it waits still, or no address "
                          "of theirs is left. Choose another.")  # fmt: skip
        if row.state == "sent":
            row.state = "sending"
            row.save(update_fields=["state"])
        change.ask_soon("channels.try_again", mailing=str(mailing.pk), recipients=[str(one) for one in recipients],
                        channel=channel, by=actor.name, with_bad=with_bad)  # fmt: skip
        change.note(channel=channel, people=len(recipients), bad_addresses=with_bad, passed_over=len(trying.passed))
        touch(change, notice)
    return trying
