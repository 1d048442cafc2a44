"""Reading people: lists under the reader's own right, and facts for those who plan, call and count."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Func, Q, QuerySet, TextField, Value

from watchbell.district.people.facts import ClassFacts, KnownRows, PersonFacts, RoomCount, RosterState
from watchbell.district.people.models import (
    AcademicSession,
    Course,
    Enrolment,
    Guardianship,
    Membership,
    Org,
    Person,
    SchoolClass,
    Sourced,
)
from watchbell.district.sites.facts import read_id
from watchbell.district.sites.queries import room_ids_by_number, site_ids_by_code
from watchbell.kernel.permissions import Actor, require
from watchbell.line.addresses import read_number
from watchbell.line.errors import NotFound


def facts_of(person: Person) -> PersonFacts:
    return PersonFacts(
        id=person.pk, name=str(person), kind=person.kind, title=person.title, email=person.email,
        phones=tuple(person.phones), site=person.site_id, place=person.homeroom_id, user_id=person.user_id,
        language=person.language, grade=person.grade, skills=tuple(person.skills),
    )  # fmt: skip


def people_count_by_room(site_id: UUID | str) -> dict[UUID, dict[str, int]]:
    """{place id: {"students": n, "staff": n}} of a site: who belongs in which room by homeroom."""
    rows = (
        Person.objects.filter(site_id=site_id, status="active", homeroom__isnull=False)
        .values("homeroom_id")
        .annotate(students=Count("id", filter=Q(kind="student")), staff=Count("id", filter=Q(kind="staff")))
        .order_by()
    )
    return {row["homeroom_id"]: {"students": row["students"], "staff": row["staff"]} for row in rows}


def rooms_of_people(site_ids: Iterable[UUID], kinds: Iterable[str]) -> list[RoomCount]:
    """The rooms of `kinds` in use at these sites in which somebody belongs by homeroom, with how many. One query."""
    rows = Person.objects.filter(
        site_id__in=list(site_ids), status="active", homeroom__site_id=F("site_id"), homeroom__kind__in=tuple(kinds),
        homeroom__is_closed=False,
    )  # fmt: skip
    counted = (
        rows.order_by()
        .values("site_id", "homeroom_id", "homeroom__number", "homeroom__name")
        .annotate(students=Count("id", filter=Q(kind="student")), staff=Count("id", filter=Q(kind="staff")))
    )
    columns = ("site_id", "homeroom_id", "homeroom__number", "homeroom__name", "students", "staff")
    return [RoomCount(*row) for row in counted.values_list(*columns)]


def staff_of_site(site_id: UUID | str) -> list[PersonFacts]:
    """The active staff of a site, by name."""
    rows = Person.objects.filter(site_id=site_id, kind="staff", status="active").order_by("family", "given", "id")
    return [facts_of(person) for person in rows]


def people_of_site(site_id: UUID | str, kinds: Iterable[str] = ("student", "staff")) -> list[PersonFacts]:
    """The active people of `kinds` at a site, by name."""
    rows = Person.objects.filter(site_id=site_id, kind__in=tuple(kinds), status="active")
    return [facts_of(person) for person in rows.order_by("family", "given", "id")]


def seats_of_site(site_id: UUID | str) -> list[tuple[UUID, str, str, UUID | None]]:
    """(person, name, kind, homeroom) of the active students and staff of a site, by name."""
    rows = Person.objects.filter(site_id=site_id, kind__in=("student", "staff"), status="active")
    columns = ("id", "preferred", "given", "family", "kind", "homeroom_id")
    return [
        (pk, f"{preferred or given} {family}", kind, homeroom)
        for pk, preferred, given, family, kind, homeroom in rows.order_by("family", "given", "id").values_list(*columns)
    ]


def people_of_room(place_id: UUID | str) -> list[PersonFacts]:
    """The active students and staff whose room this is, by name."""
    rows = Person.objects.filter(homeroom_id=place_id, status="active").order_by("family", "given", "id")
    return [facts_of(person) for person in rows]


def person_facts(person_id: UUID | str) -> PersonFacts:
    """One person. Raises NotFound."""
    person = Person.objects.filter(pk=person_id).first()
    if person is None:
        raise NotFound("There is no such person.")
    return facts_of(person)


def person_of_user(user_id: UUID | str) -> PersonFacts | None:
    """The person behind a user account, or None."""
    person = Person.objects.filter(user_id=user_id).first()
    return facts_of(person) if person else None


def guardians_with(kind: str, address: str) -> list[UUID]:
    """The guardians of active students whom the records give this address (kind "email") or number (E.164)."""
    wards = Guardianship.objects.filter(status="active", student__status="active")
    narrow = {"email__iexact": address} if kind == "email" else {}
    rows = Person.objects.filter(kind="guardian", status="active", pk__in=wards.values("guardian_id"), **narrow)
    return [one.pk for one in rows.order_by("id") if narrow or address in map(read_number, one.phones)]


def families_with_number(number: str) -> set[UUID]:
    """The active students and guardians whom the records give this number (E.164), however it is written there."""
    joined = Func(F("phones"), Value(","), function="array_to_string", output_field=TextField())
    digits = Func(joined, Value("[^0-9,]"), Value(""), Value("g"), function="regexp_replace", output_field=TextField())
    rows = Person.objects.filter(kind__in=("student", "guardian"), status="active").alias(digits=digits)
    rows = rows.filter(digits__contains=number[-7:]).order_by("id")
    return {one.pk for one in rows if number in map(read_number, one.phones)}


def staff_with_accounts() -> dict[UUID, PersonFacts]:
    """{account: person} of all active staff of the district who sign in."""
    rows = Person.objects.filter(kind="staff", status="active", user_id__isnull=False).order_by("id")
    return {person.user_id: facts_of(person) for person in rows}


def contacts_of_student(student_id: UUID | str) -> list[dict[str, Any]]:
    """A student's contacts in calling order. may_collect null: nobody has recorded whether they may."""
    rows = Guardianship.objects.filter(student_id=student_id, status="active", guardian__status="active")
    return [
        {
            "person": facts_of(row.guardian),
            "relation": row.relation,
            "priority": row.priority,
            "may_collect": row.may_collect,
            "lives_with": row.lives_with,
            "note": row.note,
        }
        for row in rows.select_related("guardian").order_by("priority", "guardian__family", "guardian__given")
    ]


