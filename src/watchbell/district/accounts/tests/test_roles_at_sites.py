"""A role counts at its site alone: rights, lists, tickets and pushes of who is one thing here and another there."""

from dataclasses import replace
from uuid import uuid4

import pytest
from django.test import Client

from watchbell.district.accounts import actions, queries
from watchbell.district.accounts.models import PushSubscription, User
from watchbell.district.sites.tests.builders import build_site
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.permissions import acting_by, may, roles_with, sites_with
from watchbell.line import signing

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def schools(district):
    return build_site("OAK", uuid4()), build_site("ELM", uuid4())


@pytest.fixture
def both(schools, district, make_actor):
    """A teacher at Oak who is principal at Elm."""
    oak, elm = schools
    user = User.objects.get(id=make_actor(district, "teacher", oak).user_id)
    actions.add_user(make_actor(district, "director"), user.email, user.name, "principal", elm)
    return queries.actor_of(user, district.id)


def test_a_right_counts_where_the_role_is_held_that_gives_it(both, schools):
    oak, elm = schools
    assert may(both, "incidents.all_clear", elm) and not may(both, "incidents.all_clear", oak)
    assert may(both, "incidents.all_clear"), "where no site is named, any of them will do"
    assert may(both, "incidents.view", oak) and may(both, "incidents.view", elm)
    assert sites_with(both, "incidents.view") == {oak, elm} and sites_with(both, "incidents.all_clear") == {elm}
    assert sites_with(both, "people.edit") == frozenset()
    assert roles_with(both, "incidents.all_clear", elm) == ["principal"]
    assert roles_with(both, "incidents.view", elm) == ["principal"] and not roles_with(both, "sites.edit", elm)


def test_before_a_page_somebody_stands_in_the_role_and_at_the_sites_that_give_its_right(both, schools):
    oak, elm = schools
    assert acting_by(both, "incidents.view").sites == {oak, elm}
    leading = acting_by(both, "incidents.all_clear")
    assert (leading.role, leading.sites) == ("principal", {elm})


def test_a_scope_and_a_site_narrow_every_role(both, schools):
    oak, elm = schools
    narrow = queries.narrowed(both, ["incidents.view"])
    assert may(narrow, "incidents.view", elm) and not may(narrow, "incidents.all_clear", elm)
    assert not may(replace(both, sites=frozenset({oak})), "incidents.view", elm)


def test_a_district_wide_role_beside_a_site_s_gives_its_own_rights_everywhere(schools, district, make_actor):
    oak, elm = schools
    user = User.objects.get(id=make_actor(district, "it").user_id)
    actions.add_user(make_actor(district, "director"), user.email, user.name, "officer", oak)
    actor = queries.actor_of(user, district.id)
    assert may(actor, "sites.edit", elm) and not may(actor, "incidents.all_clear", elm)
    assert may(actor, "incidents.all_clear", oak) and sites_with(actor, "sites.edit") is None


def test_tickets_say_each_right_with_its_sites_and_each_role(both, schools):
    oak, elm = sorted(str(one) for one in schools)
    claims = signing.read_ticket(queries.press_ticket(both))
    assert claims["rights"]["alarms.raise"] == [oak, elm] == claims["rights"]["alerts.answer"]
    assert claims["rights"]["alarms.drill"] == [str(schools[1])] and "alarms.test" not in claims["rights"]
    assert claims["roles"] == [["teacher", [str(schools[0])]], ["principal", [str(schools[1])]]]


def test_a_list_shows_the_sites_where_its_right_is_held(both, schools, district):
    client = Client()
    client.force_login(User.objects.get(id=both.user_id))
    session = client.session
    session["district"], session["has_second_factor"] = str(district.id), True
    session.save()
    names = [one["name"] for one in client.get("/api/v1/sites").json()["items"]]
    assert len(names) == 2, "a teacher sees sites too"
    token = actions.make_token(both, User.objects.get(id=both.user_id), "t")
    answer = Client().get("/api/v1/drills/duties", headers={"authorization": f"Bearer {token}"}).json()
    assert str(schools[0]) not in str(answer), "drills are a principal's to see, and so Elm's alone"


@pytest.mark.parametrize(("role", "hears"), [("teacher", True), ("it", True), ("driver", True), ("parent", False)])
def test_pushes_of_alarms_go_to_those_who_hear_of_them(role, hears, schools, district, make_actor):
    actor = make_actor(district, role, schools[0])
    with recorded_batch("a test's device"):
        PushSubscription.objects.create(
            user_id=actor.user_id, endpoint="https://push.example.invalid/a", p256dh="k", auth="a"
        )
    found = queries.subscriptions_of_site(schools[0])
    assert [one["roles"] for one in found] == ([[role]] if hears else [])
    assert queries.subscriptions_of_site(schools[1]) == []


def test_a_parent_s_ticket_gives_no_right_at_all(district, make_actor):
    for ticket in (queries.live_ticket(make_actor(district, "parent"), []),
                   queries.press_ticket(make_actor(district, "parent"))):  # fmt: skip
        assert signing.read_ticket(ticket)["rights"] == {}


def test_a_token_of_a_scope_without_the_right_may_not_answer(district, make_actor):
    teacher = queries.narrowed(make_actor(district, "teacher"), ["sites.view"])
    assert queries.press_claims(teacher)["rights"] == {}
