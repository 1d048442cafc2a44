"""A person's wishes are changed by themselves or by the office they told; the district says when it is quiet."""

from collections.abc import Collection
from uuid import UUID

from watchbell.communication.channels import queries, rules
from watchbell.communication.channels.actions.consent import record_consent
from watchbell.communication.channels.facts import TOLD_BY, QuietHours, WishRow
from watchbell.communication.channels.models import TellingSettings
from watchbell.communication.channels.queries.wishes import person_with_wishes, wishes_of_person
from watchbell.kernel.changes import recorded_change
from watchbell.kernel.permissions import Actor, require
from watchbell.line.errors import NotFound, Refused

WRITE = "notices.write"


def set_wishes(actor: Actor, row: WishRow, ticked: Collection[str], how: str) -> int:
    """An address gets what is ticked (keys of facts.Wish) and nothing else; each change is a line of the ledger.

    Gives how many changed. What cannot be declined is not among them.
    """
    changed = rules.changed_wishes(row, ticked)
    return sum(record_consent(actor, one.channel, row.address, one.purpose, one.is_wanted, how) for one in changed)


def record_told_wishes(actor: Actor, person_id: UUID, key: str, ticked: Collection[str], told: str, why: str) -> int:
    """The office writes down what a person has told it. told: one of facts.TOLD_BY. why: in their or its own words.

    Raises NotFound for another school's person or no such address, Refused without how, why, or any change.
    """
    require(actor, WRITE)
    person = person_with_wishes(actor, person_id)
    row = next((one for one in wishes_of_person(person) if one.key == key), None)
    if row is None:
        raise NotFound("They have no such address any more. Look again.")
    why = " ".join(why.split())
    if told not in TOLD_BY:
        raise Refused("Say how they told you: by telephone, on paper or in person.")
    if not why:
        raise Refused("Write what they said: somebody may ask.")
    if not rules.changed_wishes(row, ticked):
        raise Refused("Nothing is different: tick what they want, untick what they do not.")
    return set_wishes(actor, row, ticked, f"Told to the office {TOLD_BY[told]}: {why}")


def set_quiet_hours(actor: Actor, quiet: QuietHours) -> None:
    """From when until when nothing routine goes out, by the district's clock. Raises Refused."""
    require(actor, queries.MANAGE)
    if actor.sites is not None:
        raise Refused("Only the district's own people set its quiet hours.")
    fault = rules.judge_quiet(quiet)
    if fault:
        raise Refused(fault)
    spelled = f"{quiet.begins:%H:%M} to {quiet.ends:%H:%M}"
    with recorded_change(actor, "channels.set_quiet_hours", target=spelled):
        TellingSettings.objects.update_or_create(defaults={"quiet_from": quiet.begins, "quiet_until": quiet.ends})
