"""Test sessions judged: two people, in time, and over by the clock."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from watchbell.field.panic import rules
from watchbell.field.panic.facts import SessionFacts

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
ANNA, BEN = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize(
    ("mode", "minutes", "devices", "why", "wrong"),
    [
        ("test", 15, 1, "monthly", set()),
        ("drill", 240, 3, "drill", set()),
        ("real", 15, 1, "monthly", {"mode"}),
        ("test", 0, 1, "monthly", {"minutes"}),
        ("test", 241, 1, "monthly", {"minutes"}),
        ("test", 15, 0, "monthly", {"devices"}),
        ("test", 15, 1, "  ", {"why"}),
        ("", -1, 0, "", {"mode", "minutes", "devices", "why"}),
    ],
)
def test_a_proposal_says_what_is_missing(mode, minutes, devices, why, wrong):
    assert set(rules.find_proposal_faults(mode, minutes, devices, why)) == wrong


@pytest.mark.parametrize(
    ("state", "by", "minutes_later", "words"),
    [
        ("proposed", BEN, 5, ""),
        ("proposed", ANNA, 5, "second person"),
        ("proposed", None, 5, "second person"),
        ("proposed", BEN, 31, "within 30 minutes"),
        ("open", BEN, 5, "not waiting"),
        ("ended", BEN, 5, "not waiting"),
    ],
)
def test_only_a_second_person_opens_a_session(state, by, minutes_later, words):
    session = SessionFacts(state, ANNA, NOW, None)
    found = rules.judge_confirmation(session, by, NOW + timedelta(minutes=minutes_later))
    assert (words in found) if words else found == ""


@pytest.mark.parametrize(
    ("state", "ends", "minutes_later", "over"),
    [
        ("open", 15, 14, False),
        ("open", 15, 15, True),
        ("proposed", None, 29, False),
        ("proposed", None, 31, True),
        ("ended", 15, 99, False),
    ],
)
def test_a_session_is_over_by_the_clock(state, ends, minutes_later, over):
    ends_at = None if ends is None else NOW + timedelta(minutes=ends)
    assert rules.is_over(SessionFacts(state, ANNA, NOW, ends_at), NOW + timedelta(minutes=minutes_later)) is over
