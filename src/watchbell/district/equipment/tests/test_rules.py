"""What is heard of equipment: decided without a database."""

from datetime import UTC, date, datetime, timedelta

import pytest

from watchbell.district.equipment.facts import EquipmentFacts, OwnerRule, Watched
from watchbell.district.equipment.rules import (
    REFRESH_SECONDS,
    choose_owner,
    is_news,
    judge_door,
    judge_expiry,
    judge_silence,
    read_battery,
    read_heard,
    read_screens,
    read_self_test,
    say_silence,
    silence_limit,
    sum_screens,
)
from watchbell.line.ids import same_uuid

AT = datetime(2026, 9, 9, 10, tzinfo=UTC)


def test_a_repeat_within_seconds_is_no_news_but_refreshes_later():
    old = read_heard("online", AT)
    assert not is_news(old, read_heard("online", AT + timedelta(seconds=19)))
    assert is_news(old, read_heard("online", AT + timedelta(seconds=20)))
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


@pytest.mark.parametrize(
    ("kind", "settings", "seconds", "is_silent"),
    [
        ("controlled_door", {}, 44, False),
        ("controlled_door", {}, 46, True),
        ("controlled_door", {"silence_seconds": 300}, 299, False),
        ("controlled_door", {"silence_seconds": 300}, 301, True),
        ("controlled_door", {"silence_seconds": 0}, 9_999_999, False),
        ("badge", {}, 9_999_999, False),
        ("aed", {}, 9_999_999, False),
        ("alarm_panel", {}, 9_999_999, False),
        ("alarm_panel", {"supervision_seconds": 90}, 149, False),
        ("alarm_panel", {"supervision_seconds": 90}, 151, True),
        ("controlled_door", {"silence_seconds": True}, 46, True),
    ],
)
def test_silence_begins_beyond_the_limit_of_the_kind_or_of_the_piece(kind, settings, seconds, is_silent):
    thing = Watched(same_uuid("x"), kind, settings, "online", AT)
    assert judge_silence(thing, AT + timedelta(seconds=seconds)) is is_silent


def test_what_was_never_heard_is_unknown_and_not_silent():
    assert not judge_silence(Watched(same_uuid("x"), "controlled_door", {}, "unknown", None), AT)


def test_a_limit_leaves_room_for_what_is_not_written_down_each_time():
    limit = silence_limit("controlled_door", {})
    assert limit and REFRESH_SECONDS * 2 <= limit <= 50, "two refreshes within it, flagged within a minute"


def test_silence_is_said_in_local_time():
    assert say_silence(AT, AT, "America/Chicago") == "not heard since 05:00:00"
    assert say_silence(AT, AT + timedelta(days=1), "America/Chicago") == "not heard since Sep 9, 05:00:00"


SITE, DANA, KIM, LEE, MAX, ANN = (same_uuid("owner", name) for name in ("site", "dana", "kim", "lee", "max", "ann"))
RULES = [OwnerRule("", None, DANA), OwnerRule("", SITE, KIM), OwnerRule("camera", None, LEE),
         OwnerRule("camera", SITE, MAX)]  # fmt: skip


@pytest.mark.parametrize(
    ("own", "kind", "site", "wanted"),
    [
        (ANN, "camera", SITE, ANN),
        (None, "camera", SITE, MAX),
        (None, "camera", None, LEE),
        (None, "badge", SITE, KIM),
        (None, "badge", same_uuid("elsewhere"), DANA),
    ],
)
def test_the_rule_that_says_most_names_the_owner(own, kind, site, wanted):
    assert choose_owner(own, kind, site, RULES) == wanted
    assert choose_owner(None, kind, site, []) is None


@pytest.mark.parametrize(
    ("told", "wanted"),
    [(55, 55), (55.6, 56), (-3, 0), (300, 100), ("55", None), (None, None), (True, None), (float("nan"), None)],
)
def test_a_battery_is_a_number_or_nothing(told, wanted):
    assert read_battery(told) == wanted


def test_a_self_test_is_read_from_what_devices_call_it():
    at = AT.timestamp()
    assert read_self_test({"result": "ok", "at": at - 5}, AT).state == "passed"
    assert read_self_test({"state": "failed", "because": "No sound."}, AT).because == "No sound."
    assert read_self_test({"state": "failed", "at": at + 9999}, AT).at == AT, "a clock that is ahead"
    assert all(read_self_test(told, AT) is None for told in (None, "ok", {}, {"state": "dunno"}, {"at": at}))


def test_open_screens_are_summed_over_the_web_processes_that_live():
    assert read_screens({"open": {"a": 2, "b": "x"}, "everywhere": 1}) == ({"a": 2}, 1)
    assert read_screens({"open": 7, "everywhere": "y"}) == ({}, 0)
    now = AT.timestamp()
    fresh, count = sum_screens({"web-1": [3, now - 5], "web-2": [4, now - 61], "web-3": [1, now]}, AT)
    assert count == 4 and set(fresh) == {"web-1", "web-3"}