def students_of_guardian(person_id: UUID | str) -> list[PersonFacts]:
    """The active students a person is a contact of."""
    rows = Person.objects.filter(guardianships__guardian_id=person_id, guardianships__status="active", status="active")
    return [facts_of(person) for person in rows.distinct()]


def schools_of_guardians(people: Iterable[UUID]) -> dict[UUID, UUID]:
    """{guardian: the site of the first of their active students who has one}. One query."""
    rows = Guardianship.objects.filter(guardian_id__in=set(people), status="active", student__status="active",
                                       student__site__isnull=False)  # fmt: skip
    first = rows.order_by("guardian_id", "student__family", "student__given", "student_id").distinct("guardian_id")
    return dict(first.values_list("guardian_id", "student__site_id"))


def schools_of_students(people: Iterable[UUID]) -> dict[UUID, UUID]:
    """{active student: their site}, of those who have one. One query."""
    rows = Person.objects.filter(pk__in=set(people), kind="student", status="active", site__isnull=False)
    return dict(rows.values_list("pk", "site_id"))


def people_seen_by(
    actor: Actor, *, kind: str = "", site: str = "", grade: str = "", status: str = "active", search: str = ""
) -> QuerySet[Person]:
    """People `actor` may see; the texts narrow the list. Guardians belong to no site: only who sees all sites does."""
    require(actor, "people.view")
    rows = Person.objects.select_related("site", "homeroom").order_by("family", "given", "id")
    rows = rows if actor.sites is None else rows.filter(_within(actor.sites))
    wanted = {"kind": kind, "grade": grade, "status": status}
    rows = rows.filter(**{key: value for key, value in wanted.items() if value})
    rows = rows.filter(site_id=read_id(site)) if site else rows
    for word in search.replace("\0", "").split()[:4]:
        rows = rows.filter(
            Q(family__istartswith=word) | Q(given__istartswith=word) | Q(preferred__istartswith=word)
            | Q(number=word) | Q(email__istartswith=word) | Q(homeroom__number=word)
        )  # fmt: skip
    return rows


