"""Whoever reads the record of one school reads that school's."""

from uuid import uuid4

import pytest

from watchbell.district.accounts import actions, queries
from watchbell.district.accounts.models import User
from watchbell.district.sites.models import Place
from watchbell.district.sites.tests.builders import build_site, room_of
from watchbell.kernel.changes import recorded_change

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def schools(district):
    return build_site(), build_site("ELM", uuid4())


@pytest.fixture
def principal(schools, make_actor, district):
    """Of the first school."""
    return make_actor(district, "principal", schools[0])


def note(actor, action, target="", cause=None):
    with recorded_change(actor, action, target=target, cause=cause):
        pass


def test_rows_are_one_s_own_and_those_of_one_s_people_and_things(principal, actor, schools, make_actor, district):
    here, elsewhere = schools
    teacher = make_actor(district, "teacher", here)
    stranger = make_actor(district, "nurse", elsewhere)
    room, there = Place.objects.get(pk=room_of()), Place.objects.filter(site_id=elsewhere).first()
    note(principal, "t.own")
    note(teacher, "t.colleague")
    note(stranger, "t.stranger")
    note(actor, "t.room", room)
    note(actor, "t.because", cause=str(room.pk))
    note(actor, "t.there", there)
    note(actor, "t.district")
    note(actor, "t.account", User.objects.get(id=teacher.user_id))
    note(actor, "t.other_account", User.objects.get(id=stranger.user_id))
    seen = {row.action for row in queries.audit_rows(principal) if row.action.startswith("t.")}
    assert seen == {"t.own", "t.colleague", "t.room", "t.because", "t.account"}
    assert {one for one in queries.audit_actions(principal) if one.startswith("t.")} == seen
    assert len({row.action for row in queries.audit_rows(actor) if row.action.startswith("t.")}) == 9


def test_duress_is_hidden_from_who_reads_the_record_at_any_site_by_a_role_it_is_hidden_from(
    schools, make_actor, district, actor
):
    user = actions.add_user(actor, "dee@cedar.invalid", "Dee", "director", schools[0])
    note(make_actor(district, "nurse", schools[0]), "t.silent", "Duress at Oak")
    assert queries.audit_rows(queries.actor_of(user, district.id), action="t.silent")
    actions.add_user(actor, user.email, user.name, "principal", schools[1])
    both = queries.actor_of(user, district.id)
    assert both.role == "director" and not queries.audit_rows(both, action="t.silent")


def test_somebody_of_two_schools_is_no_one_s_own_people(principal, schools, make_actor, district, actor):
    both = make_actor(district, "teacher", schools[0])
    user = User.objects.get(id=both.user_id)
    actions.add_user(actor, user.email, user.name, "teacher", schools[1])
    note(both, "t.somewhere")
    assert not queries.audit_rows(principal, action="t.somewhere")
