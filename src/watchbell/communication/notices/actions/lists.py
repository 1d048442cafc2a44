"""Lists of people are made, filled by name or from a file, emptied, thrown away."""

from collections.abc import Sequence
from uuid import UUID

from watchbell.communication.notices import queries, rules
from watchbell.communication.notices.facts import MOST_ON_LIST
from watchbell.communication.notices.models import ListMember, PeopleList
from watchbell.district.people.facts import PersonFacts
from watchbell.district.people.queries import people_by_id, people_by_number
from watchbell.district.sites.facts import Fault
from watchbell.kernel.changes import Change, recorded_change
from watchbell.kernel.permissions import Actor, require
from watchbell.line.addresses import masked
from watchbell.line.clock import now
from watchbell.line.errors import Conflict, NotFound, Refused


def save_list(actor: Actor, list_id: UUID | None, name: str, about: str = "", site: UUID | None = None) -> UUID:
    """Makes a list or renames one; gives its id. site: the school it is of. Raises Refused, Conflict."""
    require(actor, queries.WRITE)
    name = " ".join(name.split())[:80]
    if not name:
        raise Refused("Give the list a name.")
    row = _own_list(actor, list_id) if list_id else PeopleList()
    if actor.sites is not None and site not in actor.sites:
        raise Refused("Choose your school: only the district's own people keep lists for all schools.")
    if PeopleList.objects.filter(name__iexact=name).exclude(pk=row.pk).exists():
        raise Conflict("There is a list of this name already.")
    with recorded_change(actor, "notices.save_list", target=name) as change:
        row.name, row.about, row.site_id = name, about.strip()[:200], site
        _touch(actor, change, row)
    return row.pk


def add_people(actor: Actor, list_id: UUID, people: Sequence[UUID]) -> int:
    """Puts students and staff on the list; gives how many were not on it. Raises Refused for another school's."""
    require(actor, queries.WRITE)
    row = _own_list(actor, list_id)
    known = people_by_id(people)
    if set(people) - known.keys():
        raise NotFound("Somebody you have chosen is not there any more.")
    for one in known.values():
        because, advice = _fault_of(actor, [one])
        if because:
            raise Refused(f"Somebody you have chosen cannot be on this list. {because} {advice}")
    return _put(actor, row, list(known), "notices.add_to_list")


def add_numbers(actor: Actor, list_id: UUID, text: str) -> tuple[int, list[Fault]]:
    """(how many are new, faults) of a pasted list or a CSV that names people by school number or e-mail.

    All of it or, with any fault, nothing. Raises Refused where there is nothing to read, or too much for a list.
    """
    require(actor, queries.WRITE)
    row = _own_list(actor, list_id)
    wanted = rules.read_numbers(text)
    if not wanted:
        raise Refused("There is no number in it. Write one school number or e-mail address a line.")
    if len(wanted) > MOST_ON_LIST:
        raise Refused(f"These are {len(wanted):,} lines; a list has at most {MOST_ON_LIST:,} people.")
    known = people_by_number(word for _, word in wanted)
    found = [(line, word, known.get(word.lower(), [])) for line, word in wanted]
    faults = [
        Fault(line, because, given=masked(word), advice=advice)
        for line, word, people in found for because, advice in [_fault_of(actor, people)] if because
    ]  # fmt: skip
    if faults:
        return 0, faults
    return _put(actor, row, [people[0].id for _, _, people in found], "notices.add_numbers_to_list"), []


def take_off(actor: Actor, list_id: UUID, person: UUID) -> None:
    """Takes one person off the list; whoever is not on it stays off."""
    require(actor, queries.WRITE)
    row = _own_list(actor, list_id)
    with recorded_change(actor, "notices.take_off_list", target=row.name) as change:
        ListMember.objects.filter(of=row, person=person).delete()
        change.note(person=str(person))
        _touch(actor, change, row)


def drop_list(actor: Actor, list_id: UUID) -> None:
    """Throws the list away. Raises Conflict while a message that has not gone out is meant for it."""
    require(actor, queries.WRITE)
    row = _own_list(actor, list_id)
    waiting = queries.notices_meant_for(str(row.pk))
    if waiting:
        raise Conflict(f"“{waiting[0].title}” is still to go to it: change or drop that message first.")
    with recorded_change(actor, "notices.drop_list", target=row.name) as change:
        change.note(people=ListMember.objects.filter(of=row).count())
        row.delete()
        change.touch("notices:all")


def _own_list(actor: Actor, list_id: UUID) -> PeopleList:
    row = queries.list_seen_by(actor, list_id)
    if actor.sites is not None and row.site_id not in actor.sites:
        raise Refused("This is the district's list: you may write to it, and its own people keep it.")
    return row


def _fault_of(actor: Actor, people: Sequence[PersonFacts]) -> tuple[str, str]:
    """Why whoever a line names cannot be put on the list, and what to do; ("", "") when they can. Names nobody."""
    if not people:
        return "Belongs to no student or staff.", "Look under People. For a parent, write the student's number."
    if len(people) > 1:
        return f"Belongs to {len(people)} people.", "Write the e-mail address, or look for the name above."
    if people[0].kind == "guardian":
        return "Belongs to a guardian.", "Put the student on the list: the family is told."
    if actor.sites is not None and people[0].site not in actor.sites:
        return "Belongs to another school.", "Leave it out: the district's own people keep lists over several schools."
    return "", ""


def _put(actor: Actor, row: PeopleList, people: Sequence[UUID], action: str) -> int:
    with recorded_change(actor, action, target=row.name) as change:
        before = ListMember.objects.filter(of=row).count()
        if before + len(people) > MOST_ON_LIST:
            raise Refused(f"A list has at most {MOST_ON_LIST:,} people.")
        ListMember.objects.bulk_create(
            (ListMember(of=row, person=one) for one in dict.fromkeys(people)), ignore_conflicts=True, batch_size=1000
        )
        added = ListMember.objects.filter(of=row).count() - before
        change.note(added=added)
        _touch(actor, change, row)
    return added


def _touch(actor: Actor, change: Change, row: PeopleList) -> None:
    row.changed_at, row.changed_by = now(), actor.name
    row.save()
    change.about(row)
    change.touch("notices:all")
