"""Who can be told: the people an audience means, and lists of people read from a file."""

from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, UUIDField
from django.db.models.functions import Coalesce, Lower

from watchbell.district.people.facts import ALL_BUSES, Asked, PersonFacts, Reachable
from watchbell.district.people.models import Enrolment, Guardianship, Membership, Person, Ride
from watchbell.district.people.queries.reading import facts_of
from watchbell.line.addresses import read_email, read_number


def students_meant(asked: Asked) -> QuerySet[Person]:
    """The active students an audience means."""
    rows = Person.objects.filter(kind="student", status="active").order_by()
    rows = rows.filter(site_id__in=asked.sites) if asked.sites else rows
    rows = rows.filter(grade__in=asked.grades) if asked.grades else rows
    rows = rows.filter(homeroom_id__in=asked.rooms) if asked.rooms else rows
    if asked.classes:
        rolls = Enrolment.objects.filter(school_class_id__in=asked.classes, role="student", status="active")
        rows = rows.filter(pk__in=rolls.values("person_id"))
    if asked.buses:
        rides = Ride.objects.filter(status="active")
        rides = rides if ALL_BUSES in asked.buses else rides.filter(bus__in=asked.buses)
        rides = rides.filter(run=asked.run) if asked.run else rides
        rows = rows.filter(pk__in=rides.values("student_id"))
    return rows.filter(pk__in=asked.people) if asked.people else rows


def _staff(asked: Asked) -> QuerySet[Person]:
    if asked.buses:
        return Person.objects.none()  # only students ride: whoever writes to a bus does not mean a school's whole staff
    rows = Person.objects.filter(kind="staff", status="active").order_by()
    rows = rows.filter(site_id__in=asked.sites) if asked.sites else rows
    rows = rows.filter(homeroom_id__in=asked.rooms) if asked.rooms else rows
    rows = rows.filter(user_id__in=asked.users) if asked.users else rows
    if asked.classes:
        taught = Enrolment.objects.filter(school_class_id__in=asked.classes, role__in=("teacher", "aide"))
        rows = rows.filter(pk__in=taught.values("person_id"))
    return rows.filter(pk__in=asked.people) if asked.people else rows


def _told(asked: Asked) -> Q:
    found = Q(pk__in=())
    if "family" in asked.kinds:
        links = Guardianship.objects.filter(status="active", student__in=students_meant(asked))
        found |= Q(pk__in=links.values("guardian_id"), status="active")
    if "staff" in asked.kinds:
        found |= Q(pk__in=_staff(asked).values("pk"))
    if "student" in asked.kinds:
        found |= Q(pk__in=students_meant(asked).values("pk"))
    return found


def people_told(asked: Asked) -> QuerySet[Person]:
    """The people an audience means, as rows to be counted."""
    return Person.objects.filter(_told(asked)).order_by()


def people_at_home(asked: Asked) -> QuerySet[Person]:
    """`people_told`, each with `home`: their household, or themselves."""
    home = Membership.objects.filter(person_id=OuterRef("pk"), is_main=True).values("household_id")[:1]
    return people_told(asked).annotate(home=Coalesce(Subquery(home), "id", output_field=UUIDField()))


def people_told_still(ids: Iterable[UUID]) -> dict[UUID, PersonFacts]:
    """{person: facts} of those of them who are told at all by now: whoever is active, a guardian of an active student.

    One query.
    """
    wards = Guardianship.objects.filter(guardian_id=OuterRef("pk"), status="active", student__status="active")
    rows = Person.objects.filter(pk__in=set(ids), status="active").filter(~Q(kind="guardian") | Exists(wards))
    return {person.pk: facts_of(person) for person in rows}


def count_reachable(asked: Asked) -> dict[str, int]:
    """{"people", "families"} an audience means. One query."""
    return people_at_home(asked).aggregate(people=Count("id"), families=Count("home", distinct=True))


def shares_of(asked: Asked) -> list[tuple[str, int, int]]:
    """[(kind, how many people of it an audience means, how many the whole district has)], riders last. One query.

    Each kind by itself: who adds a few of another kind does not make it less.
    """
    whole = Asked()
    counts = {
        f"{kind}_{name}": Count("id", filter=_told(replace(one, kinds=(kind,))))
        for kind in asked.kinds
        for name, one in (("reached", asked), ("whole", whole))
    }
    kinds = list(asked.kinds)
    if asked.buses:
        kinds.append("riders")
        counts["riders_reached"] = Count("id", filter=Q(pk__in=students_meant(asked).values("pk")))
        every = students_meant(Asked(buses=(ALL_BUSES,), run=asked.run))
        counts["riders_whole"] = Count("id", filter=Q(pk__in=every.values("pk")))
    found = Person.objects.order_by().aggregate(**counts)
    return [(kind, found[f"{kind}_reached"], found[f"{kind}_whole"]) for kind in kinds]