def _within(sites: Iterable[UUID]) -> Q:
    here = Person.objects.filter(site__in=list(sites), kind="student")
    return Q(site__in=list(sites)) | Q(pk__in=Guardianship.objects.filter(student__in=here).values("guardian_id"))


def person_seen_by(actor: Actor, person_id: UUID | str) -> Person:
    """One person. Raises Refused or NotFound."""
    person = people_seen_by(actor, status="").filter(pk=person_id).first()
    if person is None:
        raise NotFound("There is no such person, or you may not see them.")
    return person


def find_staff(actor: Actor, text: str) -> UUID:
    """The one member of staff meant by a name or an e-mail address. Raises NotFound with what to write instead."""
    text = " ".join(text.split())
    found = list(people_seen_by(actor, kind="staff", search=text)[:20]) if text else []
    exact = [person for person in found if text.lower() in (person.email.lower(), str(person).lower())]
    chosen = exact if len(exact) == 1 else found
    if len(chosen) == 1:
        return UUID(str(chosen[0].pk))
    if not found:
        raise NotFound(f"Nobody on the staff is called “{text}”. Write a name or an e-mail address.")
    raise NotFound(f"{len(found)} people on the staff fit “{text}”. Write the e-mail address.")


def households_of(person_id: UUID | str) -> list[dict[str, Any]]:
    """The households a person lives in, with everyone in them. Three queries."""
    rows = Membership.objects.filter(person_id=person_id).select_related("household")
    return [
        {
            "name": mine.household.name,
            "address": mine.household.address,
            "language": mine.household.language,
            "members": [facts_of(other.person) for other in mine.household.memberships.all()],
        }
        for mine in rows.prefetch_related("household__memberships__person")
    ]


def guardians_at_home(person_id: UUID) -> list[PersonFacts]:
    """The other active guardians of a person's own household, by name. One query."""
    homes = Membership.objects.filter(person_id=person_id, is_main=True).values("household_id")
    mates = Membership.objects.filter(household_id__in=homes, is_main=True).exclude(person_id=person_id)
    rows = Person.objects.filter(pk__in=mates.values("person_id"), kind="guardian", status="active")
    return [facts_of(person) for person in rows.order_by("family", "given", "id")]


def classes_of(person_id: UUID | str) -> QuerySet[Enrolment]:
    """A person's enrolments, newest class first."""
    rows = Enrolment.objects.filter(person_id=person_id, status="active")
    return rows.select_related("school_class", "school_class__place").order_by("school_class__title")


def class_roll(class_id: UUID | str) -> list[PersonFacts]:
    """The active students of a class, by name."""
    rows = Person.objects.filter(enrolments__school_class_id=class_id, enrolments__role="student", status="active")
    return [facts_of(person) for person in rows.order_by("family", "given", "id")]


def classes_in_room(place_id: UUID | str) -> QuerySet[SchoolClass]:
    return SchoolClass.objects.filter(place_id=place_id, status="active").order_by("title")


def class_facts_of(row: SchoolClass) -> ClassFacts:
    return ClassFacts(
        id=row.pk, title=row.title, type=row.type, periods=tuple(row.periods), site=row.site_id, place=row.place_id
    )


def classes_taught_by(person_id: UUID | str) -> list[ClassFacts]:
    """The classes in which a person teaches or helps."""
    rows = SchoolClass.objects.filter(
        enrolments__person_id=person_id, enrolments__role__in=("teacher", "aide"), enrolments__status="active",
        status="active",
    )  # fmt: skip
    return [class_facts_of(row) for row in rows.distinct().order_by("title", "id")]


def classes_of_site(site_id: UUID | str, type: str = "") -> list[ClassFacts]:
    """The classes that meet at a site, by title."""
    rows = SchoolClass.objects.filter(site_id=site_id, status="active").order_by("title", "id")
    return [class_facts_of(row) for row in (rows.filter(type=type) if type else rows)]


