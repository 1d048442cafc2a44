"""How often somebody may try: never twice as often where one minute ends and the next begins."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from watchbell.kernel import limits
from watchbell.line.ids import new_id


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Sets what time it is, in seconds."""
    limits.cache.clear()

    def go(seconds: float) -> None:
        monkeypatch.setattr(limits, "clock", SimpleNamespace(unix=lambda: 60_000_000.0 + seconds))

    return go


def tried(who: str, times: int) -> list[bool]:
    return [limits.is_too_often("guess", who, 5) for _ in range(times)]


def test_so_many_pass_and_no_more_whoever_else_tries(at: Callable[[float], None]) -> None:
    at(0)
    one, other = str(new_id()), str(new_id())
    assert tried(one, 7) == [False] * 5 + [True] * 2
    assert tried(other, 5) == [False] * 5


def test_the_end_of_a_minute_lets_nobody_begin_anew(at: Callable[[float], None]) -> None:
    who = str(new_id())
    at(59.9)
    assert not any(tried(who, 5))
    at(60.1)
    assert all(tried(who, 5)), "ten within a fifth of a second"


def test_who_waits_a_minute_is_let_in_again(at: Callable[[float], None]) -> None:
    who = str(new_id())
    at(30)
    assert tried(who, 6)[-1]
    at(91)
    assert not tried(who, 1)[0], "six by half are three, and one"
    at(240)
    assert not any(tried(who, 5))
