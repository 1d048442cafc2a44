"""What gateways heard of equipment, in batches of one district."""

from collections.abc import Sequence
from uuid import UUID

from watchbell.district.equipment.actions import record_status
from watchbell.district.equipment.rules import read_battery
from watchbell.line.clock import moment
from watchbell.wire.base import Malformed, decode
from watchbell.wire.status import DeviceStatus


def take_statuses(raws: Sequence[bytes]) -> None:
    """The newest word of each endpoint; what is unreadable raises ValueError."""
    newest: dict[str, DeviceStatus] = {}
    for raw in raws:
        found = decode(raw, DeviceStatus)
        if isinstance(found, Malformed):
            raise ValueError(found.because)
        if found.endpoint and (found.endpoint not in newest or newest[found.endpoint].at <= found.at):
            newest[found.endpoint] = found
    for endpoint, status in newest.items():
        record_status(
            UUID(endpoint), status.state, moment(status.at), status.because, status.contact, status.lock,
            status.is_tampered, read_battery(status.detail.get("battery")),
        )  # fmt: skip
