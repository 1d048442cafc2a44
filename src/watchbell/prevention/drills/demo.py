"""The demo district's drills: the Missouri sample in use, a school year under way, a few schools behind."""

from datetime import date, timedelta
from typing import Any

from watchbell.kernel.changes import recorded_change
from watchbell.kernel.permissions import Actor
from watchbell.line import clock
from watchbell.line.ids import same_id
from watchbell.prevention.drills.actions import load_drills, take_sample
from watchbell.prevention.drills.facts import SAMPLES
from watchbell.prevention.drills.queries import profile_in_use, rules_of, schools_seen_by
from watchbell.prevention.drills.rules import school_year, windows_of

SAMPLE = "Missouri, sample"


def load(actor: Actor) -> int:
    """Takes the sample and records what schools have done of it up to today; how many drills."""
    assert any(one["name"] == SAMPLE for one in SAMPLES)
    profile = profile_in_use()
    if profile is None:
        take_sample(actor, SAMPLE)
        profile = profile_in_use()
    assert profile is not None
    today = clock.now().date()
    year = school_year(today, profile.starts_month, profile.starts_day)
    rows: list[dict[str, Any]] = []
    for number, school in enumerate(schools_seen_by(actor)):
        for rule in rules_of(profile):
            for starts, ends, needed in windows_of(rule, year):
                for nth in range(needed):
                    on = _day_of(f"{school.code} {rule.kind} {starts} {nth}", starts, ends)
                    if on < today and (number * 7 + starts.month + len(rule.kind)) % 9 and on.weekday() < 5:
                        rows.append(_row(school.id, rule.kind, on, 200 + number * 40))
    with recorded_change(actor, "demo.load_drills"):
        return load_drills(rows)


def _day_of(key: str, starts: date, ends: date) -> date:
    span = max(1, (ends - starts).days - 4)
    found = starts + timedelta(days=2 + int(same_id("drill day", key)[:6], 16) % span)
    return found - timedelta(days=max(0, found.weekday() - 4))


def _row(site: Any, kind: str, on: date, people: int) -> dict[str, Any]:
    seconds = 300 + int(same_id("drill", site, kind, on)[:4], 16) % 600
    return {"site_id": site, "kind": kind, "on": on, "participants": people, "seconds": float(seconds),
            "by_name": "Front office"}  # fmt: skip
