"""What the shared parts promise: failures first, ages told, nothing escaped wrongly, plans that never fail to draw."""

from datetime import UTC, datetime, timedelta

import pytest
from django.template import Context, Template
from hypothesis import given
from hypothesis import strategies as st

from watchbell.console.boards import arrange_receipts
from watchbell.console.plans import Callout, Mark, Room, draw_floor, draw_path, ring_of, spread_paths
from watchbell.console.saying import language_name, one_or_more
from watchbell.console.templatetags.console import age, duration, milliseconds, page_numbers
from watchbell.kernel.tests.reading import one_line
from watchbell.line import clock

NOW = datetime(2026, 3, 2, 10, 48, tzinfo=UTC)


def _draw(text: str, **context: object) -> str:
    return Template("{% load console %}" + text).render(Context(context))


def _row(state: str, seconds_ago: float, **more: object) -> dict[str, object]:
    return {
        "endpoint": f"door {state} {seconds_ago}",
        "step": "Lock",
        "state": state,
        "asked_at": NOW - timedelta(seconds=seconds_ago),
        "done_at": None,
        "deadline_seconds": 10,
        **more,
    }


def test_what_failed_stands_before_what_is_late_and_what_is_well():
    board = arrange_receipts(
        [_row("done", 5), _row("asked", 2), _row("asked", 60), _row("expired", 30), _row("failed", 9)], NOW
    )
    assert [row["state"] for row in board["open"]] == ["failed", "expired", "late", "asked"]
    assert board["counts"]["done"] == 1 and board["total"] == 5


def test_an_order_without_deadline_is_never_late():
    board = arrange_receipts([_row("asked", 9999, deadline_seconds=None)], NOW)
    assert board["open"][0]["state"] == "asked"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.34, "340 ms"),
        (4.21, "4.2 s"),
        (59, "59 s"),
        (401, "6 min 41 s"),
        (7500, "2 h 5 min"),
        (273600, "3 d 4 h"),
        (None, "–"),
    ],
)
def test_durations_are_said_in_the_units_that_matter(value, words):
    assert duration(value) == words


def test_an_age_runs_in_the_page_and_keeps_its_moment():
    at = clock.now() - timedelta(seconds=12)
    drawn = age(at)
    assert "12 s ago" in drawn and "data-age" in drawn and at.isoformat() in drawn
    assert age(None) == "never"


def test_a_state_is_word_and_icon_not_colour_alone():
    drawn = _draw('{% state_badge "failed" %}')
    assert "Failed" in drawn and "badge bad" in drawn
    assert "Half way" in _draw('{% state_badge "half_way" %}')


def test_words_of_others_are_escaped():
    evil = "<script>alert(1)</script>"
    for text in (
        "{% state_badge x %}",
        '{% state_badge "ok" x %}',
        "{% empty x %}",
        "{% bar x good=1 %}",
        "{% kind_badge x %}",
    ):
        assert "<script>" not in _draw(text, x=evil).replace("Script", "script")


def test_a_bar_of_nothing_is_still_a_bar():
    assert "<svg" in _draw('{% bar "none" good=0 warn=0 %}')


def test_a_drill_band_says_so_in_words():
    band = {"kind": "lockdown", "mode": "drill", "since": NOW, "facts": []}
    drawn = one_line(_draw('{% include "console/_band.html" %}', band=band))
    assert "Drill, no emergency" in drawn and "Lockdown drill" in drawn and 'data-mode="drill"' in drawn


def test_a_hold_button_says_how_long_and_what_will_happen():
    act = {
        "label": "All clear",
        "icon": "flag",
        "url": "/x",
        "method": "post",
        "hold_ms": 1500,
        "confirm": "unlocks 48 doors",
    }
    drawn = _draw(
        '{% include "console/_band.html" %}', band={"kind": "hold", "mode": "real", "since": NOW, "actions": [act]}
    )
    assert 'data-hold-ms="1500"' in drawn and "hold 1.5 s" in drawn and "unlocks 48 doors" in drawn


def test_a_plan_names_every_symbol_and_brings_no_style_attribute():
    floor = draw_floor(
        "1", "1", 1000, 600,
        rooms=[Room("r", "204", [(0, 0), (90, 0), (90, 90), (0, 90)], "alarm", "24 people")],
        doors=[Mark("d", "D4", 0, 40, state="open"), Mark("e", "D5", 900, 40)],
        equipment=[Mark("c", "Camera 1", 5, 5, "camera")],
        callouts=[Callout(45, 45, "Panic alarm", "10:42:07")],
    )  # fmt: skip
    drawn = _draw("{% plan floor %}", floor=floor)
    assert "204, alarm, 24 people" in drawn and "Door D4: open" in drawn and "Door D5: state unknown" in drawn
    assert "<title>Camera 1</title>" in drawn and " style=" not in drawn


numbers = st.floats(-1e4, 1e4, allow_nan=False)


@given(st.lists(st.tuples(numbers, numbers), max_size=8), st.text(max_size=30), numbers, numbers)
def test_any_ring_and_name_can_be_drawn(ring, name, x, y):
    floor = draw_floor(
        "1",
        "1",
        800,
        500,
        [Room("r", name, ring, "wait", "0 of 9")],
        [Mark("d", name, x, y, state="open")],
        callouts=[Callout(x, y, name)],
    )
    assert floor.view_box and len(floor.doors) == 1


def test_rings_come_from_geojson_or_plain_lists():
    square = [[0, 0], [1, 0], [1, 1]]
    assert ring_of({"type": "Polygon", "coordinates": [square]}) == square
    assert ring_of(square) == square and ring_of([square]) == square
    assert ring_of(None) == [] and ring_of({}) == [] and ring_of([]) == []


class _Page:
    def __init__(self, number: int, pages: int) -> None:
        self.number = number
        self.paginator = type("P", (), {"num_pages": pages})()


def test_page_numbers_show_the_ends_and_the_neighbours():
    assert page_numbers(_Page(7, 25)) == [1, 2, 0, 6, 7, 8, 0, 25]
    assert page_numbers(_Page(1, 2)) == [1, 2]


@pytest.mark.parametrize(
    ("words", "count", "said"),
    [("sites", 1, "site"), ("people", 1, "person"), ("addresses", 1, "address"), ("entries", 1, "entry"),
     ("closed incidents", 1, "closed incident"), ("found", 1, "found"), ("sites", 0, "sites"), ("sites", 20, "sites")],
)  # fmt: skip
def test_a_count_of_one_is_said_as_one(words, count, said):
    assert one_or_more(words, count) == said


@pytest.mark.parametrize(("code", "name"), [("es", "Spanish"), ("so", "Somali"), ("zh", "Chinese"), ("xx", "xx")])
def test_languages_have_names(code, name):
    assert language_name(code) == name


@pytest.mark.parametrize(("value", "words"), [(340, "340 ms"), (633_606, "10 min 33 s"), (None, "–")])
def test_milliseconds_are_said_as_people_say_them(value, words):
    assert milliseconds(value) == words


def test_labels_of_ways_lie_under_one_another_where_they_would_overlap():
    ways = [
        draw_path([(0, 0), (100, 0)], word, 1.0) for word in ("AED, up the West stairs", "Kit, up the stairs", "Kit")
    ]
    far = draw_path([(900, 0), (1000, 0)], "AED, 5 m", 1.0)
    first, second, third, fourth = spread_paths([*ways, far])
    assert first["y"] == fourth["y"] == 0.0 and second["y"] >= 24 and third["y"] >= second["y"] + 24
