"""Charts as SVG, the same on the page and in the PDF: rooms that reported over time, and how fast each step was."""

from collections.abc import Sequence
from html import escape

from watchbell.response.review.facts import StepTimes
from watchbell.response.review.rules.drafting import say_seconds

WIDE, HIGH, LEFT, RIGHT, TOP, LOW = 640, 220, 44, 16, 12, 30
INK, LINE, ACT, SOFT = "#3b4a57", "#c9d3dc", "#0b5ea8", "#dbe9f6"
FONT = 'font-family="Public Sans, Libertinus Serif, sans-serif" font-size="12"'


def _round_up(value: float) -> float:
    """The next round number: 1, 2, 5, 10, 20, 30, 60, 120, 300, 600… seconds."""
    for step in (1, 2, 5, 10, 20, 30, 60, 120, 180, 300, 600, 900, 1800, 3600, 7200):
        if value <= step:
            return float(step)
    return float((int(value) // 3600 + 1) * 3600)


def draw_rooms(curve: Sequence[tuple[float, int]], total: int) -> str:
    """Rooms reported (steps) against seconds from the press; "" without rooms."""
    if not total:
        return ""
    most = _round_up(max((seconds for seconds, _ in curve), default=1.0))
    width, height = WIDE - LEFT - RIGHT, HIGH - TOP - LOW

    def at(seconds: float, count: float) -> str:
        return f"{LEFT + seconds / most * width:.1f} {TOP + height - count / total * height:.1f}"

    path, before = f"M{at(0, 0)}", 0
    for seconds, count in curve:
        path += f"L{at(seconds, before)}L{at(seconds, count)}"
        before = count
    path += f"L{at(most, before)}"
    ticks = "".join(
        f'<line x1="{LEFT}" x2="{WIDE - RIGHT}" y1="{TOP + height * (1 - share):.1f}" '
        f'y2="{TOP + height * (1 - share):.1f}" stroke="{LINE}"/>'
        f'<text x="{LEFT - 6}" y="{TOP + height * (1 - share) + 4:.1f}" text-anchor="end" fill="{INK}" {FONT}>'
        f"{round(total * share)}</text>"
        for share in (0, 0.5, 1)
    )
    times = "".join(
        f'<text x="{LEFT + share * width:.1f}" y="{HIGH - 10}" text-anchor="{place}" fill="{INK}" {FONT}>'
        f"{say_seconds(most * share) if share else '0'}</text>"
        for share, place in ((0, "start"), (0.5, "middle"), (1, "end"))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH}" width="{WIDE}" height="{HIGH}">{ticks}'
        f'<path d="{path}L{at(most, 0)}Z" fill="{SOFT}" stroke="none"/>'
        f'<path d="{path}" fill="none" stroke="{ACT}" stroke-width="2"/>{times}</svg>'
    )


def draw_times(steps: Sequence[StepTimes]) -> str:
    """A bar for each step from its first to its last endpoint, the middle one marked; "" when nothing was done."""
    rows = [step for step in steps if step.first is not None and step.last is not None]
    if not rows:
        return ""
    most = _round_up(max((step.last or 0) / 1000 for step in rows))
    high, name_wide = 34, 250
    width, tall = WIDE - name_wide - RIGHT, len(rows) * high + LOW

    def x(milliseconds: float) -> float:
        return name_wide + milliseconds / 1000 / most * width

    drawn = "".join(
        f'<text x="0" y="{n * high + 21}" fill="{INK}" {FONT}>{escape(step.name[:40])}</text>'
        f'<line x1="{name_wide}" x2="{WIDE - RIGHT}" y1="{n * high + 17}" y2="{n * high + 17}" stroke="{LINE}"/>'
        f'<rect x="{x(step.first or 0):.1f}" y="{n * high + 10}" height="14" rx="3" fill="{ACT}" '
        f'width="{max(4.0, x(step.last or 0) - x(step.first or 0)):.1f}"/>'
        f'<rect x="{x(step.median or 0) - 1:.1f}" y="{n * high + 7}" height="20" width="2" fill="{INK}"/>'
        for n, step in enumerate(rows)
    )
    ends = (
        f'<text x="{name_wide}" y="{tall - 8}" fill="{INK}" {FONT}>0</text>'
        f'<text x="{WIDE - RIGHT}" y="{tall - 8}" text-anchor="end" fill="{INK}" {FONT}>{say_seconds(most)}</text>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {tall}" width="{WIDE}" height="{tall}">'
        f"{drawn}{ends}</svg>"
    )
