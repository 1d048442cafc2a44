"""Whoever keeps the accounts of one school keeps that school's alone."""

from uuid import uuid4

import pytest

from watchbell.district.accounts import actions, queries
from watchbell.district.accounts.models import Membership, User
from watchbell.district.sites.tests.builders import build_site
from watchbell.kernel.models import AuditRow
from watchbell.line.errors import NotFound, Refused

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def schools(district):
    return build_site("OAK", uuid4()), build_site("ELM", uuid4())


@pytest.fixture
def keeper(schools, make_actor, district):
    """Keeps the accounts of Oak."""
    return make_actor(district, "it", schools[0])


@pytest.fixture
def people(actor, schools):
    """{name: account}: of Oak, of Elm, of both, of the whole district."""
    oak, elm = schools
    made = {}
    for name, sites in (("oak", [oak]), ("elm", [elm]), ("both", [oak, elm]), ("all", [None])):
        for site in sites:
            made[name] = actions.add_user(actor, f"{name}@cedar.invalid", name.title(), "teacher", site)
    return made


def role_of(user, site):
    return Membership.objects.get(user=user, site_id=site, role="teacher")


def test_they_give_roles_at_their_own_school_and_nowhere_else(keeper, schools):
    oak, elm = schools
    for site in (None, elm):
        with pytest.raises(Refused):
            actions.add_user(keeper, "it@cedar.invalid", "It", "director", site)
        with pytest.raises(Refused):
            actions.add_user(keeper, "new@cedar.invalid", "New", "teacher", site)
    assert not User.objects.filter(email="new@cedar.invalid").exists()
    assert not Membership.objects.filter(role="director").exists()
    actions.add_user(keeper, "new@cedar.invalid", "New", "teacher", oak)
    assert Membership.objects.get(user__email="new@cedar.invalid").site_id == oak


def test_they_end_no_role_elsewhere(keeper, people, schools):
    oak, elm = schools
    for row in (role_of(people["elm"], elm), role_of(people["both"], elm), role_of(people["all"], None)):
        with pytest.raises(NotFound):
            actions.end_membership(keeper, row.id)
        assert Membership.objects.get(id=row.id).is_active
    actions.end_membership(keeper, role_of(people["both"], oak).id)
    assert not role_of(people["both"], oak).is_active


def test_they_set_anew_how_those_sign_in_who_are_of_their_school_alone(keeper, people):
    assert actions.make_set_up_link(keeper, people["oak"].id).startswith("/accounts/password/reset/")
    for name in ("elm", "both", "all"):
        with pytest.raises((Refused, NotFound)):
            actions.make_set_up_link(keeper, people[name].id)
        with pytest.raises((Refused, NotFound)):
            actions.remove_second_factor(keeper, people[name].id, "asked me")
    assert not AuditRow.objects.filter(action="accounts.remove_second_factor").exists()


def test_lists_hold_their_school_s_roles(keeper, people, schools):
    named = {(row.user.name, row.site_id) for row in queries.members(keeper)}
    assert named == {("It Cedar", schools[0]), ("Oak", schools[0]), ("Both", schools[0])}
    assert [row.site_id for row in queries.roles_of(keeper, people["both"].id)] == [schools[0]]
    with pytest.raises(NotFound):
        queries.roles_of(keeper, people["elm"].id)
    with pytest.raises(NotFound):
        queries.user_of(keeper, role_of(people["both"], schools[1]).id)


def test_tokens_of_others_are_theirs_to_end_where_the_holder_is_of_their_school_alone(keeper, people, actor):
    own = User.objects.get(id=keeper.user_id)
    for user in (own, *people.values()):
        actions.make_token(actor, user, user.name)
    tokens = {row.name: row.id for row in queries.tokens_of(actor)}
    assert {row.name for row in queries.tokens_of(keeper)} == {own.name, "Oak"}
    with pytest.raises(NotFound):
        actions.revoke_token(keeper, tokens["Both"])
    actions.revoke_token(keeper, tokens["Oak"])
    actions.revoke_token(actor, tokens["Both"])


def test_what_is_the_whole_district_s_is_not_theirs(keeper):
    with pytest.raises(Refused, match="whole district"):
        actions.look_into_break_glass(keeper, uuid4(), "It was me")


def test_the_page_offers_their_school_alone(keeper, caller_as, schools, people):
    it = caller_as("it", site=schools[0])
    assert {one["site"] for one in it("GET", "/api/v1/accounts")["items"]} == {str(schools[0])}
    body = {"email": "x@cedar.invalid", "name": "X", "role": "teacher"}
    it("POST", "/api/v1/accounts", body, 403)
    it("POST", "/api/v1/accounts", body | {"site": str(schools[1])}, 403)
    assert it("POST", "/api/v1/accounts", body | {"site": str(schools[0])})["site"] == str(schools[0])
