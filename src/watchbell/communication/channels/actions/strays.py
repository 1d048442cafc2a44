"""The office settles a wish by mail that named no message."""

from uuid import UUID

from watchbell.communication.channels import queries
from watchbell.communication.channels.actions.consent import WRITE, write_consent
from watchbell.communication.channels.facts import DECLINABLE
from watchbell.communication.channels.models import StrayWish
from watchbell.communication.channels.queries.strays import stray_wish_seen_by
from watchbell.kernel.changes import recorded_change
from watchbell.kernel.permissions import Actor, require
from watchbell.line.addresses import read_email
from watchbell.line.clock import now
from watchbell.line.errors import Refused

#: How the ledger of wishes says where such a one comes from.
HOW = "By mail, which named no message: settled by the office"


def settle_stray_wish(actor: Actor, wish_id: UUID, outcome: str, address: str, why: str) -> int:
    """ "declined": this address gets nothing routine and no newsletter any more. "dismissed": it counts for nobody.

    Both are told why. Gives how many lines of the ledger it makes. Raises NotFound, Refused.
    """
    require(actor, WRITE)
    why, to = " ".join(why.split())[:200], read_email(address)
    with recorded_change(actor, "channels.settle_wish", why=why) as change:
        row = StrayWish.objects.select_for_update().get(pk=stray_wish_seen_by(actor, wish_id).pk)
        if row.settled_at is not None:
            raise Refused("Somebody has just settled it.")
        if outcome not in ("declined", "dismissed"):
            raise Refused("It is taken down for an address, or dismissed.")
        if outcome == "declined" and not to:
            raise Refused("Write the e-mail address that gets no more of them.")
        if not why:
            raise Refused("Say how you know, or why it counts for nobody: somebody may ask.")
        new = [one for one in DECLINABLE if outcome == "declined" and queries.is_wanted("email", to, one)]
        for purpose in new:
            write_consent(actor, "email", to, purpose, False, HOW)
        row.outcome, row.address, row.why = outcome, to if outcome == "declined" else "", why
        row.settled_at, row.settled_by = now(), actor.name
        row.save(update_fields=["outcome", "address", "why", "settled_at", "settled_by"])
        change.about(row)
        change.note(outcome=outcome, lines=len(new))
    return len(new)
