"""Decides what each site owes by the profile in use, and what of it is done, due, overdue or exempt."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from uuid import UUID

from watchbell.prevention.drills.facts import DUE_DAYS, STATE_ORDER, Done, Duty, Exempted, Rule, SchoolYear


def school_year(on: date, month: int, day: int) -> SchoolYear:
    """The school year `on` lies in, when school years begin on `month`/`day`; the second semester on January 1."""
    starts = _day(on.year, month, day)
    if on < starts:
        starts = _day(on.year - 1, month, day)
    ends = _day(starts.year + 1, month, day) - timedelta(days=1)
    second = date(starts.year + 1, 1, 1)
    return SchoolYear(starts, ends, second if starts < second <= ends else starts + (ends - starts) / 2)


def _day(year: int, month: int, day: int) -> date:
    for last in (day, 28):
        try:
            return date(year, month, last)
        except ValueError:
            continue
    return date(year, 8, 1)


def windows_of(rule: Rule, year: SchoolYear) -> list[tuple[date, date, int]]:
    """(first day, last day, number) of each window of a rule. A window shorter than half a month asks for nothing.

    Months count from September to May: June to August are few days of school, whatever the first day is.
    """
    if rule.period == "semester":
        found = [(year.starts_on, year.second_on - timedelta(days=1)), (year.second_on, year.ends_on)]
    elif rule.period == "month":
        found = [one for one in _months(year) if one[0].month not in (6, 7, 8)]
    else:
        found = [(year.starts_on, year.ends_on)]
    early = []
    if rule.within_days is not None:
        early = [(year.starts_on, year.starts_on + timedelta(days=rule.within_days), 1)]
    return early + [(first, last, rule.count) for first, last in found]


def _months(year: SchoolYear) -> Iterable[tuple[date, date]]:
    first = year.starts_on
    while first <= year.ends_on:
        after = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
        last = min(after - timedelta(days=1), year.ends_on)
        if (last - first).days >= 14:
            yield first, last
        first = after


def judge_state(needed: int, done: int, starts_on: date, ends_on: date, today: date, is_exempt: bool) -> str:
    """ "done", "exempt", "overdue" (the window is over), "due" (its last 30 days), or "later"."""
    if done >= needed:
        return "done"
    if is_exempt:
        return "exempt"
    if today > ends_on:
        return "overdue"
    if today < starts_on or ends_on - today > timedelta(days=DUE_DAYS):
        return "later"
    return "due"


def judge_duties(
    sites: Iterable[tuple[UUID, str]], rules: Sequence[Rule], year: SchoolYear, drills: Iterable[Done],
    exemptions: Iterable[Exempted], today: date,
) -> list[Duty]:  # fmt: skip
    """Every duty of every site (id, kind) in a school year, the worst first. A drill counts in each window it is in."""
    by_site: dict[tuple[UUID, str], list[Done]] = defaultdict(list)
    for drill in sorted(drills, key=lambda one: one.on):
        by_site[drill.site, drill.kind].append(drill)
    exempt = {(one.site, str(one.rule), one.starts_on): one.because for one in exemptions}
    found = []
    for site, kind in sites:
        for rule in rules:
            if rule.site_kinds and kind not in rule.site_kinds:
                continue
            for starts, ends, needed in windows_of(rule, year):
                done = tuple(one.id for one in by_site[site, rule.kind] if starts <= one.on <= ends)
                because = exempt.get((site, str(rule.id), starts), "")
                state = judge_state(needed, len(done), starts, ends, today, bool(because))
                found.append(Duty(site, rule, starts, ends, needed, done, state, because))
    return sorted(found, key=lambda duty: (STATE_ORDER.index(duty.state), duty.ends_on, duty.rule.kind))


def worst_state(duties: Iterable[Duty]) -> str:
    """The state a row of duties is shown by."""
    states = {duty.state for duty in duties}
    return next((state for state in STATE_ORDER if state in states), "done")


def month_grid(year: int, month: int) -> list[list[date | None]]:
    """The weeks of a month, Sunday first; None outside it."""
    first = date(year, month, 1)
    days: list[date | None] = [None] * ((first.weekday() + 1) % 7)
    day = first
    while day.month == month:
        days.append(day)
        day += timedelta(days=1)
    days += [None] * (-len(days) % 7)
    return [days[at : at + 7] for at in range(0, len(days), 7)]
