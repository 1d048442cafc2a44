"""The roll call's decisions: two places, one reporter's own order, merging, counts, progress."""

import itertools
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from watchbell.line.ids import same_uuid
from watchbell.response.accountability import rules
from watchbell.response.accountability.facts import Answer, Expected, Report

T = datetime(2026, 3, 3, 10, 45, tzinfo=UTC)
ROOM_12, GYM, ROOM_14 = (same_uuid("place", name) for name in ("12", "gym", "14"))
MARISOL, TOM = same_uuid("person", "marisol"), same_uuid("person", "tom")


def said(by: str, state: str, place: UUID | None = ROOM_12, minute: float = 3, **more) -> Report:
    made = T + timedelta(minutes=minute)
    person = more.pop("person", MARISOL)
    words = {"id": same_uuid(by, state, place, minute, person), "subject": f"person:{person}", "kind": "student",
             "name": "Marisol Vega", "person": person, "state": state, "place": place, "by": by, "by_name": by,
             "place_name": {ROOM_12: "Room 12", GYM: "Gym", ROOM_14: "Room 14"}.get(place, ""), "made_at": made,
             "received_at": more.pop("received", made)}  # fmt: skip
    return Report(**{**words, **more})


#: what was said → (state that counts, whether it is a question)
TWO_PLACES = [
    ([said("a", "safe", ROOM_12, 3), said("b", "safe", GYM, 5)], "safe", True),
    ([said("a", "safe", ROOM_12, 3), said("b", "safe", ROOM_12, 5)], "safe", False),
    ([said("a", "safe", ROOM_12, 3), said("a", "safe", GYM, 5)], "safe", False),
    ([said("a", "injured", ROOM_12, 3), said("b", "safe", ROOM_12, 5)], "injured", False),
    ([said("a", "injured", GYM, 3), said("b", "safe", ROOM_12, 5)], "injured", True),
    ([said("a", "missing", ROOM_12, 3), said("b", "safe", GYM, 5)], "safe", False),
    ([said("a", "missing", ROOM_12, 5), said("b", "safe", GYM, 3)], "safe", False),
    ([said("a", "safe", ROOM_12, 3), said("b", "missing", ROOM_12, 5)], "missing", True),
    ([said("a", "safe", ROOM_12, 3), said("b", "missing", None, 5)], "missing", True),
    ([said("a", "missing", None, 3), said("b", "safe", ROOM_12, 5)], "safe", False),
    ([said("a", "absent", ROOM_12, 3), said("b", "safe", GYM, 5)], "safe", True),
    ([said("a", "absent", ROOM_12, 3), said("b", "missing", None, 5)], "missing", True),
    ([said("a", "absent", ROOM_12, 3), said("b", "absent", None, 5)], "absent", False),
    ([said("a", "safe", ROOM_12, 3), said("b", "released", None, 5)], "released", False),
    ([said("b", "released", None, 3), said("a", "safe", ROOM_12, 5)], "safe", True),
    ([said("a", "missing", ROOM_12, 3), said("b", "released", None, 5)], "released", False),
]


@pytest.mark.parametrize(("words", "state", "is_question"), TWO_PLACES)
def test_contradicting_words_are_a_question_and_never_an_overwrite(words, state, is_question):
    standing = rules.settle(words)
    assert (standing.report.state, standing.is_question) == (state, is_question)
    assert bool(standing.because) == is_question
    if is_question:
        assert {one.by for one in standing.rivals} == {"a", "b"}


@pytest.mark.parametrize(("words", "state", "is_question"), TWO_PLACES)
def test_the_order_of_arrival_changes_nothing(words, state, is_question):
    for order in itertools.permutations(words):
        standing = rules.settle(order)
        assert (standing.report.state, standing.is_question) == (state, is_question)


def test_one_reporter_is_ordered_by_device_time_whenever_it_arrives():
    late = said("a", "missing", ROOM_12, 3, received=T + timedelta(minutes=40))
    early = said("a", "safe", ROOM_12, 5, received=T + timedelta(minutes=6))
    assert rules.settle([early, late]).report.state == "safe"


def test_three_places_are_one_question_with_three_words():
    standing = rules.settle([said("a", "safe", ROOM_12, 1), said("b", "safe", GYM, 2), said("c", "safe", ROOM_14, 3)])
    assert [one.place_name for one in standing.rivals] == ["Room 14", "Gym", "Room 12"]


def test_an_answer_ends_the_question_until_somebody_says_something_new():
    first, second = said("a", "safe", ROOM_12, 3), said("b", "safe", GYM, 5)
    answer = Answer(first.subject, first.id, "Office", T + timedelta(minutes=6))
    standing = rules.settle([first, second], answer)
    assert standing.report == first and not standing.is_question
    again = said("b", "safe", GYM, 9)
    standing = rules.settle([first, second, again], answer)
    assert standing.is_question and set(standing.rivals) == {first, again}
    moved = said("a", "safe", GYM, 9)
    assert not rules.settle([first, second, moved], answer).is_question


def test_two_guests_of_one_name_may_be_two_people():
    one, two = (said(by, "safe", place, person=None, subject="name:sam") for by, place in (("a", ROOM_12), ("b", GYM)))
    assert rules.settle([one, two]).is_question
    answer = Answer("name:sam", None, "Office", T + timedelta(minutes=9))
    assert not rules.settle([one, two], answer).is_question


