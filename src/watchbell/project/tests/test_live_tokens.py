"""Live streams of token holders: a thousand that come back at once, and what becomes of them with the database away."""

import asyncio
import threading
import time

import pytest

from watchbell.line import clock
from watchbell.project import asgi, tokens

ASKED = frozenset({"incidents:all", "zones:all"})


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch):
    monkeypatch.setattr(tokens, "_followed_by", {})


async def test_a_thousand_that_come_at_once_are_judged_once_and_all_follow(monkeypatch):
    asked = []

    def slowly(token, topics):
        asked.append(threading.get_ident())
        time.sleep(0.3)
        return topics

    monkeypatch.setattr(tokens, "_followed", slowly)
    found = await asyncio.gather(*(tokens.topics_of("t", ASKED) for _ in range(1000)))
    assert set(found) == {ASKED} and len(asked) == 1
    assert await tokens.topics_of("t", ASKED) == ASKED and len(asked) == 1, "for a minute it is remembered"
    await tokens.topics_of("another", ASKED)
    assert len(asked) == 2


async def test_what_may_not_be_followed_is_asked_again(monkeypatch):
    answers = [frozenset({"zones:all"}), ASKED]
    monkeypatch.setattr(tokens, "_followed", lambda token, topics: answers.pop(0))
    assert await tokens.topics_of("t", ASKED) == {"zones:all"}
    assert await tokens.topics_of("t", ASKED) == ASKED, "an incident may be recorded a moment later"


async def test_with_the_database_away_alerts_come_and_the_stream_soon_asks_again(monkeypatch):
    def away(token, topics):
        raise OSError("away")

    opened = []

    async def keep(scope, receive, send, claims, topics):
        opened.append((claims, topics))

    async def claims_of(token):
        return {"kind": "press", "user": "u", "may_view": True}

    monkeypatch.setattr(tokens, "_followed", away)
    monkeypatch.setattr(tokens, "claims_of", claims_of)
    monkeypatch.setattr(asgi, "stream", keep)
    assert await tokens.topics_of("t", ASKED) is None
    scope = {"headers": [(b"authorization", b"Bearer t")], "query_string": b"topics=incidents:all,zones:all"}
    await asgi._live(scope, None, None)
    monkeypatch.setattr(tokens, "_followed", lambda token, topics: topics)
    await asgi._live(scope, None, None)
    (unsure, none), (sure, both) = opened
    assert none == frozenset() and clock.unix() < unsure["exp"] <= clock.unix() + asgi.UNSURE_SECONDS
    assert both == ASKED and "exp" not in sure
