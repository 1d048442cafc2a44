"""Orders, receipts and acknowledgements from the bus, in batches; raises ValueError for the unreadable."""

from collections.abc import Sequence
from typing import TypeVar

from watchbell.kernel.acting import acting_district
from watchbell.kernel.permissions import system_actor
from watchbell.response.incidents import actions
from watchbell.wire.base import Malformed, Message, decode
from watchbell.wire.order import Acknowledged, Order, Receipt

M = TypeVar("M", bound=Message)


def _read(raws: Sequence[bytes], kind: type[M]) -> list[M]:
    found = [decode(raw, kind) for raw in raws]
    bad = [one for one in found if isinstance(one, Malformed)]
    if bad:
        raise ValueError(bad[0].because)
    return [one for one in found if not isinstance(one, Malformed)]


def take_orders(raws: Sequence[bytes]) -> None:
    """Orders as the reflex published them."""
    actions.take_orders(_read(raws, Order))


def take_receipts(raws: Sequence[bytes]) -> None:
    """Receipts and acknowledgements, which share a stream."""
    told = [raw for raw in raws if b'"what":' in raw and b'"order":{' not in raw]
    receipts = [raw for raw in raws if raw not in told]
    over = actions.take_receipts(_read(receipts, Receipt)) if receipts else []
    if told:
        actions.take_acknowledgements(_read(told, Acknowledged))
    district = acting_district()
    for incident in over:
        if district is not None:
            actions.finish_if_over(system_actor(district), incident)
