"""Links and codes: genuine, in time, the same for the same order, and nothing else opens."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell.line import clock, passes
from watchbell.line.signing import Signer


@pytest.fixture(autouse=True)
def at_home(tmp_path, monkeypatch):
    monkeypatch.setenv("WATCHBELL_HOME", str(tmp_path))
    yield
    clock.shift(0)


def test_a_link_says_what_it_was_made_for_until_it_ends():
    token = passes.make_token(Signer(), "d", "p", "o", clock.unix())
    assert passes.read_token(token)[:3] == ("d", "p", "o")
    clock.shift(passes.PASS_SECONDS + 2)
    assert passes.read_token(token) is None


def test_what_is_altered_or_signed_by_another_opens_nothing(tmp_path, monkeypatch):
    token = passes.make_token(Signer(), "d", "p", "o", clock.unix())
    said, _, mark = token.partition(".")
    other = passes.make_token(Signer(), "d2", "p", "o", clock.unix())
    for wrong in (f"{other.partition('.')[0]}.{mark}", said, f"{said}.", f"{said}.{mark[:-4]}AAAA", token * 20):
        assert passes.read_token(wrong) is None
    monkeypatch.setenv("WATCHBELL_HOME", str(tmp_path / "other"))
    assert passes.read_token(token) is None


def test_a_code_is_nine_digits_the_same_for_the_same_order_and_can_be_said():
    code = passes.make_code(Signer(), "order")
    assert len(code) == 9 and code.isdigit() and code == passes.make_code(Signer(), "order")
    assert code != passes.make_code(Signer(), "other") and passes.say_code("123456789") == "1 2 3, 4 5 6, 7 8 9"


@given(st.text(max_size=300))
def test_any_text_is_answered(text):
    assert passes.read_token(text) is None
