"""Decisions about tickets: what one look opens, joins and closes, what is urgent, who may close, what a week was."""

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from PIL import Image, ImageOps, UnidentifiedImageError

from watchbell.district.equipment.facts import (
    DUE_HOURS,
    LIFE_SAFETY_KINDS,
    MOST_PHOTO_BYTES,
    MOST_PHOTO_PIXELS,
    OUTAGE_LEAST,
    OUTAGE_OVER_SHARE,
    OUTAGE_SHARE,
    PHOTO_SIDE,
    TICKET_GRACE_SECONDS,
    Failing,
    Photo,
    Standing,
    TicketNews,
    TicketWeek,
)


def severity_of(kind: str) -> str:
    """How grave a fault of this kind of equipment is; "" (a place, a whole site) may be anything, so it is grave."""
    return "life_safety" if kind in LIFE_SAFETY_KINDS or not kind else "ordinary"


def due_at(severity: str, opened_at: datetime) -> datetime:
    """When it is to be mended: 24 h for life safety, 72 h else."""
    return opened_at + timedelta(hours=DUE_HOURS[severity])


def is_due(thing: Failing, now: datetime) -> bool:
    """Whether it has failed for longer than the grace; a failed test is a result, and waits for nothing."""
    if not thing.is_failing or thing.since is None:
        return False
    return thing.self_test == "failed" or (now - thing.since).total_seconds() >= TICKET_GRACE_SECONDS


def judge_look(
    failing: Sequence[Failing], standing: Sequence[Standing], heard: Mapping[UUID, tuple[int, int]],
    well: Mapping[UUID, str], now: datetime,
) -> TicketNews:  # fmt: skip
    """What this look asks for.

    heard: {site: (silent, all)} of what was heard there once. well: {equipment of a standing ticket: why it is
    proved mended, "" when it is not}.
    """
    mine = {one.equipment: one for one in standing if one.equipment is not None}
    outages = {one.site: one for one in standing if one.origin == "site" and one.site is not None}
    due = [one for one in failing if is_due(one, now) and one.id not in mine]
    fresh = _new_outages(due, heard, outages)
    single = [one for one in due if one.self_test == "failed" or one.state != "silent"
              or (one.site not in fresh and one.site not in outages)]  # fmt: skip
    over = tuple(one.id for one in failing if not one.is_failing)
    ended = {site: why for site in outages if (why := _outage_over(*heard.get(site, (0, 0))))}
    proved = [(one.id, well[pk]) for pk, one in mine.items() if well.get(pk) and not one.has_report]
    return TicketNews(
        begun=tuple(one.id for one in failing if one.is_failing and one.since is None), over=over,
        single=tuple(single), outages=fresh,
        proved=(*proved, *((outages[site].id, why) for site, why in ended.items() if not outages[site].has_report)),
        noted=tuple(one.id for pk, one in mine.items() if one.has_report and well.get(pk) and pk in over),
        grown={one.id: heard[site][0] for site, one in outages.items()
               if site not in ended and heard.get(site, (0, 0))[0] > one.pieces},
    )  # fmt: skip


def _new_outages(
    due: Iterable[Failing], heard: Mapping[UUID, tuple[int, int]], known: Mapping[UUID, Standing]
) -> dict[UUID, int]:
    counted: dict[UUID, int] = {}
    for one in due:
        if one.site is not None and one.state == "silent":
            counted[one.site] = counted.get(one.site, 0) + 1
    found = {}
    for site, count in counted.items():
        silent, total = heard.get(site, (0, 0))
        if site not in known and count >= OUTAGE_LEAST and silent >= OUTAGE_SHARE * total:
            found[site] = max(count, silent)
    return found


def _outage_over(silent: int, total: int) -> str:
    if silent >= OUTAGE_LEAST and silent >= OUTAGE_OVER_SHARE * total:
        return ""
    return f"{total - silent} of {total} pieces of the site are heard again."


def prove_well(kind: str, state: str, self_test: str, is_retired: bool) -> str:
    """How equipment proves by itself that it is mended; "" while it does not. Silence and the unknown prove nothing."""
    if is_retired:
        return "It was taken out of use."
    if state in ("trouble", "silent") or self_test == "failed":
        return ""
    if state == "online":
        return "It is back online." if self_test != "passed" else "It is back online, and its newest test passed."
    if self_test == "passed":
        return "Its newest test passed."
    return "The nightly look at telephones finds nothing wrong." if kind == "phone" else ""


def say_failing(thing: Failing) -> tuple[str, str]:
    """(title, words) of the ticket a failing piece opens."""
    if thing.is_by_test:
        return f"{thing.name} failed its test"[:200], thing.self_test_because
    said = "is silent" if thing.state == "silent" else "is in trouble"
    return f"{thing.name} {said}"[:200], thing.because


def say_outage(site: str, pieces: int, since: datetime, zone: str) -> str:
    """The title of a whole site's outage: "Lincoln: 214 pieces silent since 10:48"."""
    return f"{site[:150]}: {pieces} pieces silent since {since.astimezone(ZoneInfo(zone)):%H:%M}"


