"""What a report says of itself, how it is drawn, what is due: decided without a database."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree

import pytest

from watchbell.response.review.facts import ReportFacts, Said, StepTimes
from watchbell.response.review.rules import (
    draft_report,
    draw_rooms,
    draw_times,
    is_hot_wash_open,
    judge_due,
    may_note,
    suggest_rating,
)

AT = datetime(2026, 9, 9, 10, tzinfo=UTC)
FACTS = ReportFacts(
    number=7, name="Lockdown", kind="lockdown", mode="drill", site_name="Oak School", place_name="Room 101",
    directive="Locks, lights, out of sight", plan_version=3, began="September 9, 2026, 10:00:00",
    began_on="2026-09-09", ended="September 9, 2026, 10:12:00", cleared_by="Dana Whitfield", duration_seconds=720,
    presses=(Said(0, "", "Room 101", by="Kemi Okafor"),),
    steps=(StepTimes("Lock every door", "lock_door", 10, 9, 410, 800, 2100),
           StepTimes("Tell 911", "tell_dispatch", 2, 2, 300, 300, 900),
           StepTimes("Show", "tell_screens", 1, 0, None, None, None)),
    failed=(Said(0, "", "Door 3", by="Lock every door", because="No answer.", kind="failed"),),
    answers=(Said(14, "", "The dispatch centre acknowledged", by="Jo"),), confirmed=31, rooms=4, rooms_reported=3,
    curve=((20.0, 1), (35.0, 2), (80.0, 3)), silent_rooms=("Room 9",),
)  # fmt: skip


@pytest.mark.parametrize(
    ("done", "asked", "wanted"), [(10, 10, "P"), (9, 10, "S"), (5, 10, "M"), (4, 10, "U"), (0, 3, "U"), (0, 0, "")]
)
def test_the_numbers_suggest_a_rating(done, asked, wanted):
    assert suggest_rating(done, asked) == wanted


def test_the_draft_tells_the_story_with_its_numbers():
    draft = draft_report(FACTS)
    assert draft.texts["overview"].startswith("Lockdown drill at Oak School, Room 101, on September 9, 2026")
    story = draft.texts["scenario"]
    for words in ("Kemi Okafor", "Lock every door: 9 of 10, the first after 410 ms, the last after 2.1 s",
                  "Show: none of 1", "3 of 4 rooms reported, the last after 1 min 20 s",
                  "The dispatch centre acknowledged after 14 s"):  # fmt: skip
        assert words in story
    assert {o.suggested for o in draft.objectives} == {"S", "P", "U", "M"}
    assert "Tell 911: all 2 endpoints did it within 900 ms." in draft.strengths
    assert any("1 of 10 endpoints did not" in text for text in draft.areas)
    assert any("Room 9" in text for text in draft.areas)
    assert [one["issue"] for one in draft.improvements] == [
        "Door 3 failed: No answer.", "1 of 4 rooms did not report.",
    ]  # fmt: skip


def test_an_incident_without_anything_still_has_a_draft():
    empty = replace(FACTS, steps=(), failed=(), answers=(), presses=(), rooms=0, rooms_reported=0, curve=(),
                    silent_rooms=(), ended="", cleared_by="", mode="real")  # fmt: skip
    draft = draft_report(empty)
    assert draft.texts["overview"].startswith("Lockdown at Oak School") and draft.improvements == ()


def test_charts_are_svg_and_names_cannot_break_them():
    rooms = ElementTree.fromstring(draw_rooms(FACTS.curve, FACTS.rooms))
    assert rooms.tag.endswith("svg") and len([one for one in rooms if one.tag.endswith("path")]) == 2
    odd = replace(FACTS.steps[0], name="<script>&\"'")
    times = ElementTree.fromstring(draw_times((odd, *FACTS.steps[1:])))
    assert next(one.text for one in times if one.tag.endswith("text")) == "<script>&\"'"
    assert draw_rooms((), 0) == "" == draw_times(FACTS.steps[2:]) and "svg" in draw_rooms((), 5)


def test_the_hot_wash_is_open_for_its_minutes_and_then_for_who_edits():
    until = AT + timedelta(minutes=10)
    assert is_hot_wash_open(until, AT) and not is_hot_wash_open(until, until) and not is_hot_wash_open(None, AT)
    assert may_note(until, until + timedelta(seconds=1), True) and not may_note(until, until, False)


@pytest.mark.parametrize(
    ("state", "days", "wanted"),
    [("open", -1, "overdue"), ("doing", 0, "soon"), ("open", 14, "soon"), ("open", 15, "later"),
     ("open", None, "undated"), ("done", -9, ""), ("dropped", -9, "")],
)  # fmt: skip
def test_what_is_due_is_told_in_time(state, days, wanted):
    today = date(2026, 9, 9)
    assert judge_due(state, None if days is None else today + timedelta(days=days), today) == wanted
