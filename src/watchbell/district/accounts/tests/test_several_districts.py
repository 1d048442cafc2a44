"""Somebody who acts in several districts: where they begin, how they switch, and what remains when a role ends."""

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from watchbell.district.accounts import actions
from watchbell.district.accounts.models import Membership, User
from watchbell.kernel.acting import acting_in
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.models import AuditRow

PATH = "/people/district"


@pytest.fixture
def user(committed_db, district, other_district, make_actor):
    """A driver in Cedar and an IT administrator in Birch, which comes first."""
    found = User.objects.get(id=make_actor(district, "driver").user_id)
    actions.add_user(make_actor(other_district, "director"), found.email, found.name, "it")
    return found


@pytest.fixture
def client(user):
    made = Client()
    made.force_login(user)
    with recorded_batch("a test's authenticator"):
        Authenticator.objects.create(user=user, type="totp", data={})
    return made


def where(client):
    client.get("/live-ticket")
    return client.session.get("district")


def rows(district, action):
    with acting_in(district.id):
        return list(AuditRow.objects.filter(action=action))


def end_role(user, district, make_actor):
    with acting_in(district.id):
        role = Membership.objects.get(user=user)
    with acting_in(district.id):
        actions.end_membership(make_actor(district, "director"), role.id)


def test_they_begin_in_the_first_district_where_they_have_a_role(client, user, district, other_district, make_actor):
    assert where(client) == str(other_district.id)
    end_role(user, other_district, make_actor)
    again = Client()
    again.force_login(user)
    assert where(again) == str(district.id)


def test_a_district_whose_last_role_has_ended_is_theirs_no_more(user, district, other_district, make_actor):
    with acting_in(other_district.id):
        actions.add_user(make_actor(other_district, "director"), user.email, user.name, "teacher")
        first, second = Membership.objects.filter(user=user).order_by("id")
        actions.end_membership(make_actor(other_district, "director"), first.id)
        assert user.districts.filter(id=other_district.id).exists()
        actions.end_membership(make_actor(other_district, "director"), second.id)
    assert list(user.districts.all()) == [district]
    assert actions.make_set_up_link(make_actor(district, "director"), user.id), "no other district has a say now"
    with acting_in(other_district.id):
        actions.add_user(make_actor(other_district, "director"), user.email, user.name, "it")
        assert Membership.objects.get(user=user, role="it").is_active, "given again, it counts again"
    assert user.districts.count() == 2


def test_they_switch_and_both_districts_know(client, user, district, other_district):
    assert where(client) == str(other_district.id)
    page = client.get(PATH).content.decode()
    birch, cedar = page.index("Birch School District"), page.index("Cedar School District")
    assert birch < page.index("IT administrator", birch) < page.index("You are here") < cedar
    assert cedar < page.index("Bus driver", cedar) and page.count("Bus driver") == 1, "each with its own roles"
    assert client.get("/people/devices").content.decode().count("Switch district") == 1
    answer = client.post(f"{PATH}/switch", {"district": str(district.id)})
    assert answer.headers["Location"] == "/" and where(client) == str(district.id)
    (came,), (left,) = rows(district, "accounts.enter_district"), rows(other_district, "accounts.leave_district")
    assert came.actor_id == left.actor_id == user.pk and came.from_where == left.from_where == "127.0.0.1"
    assert client.get("/press").status_code == 200


@pytest.mark.parametrize("wrong", ["", "x", "0190d1f0-0000-7000-8000-000000000001"])
def test_nobody_switches_to_where_they_have_no_role(client, user, wrong, make_district):
    before = where(client)
    client.post(f"{PATH}/switch", {"district": wrong})
    client.post(f"{PATH}/switch", {"district": str(make_district("alder").id)})
    assert where(client) == before
    assert client.get(f"{PATH}/switch").status_code == 405


def test_whom_one_district_s_provider_let_in_stays_there(client, user, district, other_district):
    where(client)
    session = client.session
    session["identity"] = {"name": "Birch account"}
    session.save()
    client.post(f"{PATH}/switch", {"district": str(district.id)})
    assert where(client) == str(other_district.id)
    assert "let you in" in client.get(PATH).content.decode()


def test_when_the_role_ends_where_they_are_they_go_on_elsewhere(client, user, district, other_district, make_actor):
    assert where(client) == str(other_district.id)
    end_role(user, other_district, make_actor)
    assert "/accounts/login/" in client.get("/press").headers["Location"], "what they were doing has ended"
    assert client.get("/press").status_code == 200 and where(client) == str(district.id)


def test_who_has_one_district_sees_no_switch(committed_db, district, make_actor):
    client = Client()
    client.force_login(User.objects.get(id=make_actor(district, "driver").user_id))
    assert "Switch district" not in client.get("/people/devices").content.decode()
    assert "Cedar School District" in client.get(PATH).content.decode()


def test_whose_last_role_has_ended_is_told_so_and_is_not_sent_in_a_circle(
    client, user, district, other_district, make_actor
):
    assert where(client) == str(other_district.id)
    end_role(user, other_district, make_actor)
    answer = client.get("/accounts/login/")
    assert answer.status_code == 302, "the other district is left"
    assert client.get("/", follow=True).status_code == 200 and where(client) == str(district.id)
    end_role(user, district, make_actor)
    answer = client.get("/", follow=True)
    page = answer.content.decode()
    assert answer.status_code == 403 and user.email in page and "no role here now" in page and "Sign out" in page
    assert client.post("/accounts/logout/").status_code == 302 and client.get("/accounts/login/").status_code == 200


def test_a_guest_of_one_district_whose_role_there_has_ended_is_told_so(client, user, other_district, make_actor):
    assert where(client) == str(other_district.id)
    session = client.session
    session["identity"] = {"name": "Birch sign-in"}
    session.save()
    end_role(user, other_district, make_actor)
    assert "no role here now" in client.get("/", follow=True).content.decode()
