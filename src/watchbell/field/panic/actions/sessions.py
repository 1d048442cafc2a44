"""Test sessions: one person proposes devices and minutes, a second opens it, and it ends by itself."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from watchbell.district.equipment.queries import equipment_of
from watchbell.field.panic import rules
from watchbell.field.panic.events import TestSessionChanged
from watchbell.field.panic.facts import SESSION_KINDS
from watchbell.field.panic.models import TestSession
from watchbell.field.panic.queries import facts_of
from watchbell.kernel.changes import Change, recorded_change
from watchbell.kernel.permissions import Actor, require, system_actor
from watchbell.line import clock
from watchbell.line.errors import Conflict, NotFound, Refused
from watchbell.wire.status import SessionWord

RIGHT = "alarms.test"
TOPIC = "sessions:all"
#: Moments go to the gateway and back as floats.
ROUNDING = timedelta(milliseconds=1)


def propose_test_session(
    actor: Actor, site_id: UUID, mode: str, devices: Sequence[str], minutes: int, why: str
) -> UUID:
    """Proposes that `devices` of a site press in `mode` for `minutes`, once a second person agrees.

    Raises Refused for what cannot be a session, or names a device that is no button or panel of this site.
    """
    require(actor, RIGHT, site_id)
    faults = rules.find_proposal_faults(mode, minutes, len(devices), why)
    known = {str(thing.id) for thing in equipment_of(site_id, SESSION_KINDS)}
    if not faults and set(devices) - known:
        faults["devices"] = "One of these is no button or panel of this site; choose again."
    if faults:
        raise Refused(" ".join(faults.values()))
    with recorded_change(actor, "panic.test_session_proposed", why=why) as change:
        session = TestSession.objects.create(
            site_id=site_id, mode=mode, devices=sorted(set(devices)), minutes=minutes, why=why.strip()[:300],
            proposed_by=actor.user_id, proposed_name=actor.name, proposed_at=clock.now(),
        )  # fmt: skip
        change.about(session)
        change.note(devices=session.devices, minutes=minutes, mode=mode)
        change.touch(TOPIC)
    return session.id


def _locked(actor: Actor, session_id: UUID) -> TestSession:
    found = TestSession.objects.select_for_update().filter(id=session_id).first()
    if found is None:
        raise NotFound("There is no such test session, or you may not see it.")
    require(actor, RIGHT, found.site_id)
    return found


def confirm_test_session(actor: Actor, session_id: UUID) -> None:
    """The second person opens it: from now on, for its minutes, its devices' presses carry its mode.

    Raises Refused for the person who proposed it, Conflict when it waits for nobody any more.
    """
    with recorded_change(actor, "panic.test_session_opened") as change:
        session = _locked(actor, session_id)
        because = rules.judge_confirmation(facts_of(session), actor.user_id, clock.now())
        if because:
            raise (Refused if session.state == "proposed" else Conflict)(because)
        session.state, session.opened_at = "open", clock.now()
        session.ends_at = session.opened_at + timedelta(minutes=session.minutes)
        session.confirmed_by, session.confirmed_name = actor.user_id, actor.name
        session.save(update_fields=["state", "opened_at", "ends_at", "confirmed_by", "confirmed_name"])
        _tell(change, session)


def end_test_session(actor: Actor, session_id: UUID) -> None:
    """Ends an open session at once, or withdraws a proposal; either of the two, or anybody with the right."""
    with recorded_change(actor, "panic.test_session_ended") as change:
        session = _locked(actor, session_id)
        if session.state not in ("proposed", "open"):
            raise Conflict("This session has ended already.")
        _end(change, session, actor.name)


def end_finished_sessions(actor: Actor) -> int:
    """Ends what is over by the clock, in the acting district; returns how many."""
    live = TestSession.objects.filter(state__in=("proposed", "open"))
    over = [one.id for one in live if rules.is_over(facts_of(one), clock.now())]
    for session_id in over:
        with recorded_change(actor, "panic.test_session_ended", why="its time is over") as change:
            session = _locked(actor, session_id)
            if session.state in ("proposed", "open"):
                _end(change, session, "by itself")
    return len(over)


def note_session_word(word: SessionWord) -> int:
    """What a gateway says of a tested device is kept with the sessions it is about; returns how many it altered.

    A device in two sessions is told the later end, which speaks for the shorter one as well.
    """
    is_end, at = word.session_mode == "real", clock.moment(word.at)
    sessions = TestSession.objects.select_for_update().filter(
        devices__contains=[word.endpoint], ends_at__gt=at - ROUNDING, ends_at__lte=clock.moment(word.until) + ROUNDING,
        state__in=("ended",) if is_end else ("open", "ended"),
    )  # fmt: skip
    with recorded_change(
        system_actor(UUID(word.district), f"gateway/{word.gateway}"),
        "panic.session_freed" if is_end else "panic.session_taken", target=word.endpoint,
    ) as change:  # fmt: skip
        count = 0
        for session in sessions if is_end else sessions.filter(mode=word.session_mode):
            kept, field = (session.freed, "freed") if is_end else (session.taken, "taken")
            if word.endpoint not in kept:
                kept[word.endpoint] = at.isoformat()
                session.save(update_fields=[field])
                count += 1
        change.note(until=clock.moment(word.until).isoformat(), sessions=count)
        change.touch(TOPIC)
    return count


def _end(change: Change, session: TestSession, by: str) -> None:
    session.state = "ended" if session.state == "open" else "withdrawn"
    session.ended_at, session.ended_name = clock.now(), by
    session.save(update_fields=["state", "ended_at", "ended_name"])
    _tell(change, session)


def _tell(change: Change, session: TestSession) -> None:
    change.about(session)
    change.note(state=session.state, devices=session.devices)
    if session.state in ("open", "ended"):
        change.announce(TestSessionChanged(str(session.id), str(session.site_id), session.mode, session.state))
    change.touch(TOPIC)
