"""Decides about PINs: which pair is safe to use in fear, and when somebody has tried too often."""

import itertools
from collections.abc import Sequence
from datetime import datetime, timedelta

from watchbell.district.accounts.facts import MOST_TRIES, PIN_DIGITS, TRIES_SECONDS


def find_account_faults(email: str, name: str) -> dict[str, str]:
    """{field: what it has to be} of a new account; {} when one may be made of it."""
    faults = {} if "@" in email.strip() else {"email": "an e-mail address"}
    return faults if name.strip() else faults | {"name": "the person's name"}


def find_pin_faults(cancel: str, duress: str) -> dict[str, str]:
    """{field: what is wrong} of a pair of PINs; fields "cancel" and "duress". {} when both may be used."""
    faults = {}
    for field, pin in (("cancel", cancel), ("duress", duress)):
        fault = _fault_of(pin)
        if fault:
            faults[field] = fault
    if not faults and is_one_slip(cancel, duress):
        faults["duress"] = "Too close to the first PIN: one slip of the finger must not turn one into the other."
    return faults


def _fault_of(pin: str) -> str:
    least, most = PIN_DIGITS
    if not (pin.isascii() and pin.isdigit() and least <= len(pin) <= most):
        return f"Use {least} to {most} digits."
    if is_trivial(pin):
        return "Too easy to guess: no repeated digits, no runs up or down, no pattern, no year."
    return ""


def is_trivial(pin: str) -> bool:
    """All one or two digits in a pattern, a run up or down (also past 9), a repeated half, or a year of our time."""
    digits = [int(one) for one in pin]
    steps = {(b - a) % 10 for a, b in itertools.pairwise(digits)}
    if len(steps) == 1 and steps <= {0, 1, 9}:
        return True
    if (len(set(pin)) < 3 and len(pin) < 6) or len(set(pin)) == 1:
        return True
    half = len(pin) // 2
    if len(pin) % 2 == 0 and pin[:half] == pin[half:]:
        return True
    return len(pin) == 4 and 1930 <= int(pin) <= 2039


def is_one_slip(one: str, other: str) -> bool:
    """Equal, neighbours in number, or apart by one digit mistyped, left out, added, or two exchanged."""
    if one == other or (len(one) == len(other) and abs(int(one) - int(other)) <= 1):
        return True
    if len(one) == len(other):
        wrong = [index for index, pair in enumerate(zip(one, other, strict=True)) if pair[0] != pair[1]]
        is_swapped = len(wrong) == 2 and wrong[1] == wrong[0] + 1
        return len(wrong) == 1 or (is_swapped and one[wrong[0]] == other[wrong[1]] and one[wrong[1]] == other[wrong[0]])
    short, long = sorted((one, other), key=len)
    return len(long) == len(short) + 1 and any(long[:i] + long[i + 1 :] == short for i in range(len(long)))


def seconds_to_wait(failed: Sequence[datetime], now: datetime) -> float:
    """How long somebody who has tried wrongly at these moments must wait; 0 when they may try."""
    recent = sorted(at for at in failed if now - at < timedelta(seconds=TRIES_SECONDS))
    if len(recent) < MOST_TRIES:
        return 0.0
    return (recent[-MOST_TRIES] + timedelta(seconds=TRIES_SECONDS) - now).total_seconds()
