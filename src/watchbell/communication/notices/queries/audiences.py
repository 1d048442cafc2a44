"""Whom a notice means: counted, named, checked; and the lists of people that are kept for it."""

from collections.abc import Collection, Iterable
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from watchbell.communication.channels.queries import post_accounts
from watchbell.communication.notices.facts import EDITABLE, EVERY_SITE, RIDERS, SEE, Audience, Draft
from watchbell.communication.notices.models import ListMember, Notice, PeopleList
from watchbell.district.accounts.queries import accounts_with_roles
from watchbell.district.people.facts import ALL_BUSES, Asked, BusesMeant, PersonFacts
from watchbell.district.people.queries import buses_meant, class_titles, count_reachable, people_by_id
from watchbell.district.sites.facts import read_id
from watchbell.district.sites.queries import all_site_facts, place_names
from watchbell.field.paging.queries import recordings_seen_by
from watchbell.kernel.permissions import Actor, may, require
from watchbell.line.errors import NotFound, Refused


def people_meant(audience: Audience) -> tuple[UUID, ...]:
    """The people an audience names, one by one or by a list; () where it names nobody."""
    named = [pk for one in audience.people if (pk := read_id(one))]
    return (*named, *people_on(audience.lists)) if audience.lists else tuple(named)


def asked_of(audience: Audience) -> Asked:
    """An audience as people are asked for."""
    ids = {
        name: tuple(pk for one in getattr(audience, name) if (pk := read_id(one)))
        for name in ("sites", "classes", "rooms")
    }
    ids["people"] = people_meant(audience)
    if audience.lists and not ids["people"]:
        ids["people"] = (UUID(int=0),)  # an empty list is nobody
    users = tuple(accounts_with_roles(audience.roles, ids["sites"])) if audience.roles else ()
    if audience.roles and not users:
        users = (UUID(int=0),)  # nobody holds the role: nobody is meant, not everybody
    return Asked(kinds=audience.kinds, grades=audience.grades, users=users, buses=audience.buses, run=audience.run,
                 **ids)  # fmt: skip


def check_audience(actor: Actor, audience: Audience, names: dict[str, str] | None = None) -> None:
    """Raises Refused where somebody writes to a school that is not theirs, or names what is not there.

    names: as `audience_names` gives them, where they are at hand.
    """
    known = audience_names(audience) if names is None else names
    named_ids = {*audience.sites, *audience.classes, *audience.rooms, *audience.people, *audience.lists}
    if not named_ids <= known.keys():
        raise Refused("A school, class, room, list or person you have chosen is not there any more: choose again.")
    unknown = [one for one in audience.buses if one not in known and one != ALL_BUSES]
    if unknown:
        raise Refused(f"Nobody rides “{unknown[0]}”: choose the bus again, or look under People, Bus riders.")
    if actor.sites is None or actor.is_system:
        return
    named = {read_id(one) for one in audience.sites}
    if not named and not audience.people and not audience.lists:
        raise Refused("Choose your school: only the district's own people write to all schools.")
    if not named <= set(actor.sites):
        raise Refused("You may write to your own school only.")
    people = people_by_id(people_meant(audience)) if audience.people or audience.lists else {}
    if any(one.site not in actor.sites for one in people.values() if one.kind != "guardian"):
        raise Refused("Somebody you have chosen, or on a list you have chosen, belongs to another school.")


def recordings_for(actor: Actor) -> dict[str, list[tuple[str, str]]]:
    """{language: (hash, name) of each recording that a call can play}; somebody has listened to it."""
    if not may(actor, "paging.view"):
        return {}
    found: dict[str, list[tuple[str, str]]] = {}
    for row in recordings_seen_by(actor).filter(listened_at__isnull=False):
        found.setdefault(row.language, []).append((row.digest, f"{row.name}, {row.seconds:.0f} s"))
    return found


def recordings_chosen(actor: Actor, digests: Collection[str]) -> dict[str, tuple[UUID, str]]:
    """{hash: (id, name)} of the recordings a message chose, where this actor may listen to them. One query."""
    if not digests or not may(actor, "paging.view"):
        return {}
    rows = recordings_seen_by(actor).filter(digest__in=digests, listened_at__isnull=False)
    return {row.digest: (row.pk, row.name) for row in rows}


