"""Who a session belongs to and what they may, in one statement, and never more than the district of the session."""

import asyncio
import re

import pytest
from django.db import OperationalError
from django.test import Client

from watchbell.district.accounts import actions
from watchbell.district.accounts.models import Membership, User
from watchbell.kernel.acting import acting_in
from watchbell.kernel.changes import recorded_batch
from watchbell.project import tokens

COUNT = re.compile(r'desc="(\d+)"')


@pytest.fixture
def sign_in(committed_db, make_actor):
    def go(district, role="teacher"):
        actor = make_actor(district, role)
        client = Client()
        client.force_login(User.objects.get(id=actor.user_id))
        session = client.session
        session["district"], session["has_second_factor"] = str(district.id), True
        session.save()
        return client, actor

    return go


def test_session_account_and_roles_are_two_statements(sign_in, district):
    client, _ = sign_in(district)
    client.get("/live-ticket")  # the district's time zone is asked once a process
    answer = client.get("/live-ticket")
    assert answer.status_code == 200 and int(COUNT.search(answer.headers["Server-Timing"]).group(1)) == 2


def test_an_account_that_was_ended_is_signed_out_at_its_next_page(sign_in, district):
    client, actor = sign_in(district)
    with recorded_batch("a test's account"):
        User.objects.filter(id=actor.user_id).update(is_active=False)
    assert "/accounts/login/" in client.get("/press").headers["Location"]


def test_a_new_password_ends_the_session(sign_in, district):
    client, actor = sign_in(district)
    user = User.objects.get(id=actor.user_id)
    user.set_password("another one, as long as it must be")
    user.save()
    assert "/accounts/login/" in client.get("/press").headers["Location"]


def test_a_role_that_was_ended_counts_no_more(sign_in, district):
    client, actor = sign_in(district)
    assert client.get("/press").status_code == 200
    with acting_in(district.id), recorded_batch("a test's account"):
        Membership.objects.filter(user_id=actor.user_id).update(is_active=False)
    assert "/accounts/login/" in client.get("/press").headers["Location"]


def test_a_session_in_a_district_where_the_person_has_no_role_opens_nothing(sign_in, district, other_district):
    client, _ = sign_in(district, "director")
    session = client.session
    session["district"] = str(other_district.id)
    session.save()
    assert "/accounts/login/" in client.get("/press").headers["Location"]


def test_roles_are_those_of_the_district_of_the_session(sign_in, district, other_district):
    client, actor = sign_in(district, "teacher")
    with acting_in(other_district.id), recorded_batch("a test's account"):
        Membership.objects.create(user_id=actor.user_id, role="director")
    assert client.get("/people/accounts").status_code == 403, "a director elsewhere is a teacher here"


def test_a_demo_accounts_token_presses_nothing_outside_the_demo_with_the_database_away(
    committed_db, actor, settings, monkeypatch
):
    def away(token):
        raise OperationalError

    user = User.objects.get(id=actor.user_id)
    token = actions.make_token(actor, user, "Own")
    user.is_demo = True
    demo = actions.make_token(actor, user, "Demo")
    monkeypatch.setattr(tokens, "_look_up", away)
    for is_demo, one, may in ((True, demo, True), (False, demo, False), (False, token, True)):
        settings.IS_DEMO = is_demo
        assert (asyncio.run(tokens.claims_of(one)) is not None) == may
