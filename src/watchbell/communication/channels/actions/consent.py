"""Who wants what, and which addresses are good again."""

from uuid import UUID

from watchbell.communication.channels import queries
from watchbell.communication.channels.facts import DECLINABLE
from watchbell.communication.channels.models import BadAddress, Consent
from watchbell.kernel.changes import recorded_change
from watchbell.kernel.permissions import Actor
from watchbell.line.clock import now
from watchbell.line.errors import NotFound, Refused


def record_consent(actor: Actor, channel: str, address: str, purpose: str, is_wanted: bool, how: str) -> bool:
    """Writes down a wish; False when it was that already. Raises Refused for a purpose nobody can decline."""
    if purpose not in DECLINABLE:
        raise Refused("Only routine messages and newsletters can be declined: the others are about safety.")
    if queries.is_wanted(channel, address, purpose) == is_wanted:
        return False
    with recorded_change(actor, "channels.record_consent", target=address[:200]) as change:
        Consent.objects.create(channel=channel, address=address[:700], purpose=purpose, is_wanted=is_wanted,
                               how=how[:160], by_name=actor.name)  # fmt: skip
        change.note(channel=channel, purpose=purpose, wanted=is_wanted)
    return True


def clear_bad_address(actor: Actor, bad_id: UUID, why: str) -> None:
    """The address was put right, or has been tried by hand: messages go there again."""
    with recorded_change(actor, "channels.clear_bad_address", why=why[:200]) as change:
        row = BadAddress.objects.filter(pk=bad_id, cleared_at=None).first()
        if row is None:
            raise NotFound("It has been cleared already.")
        row.cleared_at, row.cleared_by = now(), actor.name
        row.save(update_fields=["cleared_at", "cleared_by"])
        change.note(channel=row.channel)
