"""Days and periods: decided without a database."""

from datetime import date, time

import pytest

from watchbell.district.schedules.facts import PeriodFacts
from watchbell.district.schedules.rules import choose_schedule, find_overlap, find_period, judge_day_kind

FIRST = PeriodFacts("Period 1", time(8), time(8, 50))
SECOND = PeriodFacts("Period 2", time(8, 55), time(9, 45))


@pytest.mark.parametrize(
    ("own", "shared", "wanted"),
    [
        (("early_dismissal", "Boiler"), ("no_school", "Holiday"), "early_dismissal"),
        (None, ("no_school", "Holiday"), "no_school"),
        (None, None, "school_day"),
    ],
)
def test_a_sites_own_entry_counts_before_the_districts(own, shared, wanted):
    assert judge_day_kind(date(2026, 9, 9), own, shared)[0] == wanted


def test_a_weekend_without_an_entry_is_no_school():
    assert judge_day_kind(date(2026, 9, 12), None, None) == ("no_school", "Weekend")


def test_a_day_without_its_own_schedule_runs_the_ordinary_one():
    schedules = [("Regular", "school_day"), ("Short", "early_dismissal")]
    assert choose_schedule(schedules, "early_dismissal") == "Short"
    assert choose_schedule(schedules, "late_start") == "Regular"
    assert choose_schedule(schedules, "no_school") == ""


def test_between_two_periods_none_runs():
    assert find_period([FIRST, SECOND], time(8)) == FIRST
    assert find_period([FIRST, SECOND], time(8, 50)) is None
    assert find_period([FIRST, SECOND], time(7)) is None


def test_overlapping_periods_are_found():
    late = PeriodFacts("Long", time(8, 40), time(9))
    assert find_overlap([SECOND, FIRST]) is None
    assert find_overlap([late, FIRST]) == (FIRST, late)
