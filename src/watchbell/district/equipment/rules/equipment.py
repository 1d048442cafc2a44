"""Decisions about equipment: whether what was heard is news, what its state is, who is silent, who answers for it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from watchbell.district.equipment.facts import (
    CONTACTS,
    LOCKS,
    NOT_HEARD,
    SELF_TESTS,
    SILENCE_SECONDS,
    STATES,
    Heard,
    LockAnswer,
    OwnerRule,
    SelfTest,
    Watched,
)

#: Unchanged states are written again only this often; a silence limit must be well above it.
REFRESH_SECONDS = 20.0
#: A panel's own supervision is judged by its gateway; this long after it, the gateway itself has fallen silent.
SUPERVISION_GRACE_SECONDS = 60.0
#: So many names stand in a push to an owner; the rest are counted.
NAMED = 5


def read_heard(
    state: str, at: datetime, because: str = "", contact: str = "", lock: str = "", tampered: bool = False
) -> Heard:
    """What a gateway said, with words nobody knows turned into the nearest safe ones; tampering is trouble."""
    known = state if state in STATES else "trouble"
    reason = because if state in STATES else f"{because} (said “{state}”)".strip()
    if tampered and known == "online":
        known, reason = "trouble", because or "The case has been opened."
    return Heard(
        known, at, reason[:255], contact if contact in CONTACTS else "", lock if lock in LOCKS else "", tampered
    )


def read_lock_answer(detail: Mapping[str, Any], at: datetime) -> LockAnswer | None:
    """What a receipt says of a door's lock; None when it says nothing, or a word nobody knows."""
    lock, contact = detail.get("lock"), detail.get("contact")
    if not isinstance(lock, str) or not lock or lock not in LOCKS:
        return None
    return LockAnswer(lock, contact if isinstance(contact, str) and contact in CONTACTS else "", at)


def is_news(old: Heard | None, new: Heard) -> bool:
    """True when `new` must be written: it is not older than `old`, and differs or `old` has become stale."""
    if old is None:
        return True
    if new.at < old.at:
        return False
    same = (old.state, old.because, old.contact, old.lock, old.is_tampered) == (
        new.state, new.because, new.contact, new.lock, new.is_tampered
    )  # fmt: skip
    return not same or (new.at - old.at).total_seconds() >= REFRESH_SECONDS


def judge_expiry(expires_on: date | None, today: date, warning_days: int = 60) -> str:
    """ "expired", "soon" or "" for a part with an expiry date."""
    if expires_on is None:
        return ""
    if expires_on < today:
        return "expired"
    return "soon" if (expires_on - today).days <= warning_days else ""


def judge_door(state: str, contact: str, lock: str) -> str:
    """A controlled door as a plan shows it: an open leaf counts more than its lock; silence is not safety."""
    if state in ("silent", "unknown"):
        return "unknown"
    if contact == "open":
        return "forced" if lock == "locked" else "open"
    return lock or "unknown"


def read_battery(told: Any) -> int | None:
    """Per cent from a status' detail, brought into 0 to 100; None for anything else."""
    is_number = isinstance(told, int | float) and not isinstance(told, bool) and told == told
    return max(0, min(100, round(told))) if is_number else None


def read_self_test(told: Any, now: datetime) -> SelfTest | None:
    """A self-test from a status' detail: {"state" or "result": "passed" or "failed", "at": Unix, "because": text}."""
    if not isinstance(told, dict):
        return None
    word = str(told.get("state") or told.get("result") or "").lower()
    state = {"ok": "passed", "pass": "passed", "fail": "failed", "error": "failed"}.get(word, word)
    if state not in SELF_TESTS or not state:
        return None
    at = told.get("at")
    is_moment = isinstance(at, int | float) and not isinstance(at, bool) and 0 < at < 4e9
    when = datetime.fromtimestamp(at, tz=UTC) if is_moment else now  # type: ignore[arg-type]
    return SelfTest(state, min(when, now), str(told.get("because") or "")[:255])


