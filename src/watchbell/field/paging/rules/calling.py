"""Decides who may be called to record something, and what a word of such a call changes."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from watchbell.field.paging.facts import (
    CALL_ENDS,
    CALL_STATES,
    CALL_WINDOW_SECONDS,
    MOST_CALLS,
    MOST_CALLS_TO_NUMBER,
    NUMBER_REST_SECONDS,
    PREMIUM,
    Called,
)

_ORDER = {state: 9 if state in CALL_ENDS else at for at, state in enumerate(CALL_STATES)}


def judge_number(number: str, own: Collection[str], is_of_family: bool) -> str:
    """Why this number (E.164, "" for none) is not called, or "".

    own: the numbers in the author's own record; those are called wherever they are. Of all others only ordinary ones
    of the own country that no family has: a call to record rings its author, and can never be made to ring families.
    """
    if not number:
        return "Write the telephone number with its area code, for example (573) 555-0100."
    if number in own:
        return ""
    if is_of_family:
        return "A family of the district has this number. The call goes to you: write your own number."
    if not number.startswith("+1") or number.startswith(PREMIUM):
        return "Only ordinary numbers of this country are called. Another of yours is called once it is in your record."
    return ""


def judge_pace(earlier: Sequence[Called], now: datetime) -> str:
    """Why nobody is called now, or "". earlier: the calls of the last ten minutes by this person or to this number."""
    since = now - timedelta(seconds=CALL_WINDOW_SECONDS)
    fresh = [one for one in earlier if one.asked_at > since]
    if any((one.is_mine or one.is_number) and one.state not in CALL_ENDS for one in fresh):
        return "A call is under way. Take it, or wait until it has ended."
    if sum(one.is_mine for one in fresh) >= MOST_CALLS:
        return f"You were called {MOST_CALLS} times within ten minutes. Wait a little, or record it here."
    to_number = [one for one in fresh if one.is_number]
    if len(to_number) >= MOST_CALLS_TO_NUMBER:
        return f"This number was called {MOST_CALLS_TO_NUMBER} times within ten minutes. Wait a little."
    if any(one.asked_at > now - timedelta(seconds=NUMBER_REST_SECONDS) for one in to_number):
        return f"This number has just been called. Try again in {NUMBER_REST_SECONDS} seconds."
    return ""


def is_news(known: str, told: str) -> bool:
    """Whether `told` changes a call that is `known` so far: words come late and twice, and what was spoken is never
    lost to an end that was told before it."""
    if told == "recorded":
        return known != "recorded"
    return _ORDER.get(told, 0) > _ORDER.get(known, 0) and known not in CALL_ENDS
