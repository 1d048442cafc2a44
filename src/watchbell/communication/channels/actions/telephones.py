"""A number is a text telephone's (TTY), or is none."""

from uuid import UUID

from watchbell.communication.channels.models import TextTelephone
from watchbell.communication.channels.queries.wishes import person_with_wishes, wishes_of_person
from watchbell.kernel.changes import recorded_change
from watchbell.kernel.permissions import Actor, require
from watchbell.line.addresses import masked
from watchbell.line.clock import now
from watchbell.line.errors import NotFound

WRITE = "notices.write"


def mark_text_telephone(actor: Actor, person_id: UUID, number: str, is_one: bool) -> bool:
    """Calls to this number of a person are typed from now on, or spoken; False when it was that already."""
    if TextTelephone.objects.filter(number=number).exists() == is_one:
        return False
    with recorded_change(actor, "channels.mark_text_telephone", target=str(person_id)) as change:
        if is_one:
            TextTelephone.objects.update_or_create(
                number=number, defaults={"made_at": now(), "by_name": actor.name[:160]}
            )
        else:
            TextTelephone.objects.filter(number=number).delete()
        change.note(number=masked(number), is_text_telephone=is_one)
    return True


def mark_told_telephone(actor: Actor, person_id: UUID, key: str, is_one: bool) -> bool:
    """The office writes down what a person has told it. key: of their number, as facts.WishRow has it.

    Raises NotFound for another school's person or no such number.
    """
    require(actor, WRITE)
    rows = wishes_of_person(person_with_wishes(actor, person_id))
    row = next((one for one in rows if one.key == key and one.kind == "phone"), None)
    if row is None:
        raise NotFound("They have no such number any more. Look again.")
    return mark_text_telephone(actor, person_id, row.address, is_one)
