"""Sensitive rights need a second factor; a press never does."""

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.messages.storage.fallback import FallbackStorage
from django.http import HttpResponse
from django.test import Client

from watchbell.district.accounts.actions import make_token
from watchbell.district.accounts.models import User
from watchbell.kernel.changes import recorded_batch
from watchbell.project.middleware import AsksForSecondFactor


@pytest.fixture
def visit(committed_db, rf):
    def go(actor, path="/people", session=None, **headers):
        request = rf.get(path, **headers)
        request.actor, request.session = actor, {} if session is None else session
        request.user = User.objects.get(id=actor.user_id)
        request._messages = FallbackStorage(request)
        return AsksForSecondFactor(lambda _: HttpResponse("page"))(request)

    return go


def add_factor(actor, kind):
    with recorded_batch("a test's authenticator"):
        Authenticator.objects.create(user_id=actor.user_id, type=kind, data={})


@pytest.mark.parametrize("role", ["director", "principal", "office", "officer", "it", "nurse", "police", "dispatcher"])
def test_sensitive_roles_are_led_to_set_one_up(visit, actor_as, role):
    answer = visit(actor_as(role))
    assert answer.status_code == 302 and answer.headers["Location"] == "/accounts/2fa/"


@pytest.mark.parametrize("role", ["teacher", "staff", "driver", "parent"])
def test_others_are_let_in(visit, actor_as, role):
    assert visit(actor_as(role)).content == b"page"


@pytest.mark.parametrize("path", ["/press", "/press/drill", "/accounts/2fa/", "/accounts/logout/", "/live-ticket"])
def test_a_press_and_the_set_up_itself_are_never_barred(visit, actor_as, path):
    assert visit(actor_as("director"), path).content == b"page"


@pytest.mark.parametrize(("kind", "is_enough"), [("totp", True), ("webauthn", True), ("recovery_codes", False)])
def test_an_app_or_a_passkey_is_enough_codes_alone_are_not(visit, actor_as, kind, is_enough):
    actor = actor_as("director")
    add_factor(actor, kind)
    assert (visit(actor).content == b"page") is is_enough


def test_it_is_looked_at_again_after_the_set_up_page(visit, actor_as):
    actor, session = actor_as("director"), {}
    add_factor(actor, "totp")
    assert visit(actor, session=session).content == b"page" and session
    visit(actor, "/accounts/2fa/", session)
    assert not session


def test_a_token_is_not_asked(visit, actor_as):
    assert visit(actor_as("it"), HTTP_AUTHORIZATION="Bearer x").content == b"page"


@pytest.mark.parametrize("header", ["x", "Basic eDp5", "Ticket x", "Bearerx", "", "x Bearer y"])
def test_a_header_that_is_no_token_spares_nobody(visit, actor_as, header):
    assert visit(actor_as("it"), HTTP_AUTHORIZATION=header).status_code == 302


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_token_counts_however_its_scheme_is_written(committed_db, actor_as, scheme):
    actor = actor_as("it")
    token = make_token(actor, User.objects.get(id=actor.user_id), "a test's")
    answer = Client().get("/api/v1/sites", headers={"authorization": f"{scheme} {token}"})
    assert answer.status_code == 200


@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
def test_a_session_lends_nothing_to_a_token_that_does_not_count(committed_db, actor_as, scheme):
    client = Client()
    client.force_login(User.objects.get(id=actor_as("director").user_id))
    assert client.get("/api/v1/sites").status_code == 302, "the session alone has no second factor yet"
    answer = client.get("/api/v1/sites", headers={"authorization": f"{scheme} wb_nothing"})
    assert answer.status_code == 401


def test_a_session_beside_another_header_is_asked_for_its_form_token_and_factor(committed_db, actor_as):
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.get(id=actor_as("director").user_id))
    assert client.get("/people", headers={"authorization": "x"}).status_code == 302
    assert client.post("/press", {}, headers={"authorization": "x"}).status_code == 403
