"""What carriers' gateways say; raises ValueError for the unreadable."""

from collections.abc import Sequence

from watchbell.communication.channels import actions
from watchbell.kernel.acting import acting_district
from watchbell.kernel.permissions import system_actor
from watchbell.line.errors import Refused
from watchbell.wire.base import Malformed, decode
from watchbell.wire.tell import Heard, Told


def take_all(raws: Sequence[bytes]) -> None:
    """Results of messages, all of them at once: reports come one by one; and answers of people, likewise."""
    told: list[Told] = []
    heard: dict[str, list[Heard]] = {}
    for raw in raws:
        result = decode(raw, Told)
        if not isinstance(result, Malformed):
            told.append(result)
            continue
        said = decode(raw, Heard)
        if isinstance(said, Malformed):
            raise ValueError(f"{result.because}; {said.because}")
        heard.setdefault(said.gateway, []).append(said)
    if told:
        actions.take_told(*told)
    district = acting_district()
    if heard and district is None:
        raise Refused("An answer needs its district.")
    for gateway, listed in heard.items():
        actor = system_actor(district, f"{gateway} gateway")
        actions.take_heard(actor, *listed)
        actions.answer_help(actor, listed)
