"""Presses recorded once; test sessions opened by two people, told to the gateways, ended."""

from datetime import timedelta

import pytest

from watchbell.field.panic import actions, inbox, queries
from watchbell.field.panic.models import Press, RefusedFrame, TestSession
from watchbell.field.panic.tests.builders import GYM, OFFICE, PANEL, SITE, build_buttons, pressed
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.models import Announcement, AuditRow
from watchbell.line import clock
from watchbell.line.errors import Conflict, NotFound, Refused
from watchbell.wire.base import encode
from watchbell.wire.press import PressRefused

pytestmark = pytest.mark.django_db(transaction=False)


@pytest.fixture
def buttons(committed_db, district):
    build_buttons()


@pytest.fixture
def second(actor_as):
    return actor_as("it")


def _propose(actor, devices=(OFFICE,), minutes=15):
    return actions.propose_test_session(actor, SITE, "test", [str(one) for one in devices], minutes, "Monthly test")


def test_a_press_is_recorded_once_audited_and_announced(buttons, district):
    assert actions.record_press(pressed(district)) and not actions.record_press(pressed(district))
    press = Press.objects.get()
    assert (press.kind, press.mode, press.place.number, press.is_known) == ("lockdown", "real", "101", True)
    assert AuditRow.objects.filter(action="panic.record_press", cause="p1").count() == 1
    assert Announcement.objects.filter(name="PanicRaised", body__press="p1").count() == 1


def test_a_press_that_names_a_foreign_site_is_not_lost_in_silence(buttons, district):
    with pytest.raises(NotFound):
        actions.record_press(pressed(district, site="0190a1b2-0000-7000-8000-000000000000"))


def test_a_place_of_another_site_is_not_believed(buttons, district):
    actions.record_press(pressed(district, place=str(OFFICE)))
    assert Press.objects.get().place is None


def test_the_inbox_refuses_what_is_no_press_and_keeps_refused_frames(buttons, district):
    with pytest.raises(ValueError):
        inbox.take_press(b"{")
    refused = PressRefused(
        id="r1", district=str(district.id), gateway="siadc09", peer="10.0.0.9:4", because="no", raw="00", at=1.8e9
    )
    assert inbox.take_refusal(encode(refused)) and inbox.take_refusal(encode(refused))
    assert RefusedFrame.objects.count() == 1 and not inbox.take_refusal(b"[]")


def test_one_person_cannot_open_a_test_session(buttons, actor, second):
    session = _propose(actor)
    assert queries.open_session_of() == {}
    with pytest.raises(Refused, match="second person"):
        actions.confirm_test_session(actor, session)
    assert queries.open_session_of() == {}
    actions.confirm_test_session(second, session)
    (found,) = queries.open_session_of().items()
    assert found[0] == OFFICE and found[1][0] == "test"
    with pytest.raises(Conflict):
        actions.confirm_test_session(second, session)
    done = AuditRow.objects.filter(action__startswith="panic.test_session").order_by("at")
    assert [row.actor_name for row in done] == [actor.name, second.name]
    assert Announcement.objects.filter(name="TestSessionChanged", body__state="open").count() == 1


def test_a_session_ends_by_itself_or_by_hand(buttons, actor, second):
    session, other = _propose(actor), _propose(actor, (GYM, PANEL))
    actions.confirm_test_session(second, session)
    actions.confirm_test_session(second, other)
    assert set(queries.open_session_of()) == {OFFICE, GYM, PANEL}
    actions.end_test_session(second, other)
    with recorded_batch("the clock goes on"):
        TestSession.objects.filter(id=session).update(ends_at=clock.now() - timedelta(seconds=1))
    assert queries.open_session_of() == {}
    assert actions.end_finished_sessions(actor) == 1 and actions.end_finished_sessions(actor) == 0
    assert set(TestSession.objects.values_list("state", flat=True)) == {"ended"}


def test_a_session_names_only_buttons_of_its_site_and_needs_the_right(buttons, actor, actor_as):
    with pytest.raises(Refused, match="no button"):
        actions.propose_test_session(actor, SITE, "test", [str(SITE)], 15, "why")
    with pytest.raises(Refused):
        _propose(actor_as("teacher"))
    with pytest.raises(NotFound):
        actions.end_test_session(actor, SITE)
