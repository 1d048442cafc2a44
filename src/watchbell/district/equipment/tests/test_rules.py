"""What is heard of equipment: decided without a database."""

from datetime import UTC, date, datetime, timedelta

import pytest

from watchbell.district.equipment.facts import EquipmentFacts
from watchbell.district.equipment.rules import is_news, judge_door, judge_expiry, read_heard

AT = datetime(2026, 9, 9, 10, tzinfo=UTC)


def test_a_repeat_within_a_minute_is_no_news_but_refreshes_later():
    old = read_heard("online", AT)
    assert not is_news(old, read_heard("online", AT + timedelta(seconds=59)))
    assert is_news(old, read_heard("online", AT + timedelta(seconds=60)))
    assert is_news(None, old)


def test_older_words_never_replace_newer_ones():
    assert not is_news(read_heard("online", AT), read_heard("trouble", AT - timedelta(seconds=1)))


def test_an_unknown_state_counts_as_trouble():
    heard = read_heard("melting", AT, contact="ajar", lock="welded")
    assert (heard.state, heard.contact, heard.lock) == ("trouble", "", "") and "melting" in heard.because


def test_an_opened_case_is_trouble_even_when_online():
    assert read_heard("online", AT, tampered=True).state == "trouble"


@pytest.mark.parametrize(
    ("state", "contact", "lock", "wanted"),
    [
        ("online", "closed", "locked", "locked"),
        ("online", "open", "locked", "forced"),
        ("online", "open", "unlocked", "open"),
        ("online", "closed", "unlocked", "unlocked"),
        ("silent", "closed", "locked", "unknown"),
        ("unknown", "", "", "unknown"),
    ],
)
def test_a_silent_door_is_never_shown_as_locked(state, contact, lock, wanted):
    assert judge_door(state, contact, lock) == wanted


def test_expiry_is_told_in_time():
    today = date(2026, 9, 9)
    assert judge_expiry(None, today) == ""
    assert judge_expiry(today - timedelta(days=1), today) == "expired"
    assert judge_expiry(today + timedelta(days=30), today) == "soon"


def test_a_secret_does_not_show_in_a_log():
    thing = EquipmentFacts(AT, "alarm_panel", "P", None, None, "siadc09", "1", {}, "c0ffee", False, "online")
    assert "c0ffee" not in repr(thing)
