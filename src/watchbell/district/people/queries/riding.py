"""Who rides which bus: buses with their numbers, riders under the reader's own right, what a file is compared with."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Prefetch, Q, QuerySet

from watchbell.district.people.facts import (
    ALL_BUSES,
    Asked,
    BusCount,
    BusesMeant,
    KnownRide,
    KnownStudent,
    bus_order,
    spell_bus,
)
from watchbell.district.people.models import Person, Ride
from watchbell.district.people.queries.reaching import students_meant
from watchbell.district.people.queries.reading import people_seen_by
from watchbell.kernel.permissions import Actor


def _counted() -> QuerySet[Ride]:
    """The rides that count: of students who are here."""
    return Ride.objects.filter(status="active", student__status="active", student__kind="student").order_by()


def buses_ridden(sites: Iterable[UUID] | None = None, search: str = "") -> list[BusCount]:
    """Every bus that students of these sites (None: of any) ride, "Bus 2" before "Bus 14". One query.

    search: a part of the name, however it is written ("bus-014").
    """
    rows = _counted() if sites is None else _counted().filter(student__site__in=list(sites))
    words = " ".join(search.replace("\0", "").split())[:40]
    if words:
        rows = rows.filter(Q(bus__istartswith=spell_bus(words)) | Q(bus__icontains=words))
    found = rows.values_list("bus").annotate(
        students=Count("student", distinct=True), morning=Count("id", filter=Q(run="morning")),
        afternoon=Count("id", filter=Q(run="afternoon")),
    )  # fmt: skip
    return sorted((BusCount(*row) for row in found), key=lambda one: bus_order(one.bus))


def buses_meant(asked: Asked) -> BusesMeant:
    """How many students an audience that names buses means, which of its buses anybody rides, and where. One query."""
    rows = _counted() if ALL_BUSES in asked.buses else _counted().filter(bus__in=asked.buses)
    here = Q(student__in=students_meant(asked))
    here = here & Q(run=asked.run) if asked.run else here
    found = rows.aggregate(
        known=ArrayAgg("bus", distinct=True, default=[]), students=Count("student", filter=here, distinct=True),
        sites=ArrayAgg("student__site_id", filter=here & Q(student__site__isnull=False), distinct=True, default=[]),
    )  # fmt: skip
    return BusesMeant(tuple(found["known"]), found["students"], tuple(found["sites"]))


def riders_seen_by(
    actor: Actor, *, bus: str = "", run: str = "", site: str = "", grade: str = "", search: str = ""
) -> QuerySet[Person]:
    """The students who ride (this bus, on this run), by name, each with `rides`. Raises Refused."""
    rides = Ride.objects.filter(status="active")
    rides = rides.filter(bus=spell_bus(bus)) if bus else rides
    rides = rides.filter(run=run) if run else rides
    rows = people_seen_by(actor, kind="student", site=site, grade=grade, search=search)
    rows = rows.filter(pk__in=rides.values("student_id"))
    shown = Ride.objects.filter(status="active").order_by("-run", "bus")
    return rows.prefetch_related(Prefetch("rides", queryset=shown, to_attr="ridden"))


def rides_of(person_id: UUID | str) -> QuerySet[Ride]:
    """Every ride of a student, those that have ended last; morning first."""
    return Ride.objects.filter(student_id=person_id).order_by("status", "-run", "bus")


def spelling_of_bus(bus: str) -> str:
    """A bus as it is written already, whatever its capitals; as given where nobody rides it yet. One query."""
    return Ride.objects.filter(bus__iexact=bus).values_list("bus", flat=True).first() or bus


def rides_state(actor: Actor) -> tuple[list[KnownStudent], list[KnownRide]]:
    """What a file of riders is compared with: the students this person may write of, and their rides. Two queries."""
    students = Person.objects.filter(kind="student").order_by()
    rides = Ride.objects.order_by("student_id", "bus", "run")
    if actor.sites is not None:
        students, rides = students.filter(site__in=actor.sites), rides.filter(student__site__in=actor.sites)
    columns = ("id", "preferred", "given", "family", "number", "sourced_id", "status")
    known = [
        KnownStudent(pk, f"{preferred or given} {family}", number, sourced, status == "active")
        for pk, preferred, given, family, number, sourced, status in students.values_list(*columns)
    ]
    return known, [KnownRide(*row, status == "active") for *row, status in rides.values_list(
        "id", "student_id", "bus", "run", "stop", "is_sourced", "status")]  # fmt: skip


def rides_seen_by(actor: Actor, **wanted: Any) -> QuerySet[Ride]:
    """Single rides, by bus and student; wanted: as `riders_seen_by`. Raises Refused."""
    students = riders_seen_by(actor, **wanted).prefetch_related(None).order_by()
    rows = Ride.objects.filter(status="active", student__in=students.values("pk")).select_related("student")
    rows = rows.filter(bus=spell_bus(wanted["bus"])) if wanted.get("bus") else rows
    rows = rows.filter(run=wanted["run"]) if wanted.get("run") else rows
    return rows.order_by("bus", "student__family", "student__given", "student_id", "-run")
