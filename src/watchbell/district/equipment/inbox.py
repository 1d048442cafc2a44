"""What gateways heard of equipment, in batches of one district."""

from collections.abc import Sequence
from uuid import UUID

from watchbell.district.equipment.actions import record_lock_answers, record_screens, record_statuses
from watchbell.district.equipment.facts import OWNER_STEP, LockAnswer, Told
from watchbell.district.equipment.rules import read_battery, read_heard, read_lock_answer, read_screens, read_self_test
from watchbell.district.sites.facts import read_id
from watchbell.line.clock import moment
from watchbell.wire.base import Malformed, decode
from watchbell.wire.order import Receipt
from watchbell.wire.status import DeviceStatus

#: Parts of a status' detail that have columns of their own.
APART = ("battery", "self_test")
_MARK = f'"step":"{OWNER_STEP}"'.encode()


def is_ours(raw: bytes) -> bool:
    """Whether an order or receipt is a push to who answers for equipment: no incident's, and on no board."""
    return _MARK in raw


def take_statuses(raws: Sequence[bytes]) -> None:
    """The newest word of each endpoint; what is unreadable raises ValueError."""
    newest: dict[str, DeviceStatus] = {}
    screens: DeviceStatus | None = None
    for raw in raws:
        found = decode(raw, DeviceStatus)
        if isinstance(found, Malformed):
            raise ValueError(found.because)
        if found.gateway == "screens" and not found.endpoint:
            screens = found if screens is None or screens.at <= found.at else screens
        if found.endpoint and (found.endpoint not in newest or newest[found.endpoint].at <= found.at):
            newest[found.endpoint] = found
    if newest:
        record_statuses({UUID(endpoint): _read(status) for endpoint, status in newest.items()})
    if screens is not None:
        record_screens(screens.device, read_screens(screens.detail), moment(screens.at))


def take_receipts(raws: Sequence[bytes]) -> None:
    """What doors answered to orders: how their lock stands now, before they tell it themselves at their next turn.

    Who answers without a lock has told nothing here; the unreadable is for the receipt board to judge.
    """
    newest: dict[UUID, LockAnswer] = {}
    for raw in raws:
        found = decode(raw, Receipt) if b'"lock":' in raw else None
        if not isinstance(found, Receipt):
            continue
        door, told = read_id(found.order.endpoint.id), read_lock_answer(found.detail, moment(found.at))
        if door is not None and told is not None and (door not in newest or newest[door].at <= told.at):
            newest[door] = told
    if newest:
        record_lock_answers(newest)


def _read(status: DeviceStatus) -> Told:
    at = moment(status.at)
    return Told(
        read_heard(status.state, at, status.because, status.contact, status.lock, status.is_tampered),
        read_battery(status.detail.get("battery")), read_self_test(status.detail.get("self_test"), at),
        {name: told for name, told in status.detail.items() if name not in APART},
    )  # fmt: skip