def silence_limit(kind: str, settings: dict[str, Any]) -> float | None:
    """Seconds without proof of life until a thing is silent; None where silence says nothing."""
    own = settings.get("silence_seconds")
    if isinstance(own, int | float) and not isinstance(own, bool):
        return float(own) if own > 0 else None
    supervised = settings.get("supervision_seconds")
    if isinstance(supervised, int | float) and supervised > 0:
        return float(supervised) + SUPERVISION_GRACE_SECONDS
    return float(SILENCE_SECONDS[kind]) if kind in SILENCE_SECONDS else None


def judge_silence(thing: Watched, now: datetime) -> bool:
    """True for what was heard once and not within its limit; what was never heard is unknown, not silent."""
    limit = silence_limit(thing.kind, thing.settings)
    if limit is None or thing.heard_at is None:
        return False
    return now - thing.heard_at > timedelta(seconds=limit)


def say_silence(heard_at: datetime, now: datetime, zone: str) -> str:
    """E.g. "not heard since 10:48:12", with the date when that was not today; local time."""
    here, today = heard_at.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone)).date()
    day = "" if here.date() == today else f"{here:%b} {here.day}, "
    return f"{NOT_HEARD} {day}{here:%H:%M:%S}"


def say_to_owner(silent: Sequence[tuple[str, str, str]]) -> tuple[str, str]:
    """(title, body) of a push about (name, site, because) of each, e.g. "7 devices at Lincoln are silent"."""
    sites = sorted({site for _, site, _ in silent if site})
    where = f" at {sites[0]}" if len(sites) == 1 else f" at {len(sites)} sites" if sites else ""
    if len(silent) == 1:
        name, _, because = silent[0]
        return f"{name}{where} is silent", because
    names = sorted(name for name, _, _ in silent)
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{len(silent)} devices{where} are silent", f"{', '.join(names[:NAMED])}{more}"


def specificity(rule: OwnerRule) -> int:
    """How much an owner rule says: kind and site before kind before site before neither."""
    return 2 * bool(rule.kind) + (rule.site is not None)


def fits(rule: OwnerRule, kind: str, site: UUID | None) -> bool:
    return rule.kind in ("", kind) and rule.site in (None, site)


def choose_owner(own: UUID | None, kind: str, site: UUID | None, rules: Sequence[OwnerRule]) -> UUID | None:
    """Who answers for a thing: its own owner, else by the rule that says most; None when nobody does."""
    if own is not None:
        return own
    fitting = [rule for rule in rules if fits(rule, kind, site)]
    return max(fitting, key=specificity).person if fitting else None


def rules_by_weight(rules: Iterable[OwnerRule]) -> list[OwnerRule]:
    """The rule that says most first."""
    return sorted(rules, key=lambda rule: -specificity(rule))


def read_screens(detail: dict[str, Any]) -> tuple[dict[str, int], int]:
    """(screens by site, screens of people of every site) from what a web process told; nonsense counts as none."""
    given = detail.get("open")
    sites = given if isinstance(given, dict) else {}
    everywhere = detail.get("everywhere")
    counted = {str(site): n for site, n in sites.items() if isinstance(n, int) and n > 0}
    return counted, everywhere if isinstance(everywhere, int) and everywhere > 0 else 0


def sum_screens(by: dict[str, Any], now: datetime, most_seconds: float = 60.0) -> tuple[dict[str, Any], int]:
    """(what each web process told that is fresh, screens in all). by: {process: [screens, Unix seconds]}."""
    fresh = {name: told for name, told in by.items() if now.timestamp() - told[1] <= most_seconds}
    return fresh, sum(told[0] for told in fresh.values())


def badge_name(holder: str, identifier: str, device: str) -> str:
    """What a badge is called, in lists and on every press: after who carries it, else by what is printed on it."""
    if holder:
        return f"Badge of {holder}"[:160]
    printed = identifier or device.rpartition("/")[2] or "without a number"
    return printed.capitalize() if printed.lower().startswith("badge") else f"Badge {printed}"