def class_titles(class_ids: Iterable[UUID]) -> dict[UUID, str]:
    return dict(SchoolClass.objects.filter(pk__in=list(class_ids)).values_list("pk", "title"))


def students_of_classes(class_ids: Iterable[UUID]) -> dict[UUID, list[PersonFacts]]:
    """{class id: its active students by name}. One query."""
    rows = Enrolment.objects.filter(
        school_class_id__in=list(class_ids), role="student", status="active", person__status="active"
    )
    found: dict[UUID, list[PersonFacts]] = {}
    for row in rows.select_related("person").order_by("person__family", "person__given", "person_id"):
        found.setdefault(row.school_class_id, []).append(facts_of(row.person))
    return found


def people_named(
    search: str, sites: Iterable[UUID] | None, limit: int = 20, kinds: Iterable[str] = ("student", "staff")
) -> list[PersonFacts]:
    """People of `kinds` at `sites` (None: all) whose names begin with the words of `search`, by name."""
    words = search.replace("\0", "").split()[:4]
    if not words:
        return []
    rows = Person.objects.filter(kind__in=tuple(kinds), status="active")
    rows = rows if sites is None else rows.filter(site_id__in=list(sites))
    for word in words:
        rows = rows.filter(
            Q(family__istartswith=word) | Q(given__istartswith=word) | Q(preferred__istartswith=word) | Q(number=word)
        )
    return [facts_of(person) for person in rows.order_by("family", "given", "id")[:limit]]


def people_by_id(ids: Iterable[UUID]) -> dict[UUID, PersonFacts]:
    """Facts of these people; whoever is not in this district is left out. One query."""
    return {person.pk: facts_of(person) for person in Person.objects.filter(pk__in=set(ids))}


def people_counts() -> dict[str, int]:
    """Active people of the acting district by kind."""
    rows = Person.objects.filter(status="active").values_list("kind").annotate(n=Count("id")).order_by()
    return dict(rows)


def staff_holders() -> list[tuple[UUID, UUID | None, UUID | None, str]]:
    """(person, site, room, name) of all active staff, in a stable order: who badges are given to."""
    rows = Person.objects.filter(kind="staff", status="active").order_by("site_id", "family", "given", "id")
    return [(person.pk, person.site_id, person.homeroom_id, str(person)) for person in rows]


_COMPARED: dict[str, tuple[type[Sourced], tuple[str, ...]]] = {
    "org": (Org, ("name", "type", "identifier", "parent_sourced_id", "site_id")),
    "session": (AcademicSession, ("title", "type", "starts_on", "ends_on", "school_year", "parent_sourced_id")),
    "course": (Course, ("title", "code", "org_id")),
    "person": (
        Person,
        ("kind", "given", "family", "middle", "preferred", "pronouns", "number", "username", "email", "phones",
         "grade", "site_id", "homeroom_id"),
    ),
    "class": (
        SchoolClass,
        ("title", "code", "type", "location", "grades", "periods", "term_sourced_ids", "course_id", "org_id",
         "site_id", "place_id"),
    ),
    "enrolment": (Enrolment, ("school_class_id", "person_id", "role", "is_primary", "begins_on", "ends_on")),
}  # fmt: skip


def roster_state() -> RosterState:
    """Everything a roster is compared with: our rows by the identifiers the student information system gave them."""
    tables: dict[str, KnownRows] = {}
    for name, (model, columns) in _COMPARED.items():
        rows = model._default_manager.exclude(sourced_id="").order_by()
        found = rows.values("id", "sourced_id", "source", "status", "source_modified_at", *columns)
        tables[name] = {row["sourced_id"]: row for row in found}
    contacts = Guardianship.objects.exclude(student__sourced_id="").exclude(guardian__sourced_id="").order_by()
    tables["guardianship"] = {
        (row.pop("student__sourced_id"), row.pop("guardian__sourced_id")): row
        for row in contacts.values(
            "id", "relation", "priority", "status", "is_sourced", "student__sourced_id", "guardian__sourced_id"
        )
    }
    return RosterState(tables, site_ids_by_code(), room_ids_by_number())
