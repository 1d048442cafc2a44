"""Receipts of announcements and zone tests, and how calls to record go; raises ValueError for the unreadable."""

from collections.abc import Sequence

from watchbell.field.paging import actions
from watchbell.field.paging.facts import STEPS, ZONE_TEST
from watchbell.wire.base import Malformed, decode
from watchbell.wire.order import Receipt
from watchbell.wire.recording import Recorded, is_call

_MARKS = tuple(f'"step":"{step}"'.encode() for step in STEPS)


def is_ours(raw: bytes) -> bool:
    """Whether an order or receipt belongs to an announcement or a zone test, not to an incident."""
    return any(mark in raw for mark in _MARKS)


def take_receipts(raws: Sequence[bytes]) -> None:
    """What the zones answered."""
    found = [decode(raw, Receipt) for raw in raws]
    bad = [one for one in found if isinstance(one, Malformed)]
    if bad:
        raise ValueError(bad[0].because)
    receipts = [one for one in found if not isinstance(one, Malformed)]
    tests = [one for one in receipts if one.order.step == ZONE_TEST]
    rest = [one for one in receipts if one.order.step != ZONE_TEST]
    if rest:
        actions.take_receipts(rest)
    if tests:
        actions.take_test_receipts(tests)


def take_recorded(raws: Sequence[bytes]) -> None:
    """What gateways say of calls to record, with what was spoken."""
    for raw in raws:
        found = decode(raw, Recorded)
        if isinstance(found, Malformed):
            raise ValueError(found.because)
        if not is_call(found.id):
            raise ValueError("No call has such an id.")
        actions.take_recorded(found)
