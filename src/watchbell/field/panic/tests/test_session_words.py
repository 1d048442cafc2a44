"""What is under test is what the gateways say, not what was clicked here."""

from datetime import timedelta

import pytest

from watchbell.field.panic import actions, inbox, queries
from watchbell.field.panic.models import TestSession
from watchbell.field.panic.tests.builders import GYM, OFFICE, SITE, build_buttons
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.models import AuditRow
from watchbell.line import clock
from watchbell.line.errors import NotFound
from watchbell.wire.base import encode
from watchbell.wire.status import DeviceStatus, SessionWord


@pytest.fixture
def opened(committed_db, district, actor, actor_as):
    build_buttons()

    def open_one(devices=(OFFICE, GYM), minutes=15, mode="test"):
        session = actions.propose_test_session(actor, SITE, mode, [str(one) for one in devices], minutes, "monthly")
        actions.confirm_test_session(actor_as("it"), session)
        return session

    return open_one


def _word(district, session, device, mode="test"):
    until = TestSession.objects.get(id=session).ends_at.timestamp()
    word = SessionWord(
        district=str(district.id), site=str(SITE), gateway="siadc09", endpoint=str(device), session_mode=mode,
        until=until, at=clock.unix(),
    )  # fmt: skip
    return inbox.take_session_word(encode(word))


def _states(actor, session):
    told = queries.session_as_dict(queries.session_seen_by(actor, session))
    return [told["states"][str(one)] for one in (OFFICE, GYM) if str(one) in told["states"]], told["in_force"]


def test_a_session_is_in_force_once_every_gateway_has_said_so(opened, district, actor):
    session = opened()
    assert _states(actor, session) == (["awaited", "awaited"], False)
    assert _word(district, session, OFFICE) and _states(actor, session) == (["tested", "awaited"], False)
    assert _word(district, session, GYM) and _word(district, session, GYM)
    assert _states(actor, session) == (["tested", "tested"], True)
    assert AuditRow.objects.filter(action="panic.session_taken", actor_name="gateway/siadc09").count() == 3


def test_an_end_is_told_as_held_until_the_gateway_confirms_it(opened, district, actor, actor_as):
    session = opened()
    _word(district, session, OFFICE)
    actions.end_test_session(actor, session)
    assert _states(actor, session) == (["held", "held"], False)
    (shown,) = queries.open_sessions(actor_as("teacher"))
    assert shown.held == 2 and shown.state == "ended"
    _word(district, session, OFFICE, "real")
    assert _states(actor, session)[0] == ["real", "held"]
    with recorded_batch("the clock goes on"):
        TestSession.objects.update(ends_at=clock.now() - timedelta(seconds=1))
    assert _states(actor, session)[0] == ["real", "real"] and not queries.open_sessions(actor)


def test_the_longer_of_two_sessions_speaks_for_both(opened, district, actor):
    short, long = opened((OFFICE,), 5), opened((OFFICE,), 30)
    _word(district, long, OFFICE)
    assert _states(actor, short)[1] and _states(actor, long)[1]
    actions.end_test_session(actor, short)
    assert _states(actor, short)[0] == ["held"], "it is still under test, by the other one"
    actions.end_test_session(actor, long)
    _word(district, long, OFFICE, "real")
    assert _states(actor, short)[0] == _states(actor, long)[0] == ["real"]


def test_a_word_about_another_mode_or_nobody_changes_nothing(opened, district, actor):
    session = opened((OFFICE,), mode="drill")
    assert _word(district, session, OFFICE, "test") and _states(actor, session) == (["awaited"], False)
    assert _word(district, session, GYM, "drill") and _states(actor, session) == (["awaited"], False)


def test_other_states_are_no_words_about_sessions(district):
    status = DeviceStatus(district="d", site="s", gateway="g", device="d", endpoint=None, state="online", at=1.0)
    assert not inbox.take_session_word(encode(status)) and not inbox.take_session_word(b"[]")


def test_a_session_nobody_knows_is_not_found(opened, actor):
    with pytest.raises(NotFound):
        queries.session_seen_by(actor, SITE)
