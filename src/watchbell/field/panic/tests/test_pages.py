"""Pages of pressing and of test sessions."""

import pytest
from django.contrib.messages.storage.fallback import FallbackStorage

from watchbell.district.people.models import Person
from watchbell.district.sites.tests.builders import room_of
from watchbell.field.panic import actions, pages, queries
from watchbell.field.panic.tests.builders import OFFICE, SITE, build_buttons
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.tests.reading import one_line


@pytest.fixture
def ask(committed_db, district, rf, actor):
    build_buttons()

    def get(view, path="/", who=None, post=None, **kwargs):
        request = rf.get(path) if post is None else rf.post(path, post)
        request.actor, request.session = who or actor, {}
        request._messages = FallbackStorage(request)
        answer = view(request, **kwargs)
        answer.told = [str(message) for message in request._messages]
        return answer

    return get


@pytest.fixture
def form():
    return {"site": str(SITE), "mode": "test", "minutes": "15", "why": "Monthly test", "devices": [str(OFFICE)]}


def test_the_press_page_offers_every_kind_and_says_which_mode(ask):
    assert b'data-kind="lockdown"' in ask(pages.press_page).content
    drill = ask(pages.drill_page).content
    assert b"Raise a drill" in drill and b'"mode": "real"' not in drill


def test_whoever_says_nothing_else_presses_in_the_own_room(ask, actor):
    room = room_of()
    with recorded_batch("test"):
        Person.objects.create(
            kind="staff", given="Ann", family="Own", site_id=SITE, homeroom_id=room, user_id=actor.user_id
        )
    assert f'data-place="{room}"'.encode() in ask(pages.press_page).content
    assert b'data-place=""' in ask(pages.press_page, f"/?site={SITE}&place=").content


def test_who_may_not_press_sees_no_press_page(ask, actor_as):
    assert ask(pages.press_page, who=actor_as("parent")).status_code == 403
    assert ask(pages.drill_page, who=actor_as("teacher")).status_code == 403
    assert ask(pages.sessions_page, who=actor_as("principal")).status_code == 403


def test_a_session_is_proposed_on_the_page_and_opened_by_another(ask, form, actor_as):
    assert "Proposed" in ask(pages.propose_session, post=form).told[0]
    own = one_line(ask(pages.sessions_page).content)
    assert "Somebody else who may test alarms" in own and "Confirm and open" not in own
    other = actor_as("it")
    assert "Confirm and open" in one_line(ask(pages.sessions_page, who=other).content)
    session = queries.sessions_seen_by(other).get().id
    assert "open" in ask(pages.confirm_session, who=other, post={}, session_id=session).told[0]
    assert b"1 device in a test session" in ask(pages.sessions_part, who=actor_as("teacher")).content
    assert b"1 device in a test session" in ask(pages.press_page).content
    assert "Ended" in ask(pages.end_session, post={}, session_id=session).told[0]
    assert b"Monthly test" in ask(pages.sessions_page, "/?format=csv").content


def test_a_faulty_proposal_says_what_to_do(ask, form):
    assert "minutes" in ask(pages.propose_session, post=form | {"minutes": "999"}).told[0]
    assert "Tick" in ask(pages.propose_session, post=form | {"devices": []}).told[0]


def test_a_second_confirmation_is_told_not_failed(ask, form, actor, actor_as):
    session = actions.propose_test_session(actor, SITE, "test", [str(OFFICE)], 5, "why")
    assert "second person" in ask(pages.confirm_session, post={}, session_id=session).told[0]


def test_the_demo_path_is_not_shown_outside_the_demo(ask, settings):
    settings.IS_DEMO = False
    assert b"See it work" not in ask(pages.demo_part).content
    assert ask(pages.play_press, post={}).status_code == 404
