"""{% load console_charts %}: lines over time as SVG, with their numbers as a table beside them."""

from collections.abc import Sequence
from typing import Any

from django import template

register = template.Library()
WIDE, HIGH, LEFT, FOOT = 640.0, 190.0, 40.0, 26.0


@register.inclusion_tag("console/_progress_chart.html")
def progress_chart(steps: Sequence[Any], people: int, rooms: int) -> dict[str, Any]:
    """Rooms and people accounted for over time. steps: [{seconds, rooms, people}], the oldest first."""
    last = max((step.seconds for step in steps), default=0.0)
    span = max(60.0, last)
    top = WIDE - LEFT - 8, HIGH - FOOT - 10
    minutes = _ticks(span)
    return {
        "people_line": _line([(step.seconds, step.people, people) for step in steps], span, top),
        "rooms_line": _line([(step.seconds, step.rooms, rooms) for step in steps], span, top),
        "ticks": [{"x": f"{LEFT + minute * 60 / span * top[0]:.1f}", "label": f"{minute:g} min"} for minute in minutes],
        "levels": [{"y": f"{10 + top[1] * (1 - share / 100):.1f}", "label": f"{share}%"} for share in (0, 50, 100)],
        "rows": _thinned(steps), "people": people, "rooms": rooms, "is_empty": len(steps) < 2, "left": LEFT,
        "right": WIDE - 8, "base": HIGH - FOOT,
    }  # fmt: skip


def _ticks(span_seconds: float) -> list[float]:
    minutes = span_seconds / 60
    step = next((one for one in (0.5, 1, 2, 5, 10, 30, 60, 180, 720) if minutes / one <= 6), 1440)
    return [step * index for index in range(int(minutes // step) + 1)]


def _line(points: Sequence[tuple[float, float, float]], span: float, top: tuple[float, float]) -> str:
    """A stepped path: nothing is accounted for between two words."""
    drawn: list[str] = []
    for seconds, value, whole in points:
        x = LEFT + seconds / span * top[0]
        y = 10 + top[1] * (1 - min(1.0, value / whole if whole else 0.0))
        drawn.append(f"M{x:.1f} {y:.1f}" if not drawn else f"H{x:.1f}V{y:.1f}")
    return "".join(drawn) + (f"H{LEFT + top[0]:.1f}" if drawn else "")


def _thinned(steps: Sequence[Any], most: int = 24) -> list[Any]:
    """At most `most` of them, the last among them."""
    every = max(1, -(-len(steps) // most))
    return [step for index, step in enumerate(steps) if index % every == 0 or index == len(steps) - 1]
