"""Moments as others write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell.line.clock import read_moment


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-27T12:00:00Z", "2026-11-27T12:00:00+00:00"),
        ("2026-11-27t12:00:00.25z", "2026-11-27T12:00:00.250000+00:00"),
        ("2026-11-27 12:00:00-05:00", "2026-11-27T12:00:00-05:00"),
        ("2026-11-27T12:00:00", "2026-11-27T12:00:00"),
        ("2026-12-31T23:59:60Z", "2027-01-01T00:00:00+00:00"),
        ("2026-12-31T18:59:60.5-05:00", "2026-12-31T19:00:00.500000-05:00"),
    ],
)
def test_a_moment_is_read_in_every_form_of_rfc_3339(text, expected):
    found = read_moment(text)
    assert found is not None and found.isoformat() == expected


@pytest.mark.parametrize("text", ["", "soon", "2026-02-30T00:00:00Z", "2026-11-27T12:60:00Z", "9999-12-31T23:59:60Z"])
def test_what_is_no_moment(text):
    assert read_moment(text) is None


@given(st.text(max_size=40))
def test_any_text_is_answered(text):
    read_moment(text)
