"""The JSON API by a page's session: what changes something brings the page's form token; a bearer token needs none."""

import pytest
from django.test import Client

from watchbell.district.accounts.actions import make_token
from watchbell.district.accounts.models import Membership, User

BODY = {"email": "mallory@cedar.invalid", "name": "Mallory", "role": "director"}


@pytest.fixture
def signed_in(committed_db, district, actor_as):
    user = User.objects.get(id=actor_as("director").user_id)
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    session = client.session
    session["district"], session["has_second_factor"] = str(district.id), True
    session.save()
    return client


def post(client, **headers):
    return client.post("/api/v1/accounts", BODY, content_type="application/json", headers=headers)


def test_a_foreign_page_changes_nothing_with_somebody_s_cookie(signed_in):
    for headers in ({}, {"x-csrftoken": "x" * 64}, {"origin": "https://elsewhere.invalid"}, {"authorization": "x"}):
        answer = post(signed_in, **headers)
        assert answer.status_code == 403 and "X-CSRFToken" in answer.json()["detail"]
    plain = signed_in.post("/api/v1/accounts", '{"email": "mallory@cedar.invalid"}', content_type="text/plain")
    assert plain.status_code in (403, 422)
    assert signed_in.delete(f"/api/v1/accounts/{Membership.objects.get().pk}").status_code == 403
    assert not User.objects.filter(email=BODY["email"]).exists() and Membership.objects.get().is_active
    assert signed_in.get("/api/v1/accounts").status_code == 200, "who only reads needs no token"


def test_our_own_pages_bring_the_form_token_they_keep_for_the_outbox(signed_in):
    token = signed_in.get("/form-token").json()["ticket"]
    assert post(signed_in, **{"x-csrftoken": token}).status_code == 200
    assert User.objects.filter(email=BODY["email"]).exists()


def test_a_bearer_token_needs_none(signed_in, actor, committed_db):
    token = make_token(actor, User.objects.get(id=actor.user_id), "t")
    client = Client(enforce_csrf_checks=True)
    assert post(client, authorization=f"Bearer {token}").status_code == 200


def test_a_form_token_is_given_to_who_is_signed_in(committed_db):
    assert Client().get("/form-token").status_code == 302