def families_of_guardians(people: Iterable[UUID], sites: Iterable[UUID] | None = None) -> dict[UUID, UUID]:
    """{guardian: their household, else themselves} of those who are guardians of active students. One query.

    sites: of students there only.
    """
    students = Person.objects.filter(kind="student", status="active")
    students = students if sites is None else students.filter(site__in=list(sites))
    wards = Guardianship.objects.filter(status="active", student__in=students)
    home = Membership.objects.filter(person_id=OuterRef("pk"), is_main=True).order_by("-household_id")
    rows = Person.objects.filter(pk__in=list(people), status="active").filter(pk__in=wards.values("guardian_id"))
    named = rows.annotate(home=Coalesce(Subquery(home.values("household_id")[:1]), "id", output_field=UUIDField()))
    return dict(named.order_by().values_list("id", "home"))


def reachable(asked: Asked, after: UUID | None = None, most: int = 1000, *, with_homes: bool = True) -> list[Reachable]:
    """The next portion of an audience, by id, with the children each is told about. Three queries at most."""
    rows = Person.objects.filter(_told(asked))
    rows = rows.filter(pk__gt=after) if after else rows
    people = list(rows.order_by("pk")[:most])
    ids = [person.pk for person in people]
    rows_of_homes = Membership.objects.filter(person_id__in=ids, is_main=True).order_by("person_id", "-household_id")
    homes = dict(rows_of_homes.values_list("person_id", "household_id")) if with_homes else {}
    about: dict[UUID, list[tuple[UUID, str]]] = {}
    if "family" in asked.kinds:
        links = Guardianship.objects.filter(status="active", guardian_id__in=ids, student__in=students_meant(asked))
        for link in links.select_related("student").order_by("student__given", "student_id"):
            child = link.student.preferred or link.student.given
            about.setdefault(link.guardian_id, []).append((link.student_id, child))
    return [
        Reachable(
            person=one.pk, name=str(one), language=one.language, email=one.email, phones=tuple(one.phones),
            household=homes.get(one.pk), site=one.site_id, user_id=one.user_id, about=tuple(about.get(one.pk, ())),
        )
        for one in people
    ]  # fmt: skip


def addresses_at(sites: Iterable[UUID]) -> tuple[set[UUID], set[str]]:
    """The guardians of these sites' students and the staff there, and their addresses of the records as compared.

    Also of those who have left: what they once wished stays theirs. One query.
    """
    here = list(sites)
    wards = Guardianship.objects.filter(student__site__in=here).values("guardian_id")
    rows = Person.objects.filter(Q(pk__in=wards) | Q(site__in=here, kind="staff")).order_by()
    people, found = set(), set()
    for pk, email, phones in rows.values_list("pk", "email", "phones"):
        people.add(pk)
        found |= {read_email(email), *map(read_number, phones)}
    return people, found - {""}


def grades_of(sites: Iterable[UUID] = ()) -> list[str]:
    """The grades there are students in, at these sites (none: everywhere)."""
    rows = Person.objects.filter(kind="student", status="active").exclude(grade="")
    rows = rows.filter(site_id__in=list(sites)) if sites else rows
    found = set(rows.order_by().values_list("grade", flat=True).distinct())
    return sorted(found, key=lambda grade: (not grade.isdigit(), grade.zfill(3)))


def people_by_number(numbers: Iterable[str]) -> dict[str, list[PersonFacts]]:
    """{number as the school writes it, or e-mail address: the active students and staff it belongs to}. One query."""
    raw = {one.strip() for one in numbers if one.strip()}
    wanted = {one.lower() for one in raw}
    rows = Person.objects.filter(status="active", kind__in=("student", "staff")).alias(mail=Lower("email"))
    found: dict[str, list[PersonFacts]] = {}
    for person in rows.filter(Q(number__in=raw | wanted) | Q(mail__in=wanted)).order_by("pk"):
        for word in {person.number.lower(), person.email.lower()} & wanted:
            found.setdefault(word, []).append(facts_of(person))
    return found
