"""A person's own addresses: the records' with what the person has corrected, and what of it proves who they are."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from watchbell.communication.channels.facts import TRUST_DAYS
from watchbell.communication.channels.models import ContactChange
from watchbell.communication.channels.rules import correct_addresses
from watchbell.district.people.queries import person_facts
from watchbell.line.addresses import read_email, read_number
from watchbell.line.clock import now
from watchbell.line.errors import NotFound


def corrections_of(people: Iterable[UUID]) -> dict[UUID, list[ContactChange]]:
    """{person: their confirmed corrections, oldest first}. One query."""
    found: dict[UUID, list[ContactChange]] = {}
    rows = ContactChange.objects.filter(person_id__in=list(people), confirmed_at__isnull=False)
    for row in rows.order_by("confirmed_at", "id"):
        found.setdefault(row.person_id, []).append(row)
    return found


def people_with_correction(kind: str, address: str) -> list[UUID]:
    """Who has ever confirmed this address as their own; whether they still use it, `addresses_now` says."""
    rows = ContactChange.objects.filter(kind=kind, value=address, confirmed_at__isnull=False)
    return list(rows.order_by("person_id").values_list("person_id", flat=True).distinct())


def is_trusted(change: ContactChange) -> bool:
    """Whether a confirmed correction is surely the person's own.

    What came by a message's link alone, which is forwarded easily, is that once the office has taken it over, or
    nobody has objected for TRUST_DAYS: the other addresses were told at once.
    """
    if not change.is_bare or change.taken_at is not None:
        return True
    return change.confirmed_at is not None and change.confirmed_at <= now() - timedelta(days=TRUST_DAYS)


def addresses_now(
    email: str, phones: Iterable[str], changes: Iterable[ContactChange], *, keeps_old: bool = False
) -> dict[str, tuple[str, ...]]:
    """{"email", "phone"}: addresses as they are used, the records' with a person's own corrections.

    What is not trusted comes after all the others. keeps_old: what was replaced is used too, last of all, until the
    office has taken the change over.
    """
    known = {
        "email": tuple(filter(None, [read_email(email)])),
        "phone": tuple(filter(None, (read_number(one) for one in phones))),
    }
    made = list(changes)
    found: dict[str, tuple[str, ...]] = {}
    for kind, given in known.items():
        mine = [one for one in made if one.kind == kind]
        used = list(correct_addresses(given, [(one.old, one.value) for one in mine if is_trusted(one)]))
        used += [one.value for at, one in enumerate(mine)
                 if not is_trusted(one) and not any(later.old == one.value for later in mine[at + 1 :])]  # fmt: skip
        if keeps_old:
            bare = {one.value for one in mine if one.is_bare}  # what strangers may have added is not kept
            used += [one.old for one in mine if one.old and one.old not in bare and one.taken_at is None]
        found[kind] = tuple(dict.fromkeys(used))
    return found


def addresses_of_person(person_id: UUID) -> dict[str, tuple[str, ...]]:
    """{"email", "phone"}: a person's addresses as they are used. Two queries. Raises NotFound."""
    person = person_facts(person_id)
    return addresses_now(person.email, person.phones, corrections_of([person_id]).get(person_id, []))


def change_by_id(change_id: UUID) -> ContactChange:
    """One correction with its person. Raises NotFound."""
    row = ContactChange.objects.select_related("person").filter(pk=change_id).first()
    if row is None:
        raise NotFound("There is no such correction.")
    return row
