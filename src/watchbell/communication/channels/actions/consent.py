"""Who wants what, and which addresses are good again."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from watchbell.communication.channels import queries, rules
from watchbell.communication.channels.actions.doubting import clear
from watchbell.communication.channels.facts import DECLINABLE
from watchbell.communication.channels.facts.refusals import refusal
from watchbell.communication.channels.models import Consent, ContactChange, Preference
from watchbell.communication.channels.queries.links import bad_address_seen_by
from watchbell.kernel.changes import Change, recorded_change
from watchbell.kernel.permissions import Actor, require
from watchbell.line.addresses import read_email, read_number
from watchbell.line.clock import now
from watchbell.line.errors import NotFound, Refused

WRITE = "notices.write"


def record_consent(
    actor: Actor, channel: str, address: str, purpose: str, is_wanted: bool, how: str, *, is_proof: bool = False
) -> bool:
    """Writes down a wish; False when it was that already. Raises Refused for a purpose nobody can decline.

    is_proof: a person has just said so, which is written down also when nothing changes by it.
    """
    if purpose not in DECLINABLE:
        raise Refused("Only routine messages and newsletters can be declined: the others are about safety.")
    if queries.is_wanted(channel, address, purpose) == is_wanted and not is_proof:
        return False
    with recorded_change(actor, "channels.record_consent", target=address[:200]) as change:
        write_consent(actor, channel, address, purpose, is_wanted, how)
        change.note(channel=channel, purpose=purpose, wanted=is_wanted)
    return True


def write_consent(actor: Actor, channel: str, address: str, purpose: str, is_wanted: bool, how: str) -> None:
    """A line of the ledger, inside a change."""
    Consent.objects.create(channel=channel, address=address[:700], purpose=purpose, is_wanted=is_wanted,
                           how=how[:160], by_name=actor.name)  # fmt: skip


def clear_bad_address(actor: Actor, bad_id: UUID, why: str) -> None:
    """The address was put right, or has been tried by hand: messages go there again. Raises NotFound, Refused."""
    why = " ".join(why.split())[:200]
    with recorded_change(actor, "channels.clear_bad_address", why=why) as change:
        row = bad_address_seen_by(actor, bad_id)
        if not why:
            raise Refused("Say why it is right again: somebody may ask.")
        row.cleared_at, row.cleared_by = now(), actor.name
        row.save(update_fields=["cleared_at", "cleared_by"])
        change.note(channel=row.channel)


# -- people's own addresses -------------------------------------------------------------------------------------------

CODE_MINUTES, MOST_CODE_TRIES = 30, 5


def _hash(change_id: UUID, code: str) -> str:
    return hashlib.sha256(f"{change_id}:{code}".encode()).hexdigest()


def ask_change(
    actor: Actor, person_id: UUID, kind: str, old: str, new: str, language: str = "en", *, is_known: bool = False
) -> tuple[UUID, str]:  # fmt: skip
    """A family corrects an address: it counts once the code that is sent there comes back. Gives (change, code).

    language: what the code is sent in. is_known: whoever asks has proved to be this person, by an account or a
    remembered device; a message's link alone, which can be forwarded, only adds. Raises Refused for what is no address.
    """
    if old and not is_known:
        raise Refused(refusal("sign_in_first"))
    value = read_email(new) if kind == "email" else read_number(new)
    if not value:
        raise Refused(refusal("no_number" if kind == "phone" else "no_mail"))
    code = rules.make_code(secrets.token_bytes(8))
    with recorded_change(actor, "channels.ask_change", target=str(person_id)) as change:
        row = ContactChange(person_id=person_id, kind=kind, old=old[:254], value=value, is_bare=not is_known)
        row.code = _hash(row.pk, code)
        row.save(force_insert=True)
        change.note(kind=kind, is_bare=row.is_bare)
        change.ask_soon("channels.send_code", change=str(row.pk), kind=kind, value=value, code=code,
                        language=language)  # fmt: skip
    return row.pk, code


def confirm_change(actor: Actor, change_id: UUID, person_id: UUID, code: str) -> ContactChange:
    """The code came back: the address is used from now on, and all that were used before are told.

    Raises Refused when it is wrong, late or tried too often.
    """
    refused = ""
    with recorded_change(actor, "channels.confirm_change", target=str(person_id)) as change:
        row = ContactChange.objects.select_for_update().filter(
            pk=change_id, person_id=person_id, confirmed_at=None
        ).first()  # fmt: skip
        if row is None:
            raise NotFound(refusal("nothing_pending"))
        if row.tries >= MOST_CODE_TRIES or row.asked_at < now() - timedelta(minutes=CODE_MINUTES):
            refused = refusal("code_old")
        elif not hmac.compare_digest(row.code, _hash(row.pk, "".join(filter(str.isdigit, code)))):
            row.tries += 1
            refused = refusal("code_wrong")
        else:
            row.confirmed_at, row.code = now(), ""
            for channel in ("text", "voice") if row.kind == "phone" else ("email",):
                clear(channel, [row.old], "Corrected by the family")
            _tell_others(change, row)
        row.save(update_fields=["tries", "confirmed_at", "code"])
        change.note(kind=row.kind, confirmed=not refused)
    if refused:
        raise Refused(refused)
    return row


def remove_address(actor: Actor, person_id: UUID, kind: str, old: str) -> ContactChange:
    """A family that is known for sure takes an address out of use. Raises Refused for the only one, NotFound."""
    with recorded_change(actor, "channels.remove_address", target=str(person_id)) as change:
        used = queries.addresses_of_person(person_id)
        if old not in used[kind]:
            raise NotFound(refusal("nothing_such"))
        if len([*used["email"], *used["phone"]]) == 1:
            raise Refused(refusal("last_address"))
        row = ContactChange.objects.create(person_id=person_id, kind=kind, old=old, confirmed_at=now())
        change.note(kind=kind)
        _tell_others(change, row, used)
    return row


def _tell_others(change: Change, row: ContactChange, used: dict[str, tuple[str, ...]] | None = None) -> None:
    """Inside a change: every address in use until now hears of it, so that whoever did not do it learns of it."""
    used = used or queries.addresses_of_person(row.person_id)
    told = dict.fromkeys([*used["email"], *used["phone"], *filter(None, [row.old])])
    change.ask_slowly("families.tell_change", queue="soon", change=str(row.pk),
                      addresses=[one for one in told if one != row.value])  # fmt: skip


def set_preference(actor: Actor, person_id: UUID, order: Sequence[str], language: str) -> None:
    """By which way first, and in which language; "" as the school's records say."""
    with recorded_change(actor, "channels.set_preference", target=str(person_id)) as change:
        Preference.objects.update_or_create(
            person_id=person_id,
            defaults={"order": list(rules.read_order(order)), "language": language[:16], "changed_at": now()},
        )
        change.note(order=list(order), language=language)


def take_changes(actor: Actor, changes: Sequence[UUID]) -> int:
    """These corrections have been entered into the student information system; how many were new.

    Raises NotFound when one of them is none of the actor's schools' people; then none is noted.
    """
    require(actor, WRITE)
    wanted = set(changes)
    new, known = (
        set(queries.changes_seen_by(actor, is_taken=is_taken).filter(pk__in=wanted).values_list("pk", flat=True))
        for is_taken in (False, True)
    )
    if wanted - new - known:
        raise NotFound("There is no such correction, or you may not see it.")
    with recorded_change(actor, "channels.take_changes") as change:
        rows = ContactChange.objects.filter(pk__in=new, taken_at=None)
        count = rows.update(taken_at=now(), taken_by=actor.name)
        change.note(count=count)
    return count
