"""What a badge's counter means: rows of presses, repeats, replays, wraps, new batteries."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell.gateways.blebadge.buttons import Button
from watchbell.gateways.blebadge.runs import Step, Track, judge_button

NOW = 1_800_000_000.0


def play(frames, track=None, **more):
    """(kinds raised, last verdict) of frames (seconds, counter, is_latched)."""
    kinds, verdict, heard = [], None, NOW
    for seconds, counter, latched in frames:
        button = Button(counter=counter, is_latched=latched, bits=more.get("bits", 16), presses=more.get("presses", 0))
        options = {name: value for name, value in more.items() if name not in ("bits", "presses")}
        verdict = judge_button(track, button, NOW + seconds, heard_at=heard, **options)
        track, heard = verdict.track, NOW + seconds
        kinds += [verdict.kind] if verdict.kind else []
    return kinds, verdict


@pytest.mark.parametrize(
    ("frames", "kinds"),
    [
        ([(0, 10, False), (1, 11, True)], []),
        ([(0, 10, False), (1, 11, True), (1.3, 12, True), (1.6, 13, True)], ["staff_assist"]),
        ([(0, 10, False), (1, 13, True)], ["staff_assist"]),
        ([(0, 10, False)] + [(n / 4, 10 + n, True) for n in range(1, 9)], ["staff_assist", "lockdown"]),
        ([(0, 10, False), (1, 12, True), (1.5, 14, True), (2, 18, True)], ["staff_assist", "lockdown"]),
        ([(0, 10, False), (1, 18, True)], ["lockdown"]),
        ([(0, 10, False)] + [(n / 4, 10 + n, True) for n in range(1, 15)], ["staff_assist", "lockdown"]),
        ([(0, 10, False), (1, 11, True), (9, 12, True), (17, 13, True)], []),
        ([(0, 10, False), (1, 13, True), (9, 16, True)], ["staff_assist", "staff_assist"]),
        ([(0, 10, False), (1, 13, True), (1.1, 13, True), (2, 13, True), (5, 13, False)], ["staff_assist"]),
        ([(0, 10, False), (1, 13, True), (1.1, 12, True), (1.2, 11, True)], ["staff_assist"]),
        ([(0, 65534, False), (1, 1, True)], ["staff_assist"]),
        ([(0, 10, False), (1, 20, False)], []),
        ([(0, 13, True)], ["staff_assist"]),
    ],
)
def test_rows_of_presses(frames, kinds):
    assert play(frames)[0] == kinds


def test_a_row_goes_on_over_an_interruption_of_hearing():
    _, before = play([(0, 10, False), (1, 12, True)])
    kinds, _ = play([(60, 13, True)], before.track, resumed_at=NOW + 59)
    assert kinds == ["staff_assist"]


def test_presses_nobody_heard_do_not_add_up_to_a_lockdown():
    _, before = play([(0, 10, False)])
    verdict = judge_button(before.track, Button(counter=19, is_latched=True), NOW + 9000, heard_at=NOW)
    assert verdict.kind == "staff_assist" and "not counted" in verdict.note
    more = judge_button(verdict.track, Button(counter=24, is_latched=True), NOW + 9002, heard_at=NOW + 9000)
    assert more.kind == "lockdown"


def test_an_old_press_sent_again_is_refused():
    _, before = play([(0, 100, False), (1, 103, True)])
    verdict = judge_button(before.track, Button(counter=101, is_latched=True), NOW + 3600, heard_at=NOW + 3500)
    assert not verdict.kind and "sent again" in verdict.refused and verdict.track == before.track


def test_a_new_battery_begins_again_after_a_minute_and_is_heard_from_then_on():
    _, before = play([(0, 900, False), (1, 903, True)])
    frames = [(200 + n * 10, 0, False) for n in range(8)]
    kinds, verdict = play([*frames, (300, 3, True)], before.track)
    assert kinds == ["staff_assist"] and verdict.track.epoch == 1


def test_a_badge_heard_only_while_pressed_works_after_a_new_battery():
    once = (Step(presses=1, kind="medical"), Step(presses=8, kind="lockdown"))
    _, before = play([(0, 200, True), (1, 201, True)], bits=8, steps=once)
    kinds, verdict = play([(3600, 99, True), (3601, 99, True), (3602, 100, True)], before.track, bits=8, steps=once)
    assert kinds == ["medical"] and verdict.track.epoch == 1
    assert play([(10, 199, True)], before.track, bits=8, steps=once)[0] == [], "late from another gateway"
    assert play([(10, 150, True)], before.track, bits=8, steps=once)[0] == [], "too soon for a new battery"
    kinds, _ = play([(3600, 99, True)], before.track, bits=8)
    assert kinds == [], "one press is one press"


def test_the_same_row_after_the_counter_has_come_round_is_another_press():
    _, first = play([(0, 10, False), (1, 13, True)], bits=8)
    frames = [(100 + n, (13 + 50 * n) % 256, False) for n in range(1, 6)] + [(200, 10, False), (201, 13, True)]
    _, second = play(frames, first.track, bits=8)
    assert second.kind == "staff_assist" and first.track.run != second.track.run


def test_badges_that_count_for_themselves_hold_or_have_no_counter():
    assert play([(0, 10, False), (1, 18, True)], presses=8)[0] == ["lockdown"]
    held = Button(counter=11, is_latched=True, is_held=True)
    assert judge_button(Track(last=10), held, NOW, heard_at=NOW, held_kind="lockdown").kind == "lockdown"
    once = (Step(presses=1, kind="medical"),)
    kinds, _ = play(
        [(0, None, False), (1, None, True), (2, None, True), (9, None, False), (10, None, True)], steps=once
    )
    assert kinds == ["medical", "medical"]


def test_a_stranger_with_one_press_raises_nothing_yet():
    assert play([(0, 13, True)], is_known=False)[0] == []


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 255), st.sampled_from([True, False, None]))))
def test_any_frames_are_judged_and_kept(frames):
    seconds, track = 0.0, None
    for step, counter, latched in frames:
        seconds += step
        verdict = judge_button(track, Button(counter=counter, bits=8, is_latched=latched), NOW + seconds, heard_at=NOW)
        track = verdict.track
        assert msgspec.json.decode(msgspec.json.encode(track), type=Track) == track
