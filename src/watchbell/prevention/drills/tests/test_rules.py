"""What a school owes its state: decided from tables, without a database."""

from datetime import date, timedelta

import pytest

from watchbell.line.ids import same_uuid
from watchbell.prevention.drills.facts import DRILL_KINDS, PERIODS, SAMPLES, Done, Exempted, Rule
from watchbell.prevention.drills.rules import (
    judge_duties,
    judge_state,
    month_grid,
    school_year,
    windows_of,
    worst_state,
)

YEAR = school_year(date(2026, 9, 9), 8, 1)
OAK, ELM = same_uuid("oak"), same_uuid("elm")
FIRE = Rule(same_uuid("fire rule"), "fire", 1, "month", 14)
LOCK = Rule(same_uuid("lock rule"), "lockdown", 1, "semester")
BUS = Rule(same_uuid("bus rule"), "bus", 2, "year", None, ("elementary",))


@pytest.mark.parametrize(
    ("on", "month", "day", "wanted"),
    [
        (date(2026, 9, 9), 8, 1, ("2026-27", date(2026, 8, 1), date(2027, 7, 31), date(2027, 1, 1))),
        (date(2027, 7, 31), 8, 1, ("2026-27", date(2026, 8, 1), date(2027, 7, 31), date(2027, 1, 1))),
        (date(2027, 8, 1), 8, 1, ("2027-28", date(2027, 8, 1), date(2028, 7, 31), date(2028, 1, 1))),
        (date(2026, 3, 1), 2, 31, ("2026-27", date(2026, 2, 28), date(2027, 2, 27), date(2027, 1, 1))),
    ],
)
def test_a_school_year_begins_where_the_profile_says(on, month, day, wanted):
    year = school_year(on, month, day)
    assert (year.name, year.starts_on, year.ends_on, year.second_on) == wanted


def test_windows_are_months_of_school_semesters_or_the_year():
    months = windows_of(FIRE, YEAR)
    assert months[0] == (date(2026, 8, 1), date(2026, 8, 15), 1), "the first within its days"
    assert [first.month for first, _, _ in months[1:]] == [9, 10, 11, 12, 1, 2, 3, 4, 5]
    assert windows_of(LOCK, YEAR) == [
        (date(2026, 8, 1), date(2026, 12, 31), 1),
        (date(2027, 1, 1), date(2027, 7, 31), 1),
    ]
    assert windows_of(BUS, YEAR) == [(YEAR.starts_on, YEAR.ends_on, 2)]


@pytest.mark.parametrize(
    ("done", "days_to_end", "is_exempt", "wanted"),
    [
        (1, -5, False, "done"),
        (0, -1, False, "overdue"),
        (0, 0, False, "due"),
        (0, 30, False, "due"),
        (0, 31, False, "later"),
        (0, -1, True, "exempt"),
        (1, -1, True, "done"),
    ],
)
def test_each_duty_stands_somewhere(done, days_to_end, is_exempt, wanted):
    today = date(2026, 12, 1)
    ends = today + timedelta(days=days_to_end)
    assert judge_state(1, done, ends - timedelta(days=90), ends, today, is_exempt) == wanted


def test_a_window_that_has_not_begun_is_later():
    assert judge_state(1, 0, date(2027, 1, 1), date(2027, 1, 10), date(2026, 12, 31), False) == "later"


def test_duties_of_two_schools_the_worst_first():
    drills = [Done(same_uuid("d1"), OAK, "lockdown", date(2026, 9, 3)),
              Done(same_uuid("d2"), ELM, "fire", date(2026, 8, 5)),
              Done(same_uuid("d3"), OAK, "bus", date(2026, 9, 1))]  # fmt: skip
    exempt = [Exempted(OAK, FIRE.id, date(2026, 8, 1), "The building opened in September.")]
    duties = judge_duties(
        [(OAK, "elementary"), (ELM, "high")], [FIRE, LOCK, BUS], YEAR, drills, exempt, date(2026, 9, 9)
    )
    assert duties[0].state == "due" and duties[0].rule is FIRE and duties[0].ends_on == date(2026, 9, 30)
    by = {(d.site, d.rule.kind, d.starts_on): d for d in duties}
    assert (
        by[OAK, "lockdown", date(2026, 8, 1)].state == "done" and by[ELM, "lockdown", date(2026, 8, 1)].state == "later"
    )
    assert by[OAK, "fire", date(2026, 8, 1)].because.startswith("The building")
    assert by[ELM, "fire", date(2026, 8, 1)].state == "done"
    assert by[OAK, "bus", date(2026, 8, 1)].missing == 1 and (ELM, "bus", date(2026, 8, 1)) not in by
    assert worst_state(duties) == "due" and worst_state([]) == "done"


def test_a_drill_in_the_first_days_counts_for_the_month_too():
    drills = [Done(same_uuid("d"), OAK, "fire", date(2026, 9, 10))]
    late = judge_duties([(OAK, "high")], [FIRE], YEAR, drills, [], date(2026, 12, 1))
    states = {(d.starts_on, d.ends_on): d.state for d in late}
    assert states[date(2026, 8, 1), date(2026, 8, 15)] == "overdue", "not within its days"
    assert states[date(2026, 9, 1), date(2026, 9, 30)] == "done"


def test_samples_are_whole_and_marked_to_be_checked():
    for sample in SAMPLES:
        assert "Check with counsel" in sample["note"] and len(sample["note"]) <= 400
        for kind, count, period, _ in sample["rules"]:
            assert kind in DRILL_KINDS and period in PERIODS and count >= 1


def test_a_month_is_drawn_in_weeks_from_sunday():
    weeks = month_grid(2026, 2)
    assert len(weeks) == 4 and weeks[0][0] == date(2026, 2, 1) and weeks[3][6] == date(2026, 2, 28)
    assert all(len(week) == 7 for month in range(1, 13) for week in month_grid(2027, month))