@pytest.mark.parametrize(
    ("person", "name", "count", "subject"),
    [
        (MARISOL, "x", 1, f"person:{MARISOL}"), (None, "  Sam  RIVERA", 1, "name:sam rivera"),
        (None, "Parents", 3, "report:r1"), (None, "", 1, "report:r1"),
    ],
)  # fmt: skip
def test_whom_a_report_is_about(person, name, count, subject):
    assert rules.subject_of(person, name, count, "r1") == subject


@pytest.mark.parametrize(
    ("made", "closed", "now", "is_taken"),
    [
        (5, None, 6, True), (-1, None, 6, True), (-3, None, 6, False), (5, 30, 60, True), (31, 30, 60, False),
        (5, 30, 60 * 24 * 8, False),
    ],
)  # fmt: skip
def test_what_was_said_in_time_may_arrive_later(made, closed, now, is_taken):
    minutes = [None if one is None else T + timedelta(minutes=one) for one in (made, closed, now)]
    assert (rules.is_in_time(minutes[0], T, minutes[1], minutes[2]) == "") == is_taken


def test_a_clock_that_runs_ahead_counts_as_now():
    assert rules.set_right(T + timedelta(minutes=3), T) == T
    assert rules.set_right(T - timedelta(minutes=3), T) == T - timedelta(minutes=3)


def people(*given: tuple[UUID, UUID]) -> list[Expected]:
    return [Expected(person, "A name", "student", place) for person, place in given]


def count(reports, expected, told=None):
    standings = rules.settle_all(reports, {})
    rooms = rules.count_rooms([(ROOM_12, "Room 12"), (GYM, "Gym"), (ROOM_14, "Room 14")], expected, standings,
                              told or {})  # fmt: skip
    return {room.name: room for room in rooms}, rules.total_of(rooms, expected, standings), rooms


def test_silent_rooms_come_first_and_empty_ones_not_at_all():
    expected = people((MARISOL, ROOM_12), (TOM, ROOM_14))
    by_name, totals, rooms = count([said("a", "injured", ROOM_12)], expected)
    assert [room.name for room in rooms] == ["Room 14", "Room 12"]
    assert by_name["Room 14"].is_silent and by_name["Room 12"].state == "injured"
    assert (totals.silent, totals.rooms, totals.injured, totals.unknown) == (1, 2, 1, 1)


def test_somebody_elsewhere_is_extra_there_and_accounted_for_at_home():
    by_name, totals, _ = count([said("a", "safe", GYM)], people((MARISOL, ROOM_12), (TOM, ROOM_12)))
    assert (by_name["Gym"].extra, by_name["Gym"].here, by_name["Gym"].expected) == (1, 1, 0)
    assert (by_name["Room 12"].accounted, by_name["Room 12"].expected) == (1, 2) and by_name["Room 12"].is_silent
    assert (totals.accounted, totals.people) == (1, 2)


def test_a_room_told_by_a_number_counts_that_many_and_who_is_elsewhere_besides():
    told = {ROOM_12: ("safe", 1, T, "Ms Okafor", "")}
    expected = people((MARISOL, ROOM_12), (TOM, ROOM_12))
    by_name, totals, _ = count([said("a", "safe", GYM)], expected, told)
    assert by_name["Room 12"].accounted == 2 and totals.accounted == 2
    assert count([], expected, told)[1].accounted == 1


def test_guests_count_besides_and_in_their_number():
    guests = said("a", "safe", GYM, person=None, subject="report:r9", count=3, name="Parents", kind="guest")
    by_name, totals, _ = count([guests], people((MARISOL, ROOM_12)))
    assert by_name["Gym"].extra == 3 and totals.guests == 3 and totals.accounted == 0


def test_a_question_is_counted_in_both_rooms():
    by_name, totals, _ = count([said("a", "safe", ROOM_12), said("b", "safe", GYM)], people((MARISOL, ROOM_12)))
    assert by_name["Room 12"].questions == by_name["Gym"].questions == totals.questions == 1


def test_absent_and_released_are_accounted_for_and_not_here():
    reports = [said("a", "absent", ROOM_12), said("a", "released", None, person=TOM)]
    _, totals, _ = count(reports, people((MARISOL, ROOM_12), (TOM, ROOM_12)))
    assert (totals.accounted, totals.seen, totals.absent, totals.released) == (2, 0, 1, 1)


def test_progress_counts_each_person_and_room_once():
    reports = [said("a", "safe", ROOM_12, 1), said("a", "safe", ROOM_12, 2), said("b", "missing", GYM, 3, person=TOM),
               said("b", "safe", GYM, 4, person=TOM)]  # fmt: skip
    steps = rules.progress_of(reports, [(ROOM_14, T + timedelta(minutes=5), 20)], T)
    assert [(one.seconds, one.rooms, one.people) for one in steps] == [
        (0, 0, 0), (60, 1, 1), (120, 1, 1), (240, 2, 2), (300, 3, 22),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("periods", "period", "is_now"),
    [(["3"], "Period 3", True), (["P3", "4"], "Period 4", True), (["3"], "Period 13", False), ([], "Period 3", False),
     (["Lunch"], "lunch", True), (["3"], "", False)],
)  # fmt: skip
def test_a_class_meets_now(periods, period, is_now):
    assert rules.is_class_now(periods, period) == is_now


def test_the_office_and_the_two_who_said_it_may_answer():
    standing = rules.settle([said("a", "safe", ROOM_12), said("b", "safe", GYM)])
    assert rules.may_answer(standing, "a", False) and rules.may_answer(standing, "x", True)
    assert not rules.may_answer(standing, "x", False)
