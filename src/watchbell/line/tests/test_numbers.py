"""Whole numbers."""

import pytest

from watchbell.line.numbers import read_whole


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("007", 7), ("999999999", 999_999_999), ("", None), ("²", None), ("٣", None), ("-1", None), (" 1", None),
     ("1.0", None), ("9" * 10, None), ("9" * 10_000, None)],
)  # fmt: skip
def test_a_number_is_read_or_is_none(text, number):
    assert read_whole(text) == number
