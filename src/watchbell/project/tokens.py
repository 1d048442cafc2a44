"""Who stands behind the bearer tokens and press tickets of the raw paths: looked up once, then remembered.

A press asks for nothing of it and works with the database away; looking and answering do too, while it is.
"""

import asyncio
from collections.abc import Callable, Hashable
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import close_old_connections

from watchbell.district.accounts.facts import LIVE_TICKET_SECONDS
from watchbell.district.accounts.queries import actor_behind, press_claims, token_actor
from watchbell.kernel.acting import acting_in
from watchbell.kernel.live import may_follow
from watchbell.line import clock, config, signing

REMEMBER_SECONDS = 60.0
LOOK_UP_SECONDS = 2.0
#: So long counts what was found of a press ticket; a stream that it opens asks again after STANDING_SECONDS.
STANDS_SECONDS = 5.0
STANDING_SECONDS = LIVE_TICKET_SECONDS
#: The database that did not answer is not asked again at once: who answers an alert waits once, not each time.
AWAY_SECONDS = 2.0
_standing: dict[tuple[str, str, str], tuple[float, dict[str, object] | None]] = {}
_away_until = 0.0
_known: dict[str, tuple[float, dict[str, object]]] = {}
_followed_by: dict[tuple[str, frozenset[str]], tuple[float, frozenset[str]]] = {}
_under_way: dict[tuple[Hashable, ...], "asyncio.Task[Any]"] = {}

T = TypeVar("T")


def credentials_of(header: str, scheme: str) -> str | None:
    """What an `Authorization` header brings under `scheme`, "" when nothing follows it; None under any other scheme.

    The one judge of whether somebody comes with a token: a scheme's case does not matter (RFC 9110, section 11.1).
    """
    told, _, credentials = header.strip().partition(" ")
    return credentials.strip() if told.lower() == scheme.lower() else None


def bearer_of(header: str) -> str | None:
    """The bearer token of an `Authorization` header; None for whoever comes without one and has a session at most."""
    return credentials_of(header, "Bearer")


async def claims_of(token: str) -> dict[str, object] | None:
    """The claims of a token, or None. With the database away, what was known of it last still counts.

    A token this process has not seen yet then counts by what was signed into it: it may press, it may not look.
    """
    signed = signing.read_ticket(token.removeprefix("wb_"))
    if signed is None or signed.get("kind") != "token" or (signed.get("is_demo") and not settings.IS_DEMO):
        _known.pop(token, None)
        return None
    known = _known.get(token)
    if known is not None and clock.monotonic() - known[0] < REMEMBER_SECONDS:
        return known[1]
    try:
        found = await _ask_once(_look_up, token)
    except Exception:
        return known[1] if known is not None else signed if "modes" in signed else None
    if found is None:
        _known.pop(token, None)
        return None
    _known[token] = (clock.monotonic(), found)
    return found


async def standing_of(claims: dict[str, Any]) -> dict[str, Any] | None:
    """The claims of a press ticket with the rights its bearer has now; None once the session, account or last role
    behind it has ended. At an edge, and while the database cannot say, they count as they were signed, for a minute.
    """
    global _away_until
    who = (str(claims.get("user")), str(claims.get("district")), str(claims.get("session") or ""))
    known = _standing.get(who)
    if known is None or clock.monotonic() - known[0] >= STANDS_SECONDS:
        if config.is_edge() or clock.monotonic() < _away_until:
            return _until(claims, REMEMBER_SECONDS)
        try:
            found = await _ask_once(_stand, *who)
        except Exception:
            _away_until = clock.monotonic() + AWAY_SECONDS
            return _until(claims, REMEMBER_SECONDS)
        known = _standing[who] = (clock.monotonic(), found)
    return None if known[1] is None else _until({**claims, **known[1]}, STANDING_SECONDS)


def _until(claims: dict[str, Any], seconds: float) -> dict[str, Any]:
    return {**claims, "exp": min(float(claims.get("exp", 0)), clock.unix() + seconds)}


def _stand(user: str, district: str, session: str) -> dict[str, object] | None:
    close_old_connections()
    actor = actor_behind(user, UUID(district), session)
    return None if actor is None else press_claims(actor)


async def topics_of(token: str, asked: frozenset[str]) -> frozenset[str] | None:
    """Which of the topics asked for this token's holder may follow; None while the database cannot say."""
    known = _followed_by.get((token, asked))
    if known is not None and clock.monotonic() - known[0] < REMEMBER_SECONDS:
        return known[1]
    try:
        found = await _ask_once(_followed, token, asked)
    except Exception:
        return None
    if found == asked:  # what is not there yet may be there in a moment
        _followed_by[token, asked] = (clock.monotonic(), found)
    return found


async def _ask_once(look: Callable[..., T], *given: Hashable) -> T:
    """What the database says, within LOOK_UP_SECONDS, else TimeoutError. Whoever asks the same meanwhile waits for the
    same answer: after a cut, a thousand pages come back at once."""
    task = _under_way.get((look, *given))
    if task is None:
        task = _under_way[look, *given] = asyncio.create_task(asyncio.to_thread(look, *given))
        task.add_done_callback(lambda _: _under_way.pop((look, *given), None))
        _forget_old()
    return await asyncio.wait_for(asyncio.shield(task), LOOK_UP_SECONDS)


def _forget_old() -> None:
    for key in [key for key, (at, _) in _followed_by.items() if clock.monotonic() - at > REMEMBER_SECONDS]:
        del _followed_by[key]
    for who in [who for who, (at, _) in _standing.items() if clock.monotonic() - at > STANDS_SECONDS]:
        del _standing[who]


def _followed(token: str, asked: frozenset[str]) -> frozenset[str]:
    close_old_connections()
    actor = token_actor(token)
    if actor is None:
        return frozenset()
    with acting_in(actor.district):
        return frozenset(topic for topic in asked if may_follow(actor, topic))


def _look_up(token: str) -> dict[str, object] | None:
    close_old_connections()
    actor = token_actor(token)
    if actor is None:
        return None
    return {**press_claims(actor), "may_view": "incidents.view" in actor.permissions}
