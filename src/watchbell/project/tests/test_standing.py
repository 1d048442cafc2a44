"""A press ticket looks and answers only while the session, the account and the role behind it stand; pressing waits for
nobody."""

import asyncio
import json
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import OperationalError, connections
from django.test import Client

from watchbell.district.accounts import actions, queries
from watchbell.district.accounts.models import ApiToken, Membership, User
from watchbell.kernel.acting import acting_in
from watchbell.kernel.changes import recorded_batch
from watchbell.line import clock, config, signing
from watchbell.project import asgi, tokens

PASSWORD = "seven green lanterns"


@pytest.fixture(autouse=True)
def nothing_known(committed_db, monkeypatch, settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()
    monkeypatch.setattr(tokens, "_standing", {})
    monkeypatch.setattr(tokens, "_known", {})
    monkeypatch.setattr(tokens, "_away_until", 0.0)
    monkeypatch.setattr(tokens, "STANDS_SECONDS", 0.0)

    def asked_and_closed(look, given):
        try:
            return look(*given)
        finally:
            connections.close_all()

    async def to_thread(look, *given):
        return await asyncio.get_running_loop().run_in_executor(None, asked_and_closed, look, given)

    monkeypatch.setattr(asyncio, "to_thread", to_thread)  # each request of these tests has threads of its own


@pytest.fixture
def user(district, actor_as):
    found = User.objects.get(id=actor_as("driver").user_id)
    with recorded_batch("a test's password"):
        found.set_password(PASSWORD)
        found.save()
    return found


@pytest.fixture
def client(user):
    made = Client()
    made.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    return made


@pytest.fixture
def ticket(client):
    return client.get("/press/ticket").json()["ticket"]


def answered(path, ticket, body=b"", method="POST"):
    """(status, what a stream was opened with) of one raw request with a press ticket."""
    told, opened = [], []

    async def receive():
        return {"type": "http.request", "body": body}

    async def send(message):
        told.append(message.get("status"))

    async def stream(scope, receive, send, claims, topics):
        opened.append(claims)

    async def confirm(claims, *more):
        opened.append(claims)
        return True

    async def keep(*more):
        return True

    async def ask():
        scope = {"type": "http", "path": path, "method": method, "query_string": b"",
                 "headers": [(b"authorization", f"Ticket {ticket}".encode())]}  # fmt: skip
        await asgi._route(scope, receive, send)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asgi, "stream", stream)
        patch.setattr(asgi.hub, "confirm", confirm)
        patch.setattr(asgi.hub, "keep", keep)
        patch.setattr(asgi.hub, "start", lambda: None)
        asyncio.run(ask())
    return (told or [200])[0], (opened or [None])[0]


def looks(ticket):
    return answered("/live/events", ticket, method="GET")


def answers(ticket):
    return answered("/live/confirm", ticket, json.dumps({"press": "p"}).encode())[0]


def answers_by_body(ticket):
    return answered("/live/confirm", "", json.dumps({"press": "p", "ticket": ticket}).encode())[0]


def presses(ticket):
    site = "0190d1f0-0000-7000-8000-000000000001"
    return answered("/api/v1/alarms", ticket, json.dumps({"kind": "lockdown", "site": site}).encode())[0]


def test_who_is_signed_in_looks_and_answers_for_some_minutes_at_a_time(ticket):
    status, claims = looks(ticket)
    assert status == 200 and claims["exp"] <= clock.unix() + tokens.STANDING_SECONDS
    assert answers(ticket) == answers_by_body(ticket) == 200


def sign_out(client, user, actor):
    client.post("/accounts/logout/")


def end_sessions(client, user, actor):
    for session in queries.UserSession.objects.filter(user=user):
        session.end()


def change_password(client, user, actor):
    user.set_password("another one, as long as it must be")
    user.save()


def end_account(client, user, actor):
    with recorded_batch("a test's account"):
        User.objects.filter(id=user.id).update(is_active=False)


