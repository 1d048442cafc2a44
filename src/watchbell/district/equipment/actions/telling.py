"""Who answers for equipment is told that it is silent: gathered, and never more often than every ten minutes."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from watchbell.district.equipment.facts import GATHER_SECONDS, EquipmentFacts
from watchbell.district.equipment.rules import say_to_owner
from watchbell.district.people.facts import PersonFacts
from watchbell.district.sites.queries import all_site_facts
from watchbell.kernel.changes import recorded_batch, recorded_change
from watchbell.kernel.jobs import enqueue
from watchbell.kernel.permissions import Actor
from watchbell.line import clock

TELLING = "silence.tell_owner"


def ask_to_tell(owners: Iterable[UUID], in_seconds: float = GATHER_SECONDS) -> None:
    """Each of these is told in so long of what of theirs is silent then; asked again meanwhile, it is once."""
    with recorded_batch("owners to tell"):
        for owner in owners:
            enqueue("equipment.tell_owner", {"owner": str(owner)}, queue="soon", once=str(owner), in_seconds=in_seconds)


def tell_owner(actor: Actor, owner: PersonFacts, silent: Sequence[EquipmentFacts], group: EquipmentFacts) -> None:
    """Asks for one push to the owner's browsers, through the staff phones of `group`, and writes down of what."""
    names = {site.id: site.name for site in all_site_facts()}
    title, body = say_to_owner(
        [(thing.name, names.get(thing.site, "") if thing.site else "", thing.state_because) for thing in silent]
    )
    with recorded_change(actor, TELLING, target=owner.name) as change:
        change.note(owner=str(owner.id), count=len(silent), equipment=[thing.name for thing in silent][:50])
        change.ask_soon(
            "equipment.push_owner", owner=str(owner.id), user=str(owner.user_id), group=str(group.id), title=title,
            body=body, at=clock.unix(),
        )  # fmt: skip