def say_overdue(tickets: Sequence[tuple[int, str, str]]) -> tuple[str, str]:
    """(title, body) of a push about (number, title, site) of what is overdue."""
    if len(tickets) == 1:
        number, title, site = tickets[0]
        return f"Ticket {number} is overdue", f"{title}{', ' + site if site else ''}"
    numbers = ", ".join(str(number) for number, _, _ in tickets[:8])
    more = f" and {len(tickets) - 8} more" if len(tickets) > 8 else ""
    return f"{len(tickets)} tickets are overdue", f"Numbers {numbers}{more}"


def may_close(repairer: UUID | None, closer: UUID | None, has_proof: bool) -> str:
    """ "" when this person may close a repaired ticket, else why not."""
    if closer is None or closer == repairer:
        return "Somebody else than who repaired it looks at it and closes it."
    return "" if has_proof else "Add a photo of the repair first: a ticket is closed by a photo and a second person."


def clean_photo(raw: bytes) -> Photo | str:
    """The photo written anew, or why it cannot be taken. Total: any bytes give one or the other."""
    if len(raw) > MOST_PHOTO_BYTES:
        return f"The photo is larger than {MOST_PHOTO_BYTES // 1_000_000} MB."
    try:
        with Image.open(io.BytesIO(raw), formats=("PNG", "JPEG", "WEBP")) as picture:
            if picture.width * picture.height > MOST_PHOTO_PIXELS:
                return "The photo has more than 60 million pixels."
            turned = ImageOps.exif_transpose(picture).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError, EOFError,
            ArithmeticError, IndexError, TypeError, KeyError):  # fmt: skip
        return "The file is no JPEG, PNG or WebP picture."
    turned.thumbnail((PHOTO_SIDE, PHOTO_SIDE))
    bare, out = Image.new("RGB", turned.size), io.BytesIO()
    bare.paste(turned)
    bare.save(out, "JPEG", quality=82, optimize=True)
    return Photo("image/jpeg", out.getvalue())


def week_of(moment: datetime, zone: str) -> date:
    """The Monday of the local week a moment lies in."""
    on = moment.astimezone(ZoneInfo(zone)).date()
    return on - timedelta(days=on.weekday())


def sum_weeks(
    rows: Iterable[tuple[datetime, datetime, datetime | None]], now: datetime, zone: str, weeks: int
) -> list[TicketWeek]:
    """The last `weeks` weeks, the oldest first, of (opened, due, closed or None) of each ticket.

    overdue: how many stood open beyond their time at the week's end, of the running week: now.
    """
    rows, found = list(rows), []
    this = week_of(now, zone)
    for back in range(weeks - 1, -1, -1):
        monday = this - timedelta(weeks=back)
        after = monday + timedelta(weeks=1)
        end = min(now, datetime(after.year, after.month, after.day, tzinfo=ZoneInfo(zone)).astimezone(UTC))
        closed = [(begun, done) for begun, _, done in rows if done is not None and week_of(done, zone) == monday]
        hours = [(done - begun).total_seconds() / 3600 for begun, done in closed]
        found.append(
            TicketWeek(
                monday, sum(week_of(begun, zone) == monday for begun, _, _ in rows), len(closed),
                round(median(hours), 1) if hours else None,
                sum(due <= end and (done is None or done > end) for _, due, done in rows),
            )
        )  # fmt: skip
    return found


#: The chart: so wide and high, so much under it for the weeks' days.
WIDE, HIGH, FOOT, GAP = 640.0, 120.0, 20.0, 8.0


def draw_weeks(weeks: Sequence[TicketWeek]) -> dict[str, Any]:
    """Bars of opened and closed a week, in the units of a box of WIDE by HIGH; {} while there is nothing."""
    most = max((max(week.opened, week.closed) for week in weeks), default=0)
    if not most:
        return {}
    step, room = WIDE / len(weeks), HIGH - FOOT - 14
    bars = []
    for at, week in enumerate(weeks):
        left, half = at * step + GAP / 2, (step - GAP) / 2
        sizes = [count / most * room for count in (week.opened, week.closed)]
        bars.append({
            "opened": _box(left, half - 1, sizes[0]), "closed": _box(left + half + 1, half - 1, sizes[1]),
            "middle": f"{left + half:.1f}", "week": week, "label": f"{week.begins_on:%b} {week.begins_on.day}",
        })  # fmt: skip
    return {"bars": bars, "wide": f"{WIDE:g}", "high": f"{HIGH:g}", "base": f"{HIGH - FOOT:g}",
            "foot": f"{HIGH - 5:g}", "most": most}  # fmt: skip


def _box(x: float, width: float, height: float) -> dict[str, str]:
    return {"x": f"{x:.1f}", "y": f"{HIGH - FOOT - height:.1f}", "width": f"{width:.1f}", "height": f"{height:.1f}"}