def check_choices(actor: Actor, draft: Draft) -> None:
    """Raises Refused for a desk, an account for posts or a recording that is not there."""
    sounds = {one.sound for one in draft.texts if one.sound}
    if sounds and not sounds <= {digest for rows in recordings_for(actor).values() for digest, _ in rows}:
        raise Refused("The recording for calls is not there any more, or nobody has listened to it yet.")
    if draft.desk and draft.desk not in {str(one.id) for one in all_site_facts()}:
        raise Refused("The school answers should go to is not there any more.")
    if not set(draft.posts) <= {str(one.id) for one in post_accounts()}:
        raise Refused("An account it should be posted by is not there any more.")


def audience_names(audience: Audience) -> dict[str, str]:
    """id → name of what an audience names; of buses those that somebody rides, and RIDERS → how many it means.

    EVERY_SITE where it names every site.
    """
    names = {str(one.id): one.name for one in all_site_facts()} if audience.sites else {}
    if names and names.keys() <= set(audience.sites):
        names[EVERY_SITE] = "every site"
    names |= {str(pk): name for pk, name in list_names(audience.lists).items()} if audience.lists else {}
    people = [pk for one in audience.people if (pk := read_id(one))]
    if people:
        names |= {str(pk): one.name for pk, one in people_by_id(people).items()}
    classes = [pk for one in audience.classes if (pk := read_id(one))]
    if classes:
        names |= {str(pk): title for pk, title in class_titles(classes).items()}
    if audience.buses:
        found = _buses_of(audience)
        names |= {one: one for one in found.known} | {RIDERS: str(found.students)}
    rooms = [pk for one in audience.rooms if (pk := read_id(one))]
    return names | ({str(pk): name for pk, name in place_names(rooms).items()} if rooms else {})


def _buses_of(audience: Audience) -> BusesMeant:
    return buses_meant(asked_of(audience))


def count_audience(audience: Audience) -> dict[str, int]:
    """{"people", "families"}."""
    return count_reachable(asked_of(audience))


def sites_meant(audience: Audience) -> list[str]:
    """The schools a notice is of: those named, or those of the people or riders named; none: the whole district."""
    if audience.buses and not (audience.sites or audience.is_every_bus):
        return sorted(str(one) for one in _buses_of(audience).sites)
    if audience.sites or not (audience.people or audience.lists):
        return list(audience.sites)
    people = people_by_id(people_meant(audience))
    return sorted({str(one.site) for one in people.values() if one.site})


# -- lists of people -------------------------------------------------------------------------------------------------


def lists_seen_by(actor: Actor, search: str = "") -> QuerySet[PeopleList]:
    """By name, each with `size`. Who sees only some schools sees the lists of these, and the district's."""
    require(actor, SEE)
    rows = PeopleList.objects.select_related("site").annotate(size=Count("members")).order_by("name")
    rows = rows if actor.sites is None else rows.filter(Q(site=None) | Q(site__in=actor.sites))
    for word in search.replace("\0", "").split()[:4]:
        rows = rows.filter(name__icontains=word)
    return rows


def list_seen_by(actor: Actor, list_id: UUID) -> PeopleList:
    """One list. Raises NotFound."""
    row = lists_seen_by(actor).filter(pk=list_id).first()
    if row is None:
        raise NotFound("There is no such list, or it is of another school.")
    return row


def people_on(lists: Iterable[str]) -> list[UUID]:
    """The people on these lists, each once. One query."""
    ids = [pk for one in lists if (pk := read_id(one))]
    rows = ListMember.objects.filter(of_id__in=ids).order_by("person")
    return list(dict.fromkeys(rows.values_list("person", flat=True)))


def members_of(row: PeopleList) -> list[PersonFacts]:
    """Who is on a list, by name. Two queries."""
    people = people_by_id(people_on([str(row.pk)])).values()
    return sorted(people, key=lambda one: (one.name.rsplit(" ", 1)[-1].lower(), one.name.lower()))


def count_list(row: PeopleList) -> dict[str, int]:
    """{"people", "families"} told when the families on it are written to."""
    return count_audience(Audience(lists=(str(row.pk),)))


def list_names(lists: Iterable[str]) -> dict[UUID, str]:
    rows = PeopleList.objects.filter(pk__in=[pk for one in lists if (pk := read_id(one))])
    return {row.pk: f"the list “{row.name}”" for row in rows}


def notices_meant_for(list_id: str) -> list[Notice]:
    """The notices that are still to go to a list."""
    return list(Notice.objects.filter(audience__lists__contains=[list_id], state__in=EDITABLE).order_by("-made_at")[:3])
