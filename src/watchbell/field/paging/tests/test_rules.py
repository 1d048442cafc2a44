"""Who may say what where, what became of it, when zones test themselves, which bell rings, which file is sound."""

from datetime import date, datetime, time
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watchbell.district.schedules.facts import DayFacts, PeriodFacts
from watchbell.field.paging.facts import Busy, Said, TestPlan, Wanted, Zone
from watchbell.field.paging.rules import (
    NotSound,
    due_bells,
    find_test_fault,
    has_people,
    is_test_due,
    judge_state,
    judge_wanted,
    read_wav,
    title_of,
    write_wav,
)
from watchbell.field.paging.tests.builders import wav

HERE, THERE = uuid4(), uuid4()
ZONES = [Zone(uuid4(), f"Zone {n}", HERE if n < 2 else THERE, "Site", "rtppaging", f"z{n}") for n in range(3)]
SAY = (Said("en", "Buses are late."),)
SCHOOL = DayFacts(date(2026, 9, 8), "school_day", "", "Regular", (
    PeriodFacts("Period 1", time(8, 0), time(9, 0)), PeriodFacts("Period 2", time(9, 0), time(10, 0))))  # fmt: skip
FREE = DayFacts(date(2026, 9, 7), "no_school", "Labor Day", "", ())


def judge(zones=ZONES[:1], busy=(), all_call=False, drill=True, is_all=False, **more):
    wanted = Wanted(**{"way": "text", "zones": tuple(z.id for z in zones), "say": SAY, **more})
    return judge_wanted(wanted, zones, busy, may_all_call=all_call, may_drill=drill, is_all_of_site=is_all)


def test_an_ordinary_text_to_one_zone_may_go_out():
    assert judge() == {}


@pytest.mark.parametrize(("more", "field"), [
    ({"zones": []}, "zones"), ({"zones": ZONES}, "zones"), ({"is_all": True}, "zones"), ({"priority": 8}, "priority"),
    ({"priority": 11}, "priority"), ({"mode": "drill", "drill": False}, "mode"), ({"say": ()}, "say"),
    ({"say": (Said("xx", "a"),)}, "say"), ({"say": (Said("en", "a" * 1001),)}, "say"), ({"way": "shout"}, "way"),
    ({"way": "recording"}, "recording"), ({"way": "prompt", "prompt": "lockdown"}, "prompt"),
    ({"way": "prompt", "prompt": "?"}, "prompt"), ({"times": 9}, "times"), ({"chime": "?"}, "times"),
])  # fmt: skip
def test_what_may_not_go_out_says_what_to_change(more, field):
    assert list(judge(**more)) == [field]


def test_an_all_call_needs_its_right_and_a_drill_may_say_an_alarms_words():
    assert judge(zones=ZONES, all_call=True, priority=9) == {}
    assert judge(way="prompt", prompt="lockdown", mode="drill") == {}


def test_one_speaks_at_a_time_in_a_zone():
    busy = [Busy(ZONES[0].id, 5, "Irene", "live")]
    assert "Irene is speaking in Zone 0" in judge(busy=busy)["zones"]
    assert judge(busy=busy, priority=6) == {} and judge(zones=ZONES[1:2], busy=busy) == {}


@pytest.mark.parametrize(("zones", "state"), [
    ((), "failed"), (("asked", "on"), "on"), (("asked", "played"), "asked"), (("played", "played"), "over"),
    (("played", "cut"), "cut"), (("stopped", "played"), "stopped"), (("failed", "played"), "partly"),
    (("expired",), "failed"),
])  # fmt: skip
def test_an_announcement_is_what_its_zones_are(zones, state):
    assert judge_state(zones) == state


def test_titles_say_what_was_announced():
    assert title_of(Wanted("text", (), say=SAY)) == "Buses are late."
    assert title_of(Wanted("prompt", (), prompt="all_clear")) == "All clear" and title_of(Wanted("live", ())) == "Live"


def at(hour, minute, second=0):
    return datetime(2026, 9, 8, hour, minute, second)


def test_a_test_is_due_once_a_night_within_its_window():
    plan = TestPlan(at=time(2, 30))
    assert [is_test_due(plan, at(*t)) for t in ((2, 29), (2, 30), (4, 29), (4, 30))] == [False, True, True, False]
    assert not is_test_due(TestPlan(at=time(2, 30), last_on=date(2026, 9, 8)), at(2, 40))


def test_nobody_is_disturbed_unless_asked():
    assert has_people(SCHOOL, at(8, 30)) and has_people(SCHOOL, at(6, 45)) and not has_people(SCHOOL, at(2, 30))
    assert not has_people(FREE, at(8, 30))
    assert "Choose a time at night" in find_test_fault(time(9, 0), [FREE, SCHOOL], at(0, 0), False)
    assert find_test_fault(time(9, 0), [SCHOOL], at(0, 0), True) == ""
    assert find_test_fault(time(2, 0), [SCHOOL], at(0, 0), False) == ""


def test_bells_ring_at_beginnings_and_ends_and_never_on_days_off():
    assert [(b.name, b.is_start) for b in due_bells(HERE, SCHOOL, at(8, 0, 2))] == [("Period 1", True)]
    assert [(b.name, b.is_start) for b in due_bells(HERE, SCHOOL, at(9, 0))] == [("Period 2", True)]
    assert [(b.name, b.is_start) for b in due_bells(HERE, SCHOOL, at(10, 0, 40))] == [("Period 2", False)]
    assert due_bells(HERE, SCHOOL, at(8, 1)) == [] and due_bells(HERE, FREE, at(8, 0)) == []


@pytest.mark.parametrize("rate", [8000, 16000, 44100])
def test_a_wav_file_becomes_speech_and_a_file_again(rate):
    sound = read_wav(wav(1.0, rate), 120)
    assert abs(len(sound) - 8000) < 50
    assert abs(len(read_wav(write_wav(sound), 120)) - len(sound)) < 2


@pytest.mark.parametrize(("raw", "why"), [
    (b"ID3", "no WAV"), (wav(3.0), "at most 2 s"), (wav(1.0, level=0.0), "silent"), (wav()[:30], "format"),
    (wav().replace(b"data", b"xxxx"), "no sound"), (wav().replace(b"\x10\x00data", b"\x0b\x00data"), "16-bit PCM"),
])  # fmt: skip
def test_what_is_no_recording_says_why(raw, why):
    with pytest.raises(NotSound, match=why):
        read_wav(raw, 2)


@settings(deadline=None)
@given(st.binary(max_size=200), st.integers(0, 60))
def test_every_file_is_answered(noise, at_):
    whole = wav(0.05)
    for raw in (noise, whole[:at_] + noise + whole[at_ + len(noise) :]):
        try:
            assert isinstance(read_wav(raw, 120), bytes)
        except NotSound as error:
            assert str(error)
