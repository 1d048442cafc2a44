"""What gateways heard of equipment, in batches of one district."""

from collections.abc import Sequence
from uuid import UUID

from watchbell.district.equipment.actions import record_screens, record_statuses
from watchbell.district.equipment.facts import OWNER_STEP, Told
from watchbell.district.equipment.rules import read_battery, read_heard, read_screens, read_self_test
from watchbell.line.clock import moment
from watchbell.wire.base import Malformed, decode
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


def _read(status: DeviceStatus) -> Told:
    at = moment(status.at)
    return Told(
        read_heard(status.state, at, status.because, status.contact, status.lock, status.is_tampered),
        read_battery(status.detail.get("battery")), read_self_test(status.detail.get("self_test"), at),
        {name: told for name, told in status.detail.items() if name not in APART},
    )  # fmt: skip
