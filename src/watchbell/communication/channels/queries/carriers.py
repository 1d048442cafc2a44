"""What brings messages: the district's carriers, how each is, and its accounts in social networks."""

from dataclasses import replace
from typing import Any

from django.db.models import Count

from watchbell.communication.channels.facts import CARRIER_KINDS, CHANNELS, Carrier
from watchbell.communication.channels.models import Batch, CarrierTrouble
from watchbell.district.equipment.facts import EquipmentFacts
from watchbell.district.equipment.queries import equipment_of_kinds
from watchbell.kernel.permissions import Actor, require

SEE = "notices.view"


def carriers() -> list[Carrier]:
    """Every carrier with its trouble and how many batches it has now. Three queries."""
    trouble = {row.carrier: row for row in CarrierTrouble.objects.all()}
    out = dict(Batch.objects.filter(state="out").values_list("carrier").annotate(n=Count("id")).order_by())
    found = []
    for thing in equipment_of_kinds(tuple(CARRIER_KINDS)):
        bad = trouble.get(thing.id)
        found.append(
            Carrier(
                id=thing.id, name=thing.name, gateway=thing.gateway, device=thing.device,
                channel=CARRIER_KINDS[thing.kind], is_test=thing.is_test,
                priority=int(thing.settings.get("priority") or 1), lanes=int(thing.settings.get("lanes") or 1),
                per_second=float(thing.settings.get("per_second") or 0), state=bad.state if bad else "ok",
                bad_until=bad.until if bad else None, bad_since=bad.since if bad else None, out=out.get(thing.id, 0),
                is_silent=thing.state == "silent", is_unheard=thing.is_unheard,
            )
        )  # fmt: skip
    return found


def post_accounts() -> list[EquipmentFacts]:
    """The district's own accounts in social networks. One query."""
    return [thing for thing in equipment_of_kinds((CHANNELS["post"][2],)) if thing.gateway]


def carriers_seen_by(actor: Actor) -> list[dict[str, Any]]:
    """Every carrier for people: what it brings, how it is, what it has brought lately."""
    require(actor, SEE)
    trouble = {row.carrier: row for row in CarrierTrouble.objects.all()}
    things = {thing.id: thing for thing in equipment_of_kinds(tuple(CARRIER_KINDS))}
    listed = sorted(carriers(), key=lambda one: (one.channel, one.priority, one.name))
    return [{"carrier": one, "thing": things[one.id], "trouble": trouble.get(one.id), "way": CHANNELS[one.channel]}
            for one in listed]  # fmt: skip


def one_more(carrier: Carrier) -> Carrier:
    return replace(carrier, out=carrier.out + 1)
