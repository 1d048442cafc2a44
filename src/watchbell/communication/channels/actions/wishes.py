"""A person's wishes are changed by themselves or by the office they told; the district says when it is quiet."""

from collections.abc import Collection
from dataclasses import replace
from datetime import time
from uuid import UUID

from watchbell.communication.channels import queries, rules
from watchbell.communication.channels.actions.consent import record_consent
from watchbell.communication.channels.actions.digests import move_waiting, release_of
from watchbell.communication.channels.facts import TOLD_BY, QuietHours, WishRow
from watchbell.communication.channels.models import Preference, TellingSettings
from watchbell.communication.channels.queries.wishes import person_with_wishes, quiet_hours, wishes_of_person
from watchbell.kernel.changes import recorded_change
from watchbell.kernel.permissions import Actor, require
from watchbell.line.clock import now
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
    why = _why(told, why)
    if not rules.changed_wishes(row, ticked):
        raise Refused("Nothing is different: tick what they want, untick what they do not.")
    return set_wishes(actor, row, ticked, why)


def _why(told: str, why: str) -> str:
    """How the office knows a wish, as it is written down. Raises Refused."""
    why = " ".join(why.split())
    if told not in TOLD_BY:
        raise Refused("Say how they told you: by telephone, on paper or in person.")
    if not why:
        raise Refused("Write what they said: somebody may ask.")
    return f"Told to the office {TOLD_BY[told]}: {why}"


def set_routine_mail(actor: Actor, person_id: UUID, is_daily: bool, why: str) -> int:
    """A person's routine mail comes once a day from now on, or each at once; what waits then goes now: how many.

    What cannot be declined comes at once whatever they want. why: how it is known.
    """
    with recorded_change(actor, "channels.set_routine_mail", target=str(person_id), why=why[:200]) as change:
        Preference.objects.update_or_create(
            person_id=person_id, defaults={"is_daily": is_daily, "changed_at": now()}
        )  # fmt: skip
        released = 0 if is_daily else release_of(person_id)
        change.note(is_daily=is_daily, sent_now=released)
    return released


def record_told_mail(actor: Actor, person_id: UUID, is_daily: bool, told: str, why: str) -> int:
    """The office writes down that a person wants one mail a day, or each at once; gives what goes now.

    Raises NotFound for another school's person, Refused without how, why, or any change.
    """
    require(actor, WRITE)
    person = person_with_wishes(actor, person_id)
    why = _why(told, why)
    wish = queries.preference_of(person.id)
    if is_daily == (wish is not None and wish.is_daily):
        raise Refused("It is so already: nothing is different.")
    return set_routine_mail(actor, person.id, is_daily, why)


def set_quiet_hours(actor: Actor, quiet: QuietHours, digest: time | None = None) -> None:
    """From when until when nothing routine goes out, by the district's clock.

    digest: when the daily mail goes, where that is set along with it. Raises Refused.
    """
    require(actor, queries.MANAGE)
    if actor.sites is not None:
        raise Refused("Only the district's own people set its quiet hours.")
    fault = rules.judge_quiet(quiet) or rules.judge_digest(replace(quiet, digest=digest or quiet_hours().digest))
    if fault:
        raise Refused(fault)
    spelled = f"{quiet.begins:%H:%M} to {quiet.ends:%H:%M}"
    with recorded_change(actor, "channels.set_quiet_hours", target=spelled):
        TellingSettings.objects.update_or_create(defaults={"quiet_from": quiet.begins, "quiet_until": quiet.ends})


def set_digest_hour(actor: Actor, at: time) -> None:
    """When the mails of those who want one a day go, by the district's clock; what waits already goes then, too.

    Raises Refused for a time at which the district is quiet.
    """
    require(actor, queries.MANAGE)
    if actor.sites is not None:
        raise Refused("Only the district's own people set when its daily mail goes.")
    quiet = quiet_hours()
    fault = rules.judge_digest(replace(quiet, digest=at))
    if fault:
        raise Refused(fault)
    with recorded_change(actor, "channels.set_digest_hour", target=f"{at:%H:%M}") as change:
        TellingSettings.objects.update_or_create(
            defaults={"digest_at": at},
            create_defaults={"digest_at": at, "quiet_from": quiet.begins, "quiet_until": quiet.ends},
        )
        move_waiting(at)
        change.note(before=f"{quiet.digest:%H:%M}")
        change.ask_slowly("notices.send_digests")
