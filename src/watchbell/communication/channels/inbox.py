"""What carriers' gateways say; raises ValueError for the unreadable."""

from collections.abc import Sequence

from watchbell.communication.channels import actions
from watchbell.kernel.acting import acting_district
from watchbell.kernel.permissions import system_actor
from watchbell.line.errors import Refused
from watchbell.wire.base import Malformed, decode
from watchbell.wire.tell import Heard, Told


def take_all(raws: Sequence[bytes]) -> None:
    """Results of messages, all of them at once: reports come one by one; and answers of people."""
    decoded = [(raw, decode(raw, Told)) for raw in raws]
    if listed := [told for _, told in decoded if not isinstance(told, Malformed)]:
        actions.take_told(*listed)
    for raw, told in decoded:
        if not isinstance(told, Malformed):
            continue
        heard = decode(raw, Heard)
        if isinstance(heard, Malformed):
            raise ValueError(f"{told.because}; {heard.because}")
        district = acting_district()
        if district is None:
            raise Refused("An answer needs its district.")
        actions.take_heard(system_actor(district, f"{heard.gateway} gateway"), heard)