def end_role(client, user, actor):
    actions.end_membership(actor, Membership.objects.get(user=user).id)


@pytest.mark.parametrize("end", [sign_out, end_sessions, change_password, end_account, end_role])
def test_when_what_stood_behind_it_has_ended_it_presses_and_nothing_else(ticket, client, user, actor, end):
    assert looks(ticket)[0] == 200
    end(client, user, actor)
    assert looks(ticket)[0] == answers(ticket) == answers_by_body(ticket) == 401
    assert presses(ticket) == 201, "nobody who presses is asked whether the database knows them"


def test_a_role_taken_away_takes_its_rights_along(ticket, user, actor, district):
    actions.add_user(actor, user.email, user.name, "parent")
    with acting_in(district.id), recorded_batch("a test's role"):
        Membership.objects.filter(user=user, role="driver").update(is_active=False)
    assert looks(ticket)[1]["rights"] == {} and answers(ticket) == 403


def test_with_the_database_away_the_ticket_counts_by_its_signature(ticket, client, monkeypatch):
    def away(*given):
        raise OperationalError

    client.post("/accounts/logout/")
    monkeypatch.setattr(tokens, "_stand", away)
    status, claims = looks(ticket)
    assert status == 200 and claims["exp"] <= clock.unix() + tokens.REMEMBER_SECONDS
    assert answers(ticket) == 200 and presses(ticket) == 201


def test_an_edge_has_no_database_to_ask(ticket, monkeypatch):
    def away(*given):
        raise AssertionError("there is none")

    monkeypatch.setattr(tokens, "_stand", away)
    monkeypatch.setattr(config, "is_edge", lambda: True)
    assert asyncio.run(tokens.standing_of(signing.read_ticket(ticket)))["rights"]


def test_what_was_looked_up_counts_for_some_seconds(ticket, client, monkeypatch):
    monkeypatch.setattr(tokens, "STANDS_SECONDS", 5.0)
    claims = signing.read_ticket(ticket)
    assert asyncio.run(tokens.standing_of(claims))
    client.post("/accounts/logout/")
    assert asyncio.run(tokens.standing_of(claims)), "a moment more"
    clock_now = clock.monotonic()
    monkeypatch.setattr(clock, "monotonic", lambda: clock_now + 6)
    assert asyncio.run(tokens.standing_of(claims)) is None


def test_a_ticket_got_by_a_token_ends_with_it(user, actor):
    token = actions.make_token(actor, user, "Own")
    ticket = Client().get("/press/ticket", headers={"authorization": f"Bearer {token}"}).json()["ticket"]
    assert answers(ticket) == 200
    assert answers_by_body(token.removeprefix("wb_")) == 200
    actions.revoke_token(actor, ApiToken.objects.get().id)
    tokens._known.clear()
    assert answers(ticket) == answers_by_body(token.removeprefix("wb_")) == 401


def test_when_a_token_was_last_used_is_kept_to_the_minute(user, actor, monkeypatch):
    token = actions.make_token(actor, user, "Own")
    assert ApiToken.objects.get().used_at is None
    assert asyncio.run(tokens.claims_of(token))
    first = ApiToken.objects.get().used_at
    assert first is not None
    Client().get("/api/v1/incidents", headers={"authorization": f"Bearer {token}"})
    assert ApiToken.objects.get().used_at == first, "at most once a minute"
    ApiToken.objects.update(used_at=first - timedelta(seconds=61))
    Client().get("/api/v1/incidents", headers={"authorization": f"Bearer {token}"})
    assert ApiToken.objects.get().used_at >= first
    actions.revoke_token(actor, ApiToken.objects.get().id)
    used = ApiToken.objects.get().used_at
    ApiToken.objects.update(used_at=None)
    assert queries.token_actor(token) is None and ApiToken.objects.get().used_at is None and used
