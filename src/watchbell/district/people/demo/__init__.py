"""The demo district's people: 8,500 students, 15,000 guardians in 8,500 households and 1,300 staff, all invented."""

import random
from typing import Any
from uuid import UUID

from watchbell.district.people.actions import load_people
from watchbell.district.people.demo.families import add_families
from watchbell.district.people.demo.names import (
    FAMILY,
    GIVEN,
    GRADES,
    KNOWN,
    OFFICE_POSTS,
    PARENT,
    SCHOOL_POSTS,
    SECOND,
    SIZES,
    TRANSPORT_POSTS,
)
from watchbell.district.people.demo.riders import add_riders
from watchbell.district.sites.facts import SiteFacts
from watchbell.district.sites.queries import all_site_facts, first_site, rooms_of_site
from watchbell.line.ids import same_uuid

SEED = 1889
SKILLED = {"School nurse": ["cpr", "first_aid", "aed"], "Security officer": ["cpr", "stop_the_bleed", "calming"],
           "Counselor": ["calming"]}  # fmt: skip
SOURCE = "demo"
Rows = dict[str, list[dict[str, Any]]]


def load(district: Any, base_port: int = 0) -> None:
    """Writes the people of the demo district; its sites must be there."""
    key = str(getattr(district, "pk", district))
    chance = random.Random(SEED)
    rows: Rows = {name: [] for name in
                  ("person", "household", "membership", "guardianship", "org", "class", "enrolment")}  # fmt: skip
    sites = sorted(all_site_facts(), key=lambda site: (tuple(SIZES).index(site.kind), site.code))
    _add_orgs(rows, key, sites)
    slots: dict[int, list[tuple[SiteFacts, str, UUID, UUID]]] = {}
    seen: dict[str, int] = {}
    for site in sites:
        number = seen[site.kind] = seen.get(site.kind, -1) + 1
        rooms = rooms_of_site(site.id)
        homerooms = _add_classes(rows, key, site, rooms[: SIZES[site.kind][1]])
        _add_staff(rows, key, site, rooms, homerooms, chance)
        zone = number // {"elementary": 6, "middle": 2, "high": 1}.get(site.kind, 1)
        students = SIZES[site.kind][0]
        slots.setdefault(zone, []).extend((site, *homerooms[index % len(homerooms)]) for index in range(students))
    for zone in sorted(slots):
        chance.shuffle(slots[zone])
        add_families(rows, key, slots[zone], chance)
    add_riders(rows, key)
    _give_parent_account(rows, first_site())
    for name in ("person", "org", "class", "enrolment"):
        for row in rows[name]:
            row["source"] = SOURCE
    load_people(rows)


def _give_parent_account(rows: Rows, site: SiteFacts | None) -> None:
    """The demo's parent has a child at the first site."""
    people = {row["id"]: row for row in rows["person"]}
    for contact in rows["guardianship"]:
        if site is not None and people[contact["student_id"]]["site_id"] == site.id:
            people[contact["guardian_id"]].update(PARENT)
            return


def _add_orgs(rows: Rows, key: str, sites: list[SiteFacts]) -> None:
    root = "org-district"
    rows["org"].append({
        "id": same_uuid(key, root), "sourced_id": root, "name": "Cedar Valley School District", "type": "district",
    })  # fmt: skip
    rows["org"] += [
        {"id": same_uuid(key, "org", site.code), "sourced_id": f"org-{site.code}", "name": site.name, "type": "school",
         "identifier": site.code, "parent_sourced_id": root, "site_id": site.id}
        for site in sites if site.kind in GRADES
    ]  # fmt: skip


def _add_classes(
    rows: Rows, key: str, site: SiteFacts, rooms: list[tuple[UUID, str, str]]
) -> list[tuple[str, UUID, UUID]]:
    """Homerooms: (grade, room, class), grades spread over the rooms in order."""
    grades = GRADES.get(site.kind, ())
    found = []
    for index, (room, number, name) in enumerate(rooms):
        grade = grades[index * len(grades) // len(rooms)]
        class_id = same_uuid(key, "class", site.code, number)
        rows["class"].append({
            "id": class_id, "sourced_id": f"cls-{site.code}-{number}", "title": f"Homeroom {number}", "code": number,
            "type": "homeroom", "location": name, "grades": [grade], "site_id": site.id, "place_id": room,
            "org_id": same_uuid(key, "org", site.code),
        })  # fmt: skip
        found.append((grade, room, class_id))
    return found


def _posts(site: SiteFacts) -> list[str]:
    count = SIZES[site.kind][2]
    fixed, filler = {
        "office": (OFFICE_POSTS, "Specialist"),
        "transport": (TRANSPORT_POSTS, "Bus driver"),
    }.get(site.kind, (SCHOOL_POSTS, "Teacher"))
    return [*fixed, *[filler] * (count - len(fixed))]


def _add_staff(
    rows: Rows, key: str, site: SiteFacts, rooms: list[tuple[UUID, str, str]],
    homerooms: list[tuple[str, UUID, UUID]], chance: random.Random,
) -> None:  # fmt: skip
    special = {name: place for place, _, name in rooms_of_site(site.id, ("office", "health", "library", "lobby"))}
    desks = {"Principal": "Main office", "Assistant principal": "Main office", "Office secretary": "Main office",
             "School nurse": "Nurse", "Counselor": "Counsel", "Librarian": "Library",
             "Security officer": "Lobby"}  # fmt: skip
    teachers = 0
    taken = set()
    for index, post in enumerate(_posts(site)):
        known = KNOWN.get((site.code, post)) if post not in taken else None
        taken.add(post)
        given, family, email = known or (chance.choice(GIVEN), chance.choice(FAMILY), "")
        given, family, email = SECOND.get((site.code, post), (given, family, email))
        place = special.get(desks.get(post, ""))
        person = same_uuid(key, "staff", site.code, index)
        if post == "Teacher":
            place = rooms[teachers % len(rooms)][0]
            if teachers < len(homerooms):
                _enrol_teacher(rows, key, homerooms[teachers][2], person)
            teachers += 1
        rows["person"].append({
            "id": person, "kind": "staff", "given": given, "family": family, "title": post, "site_id": site.id,
            "homeroom_id": place, "sourced_id": f"stf-{site.code}-{index:03d}",
            "email": email or f"{given}.{family}.{site.code}{index}@cvsd.invalid".lower(),
            "phones": [f"+1660555{len(rows['person']) % 10000:04d}"],
            "skills": SKILLED.get(post, ["cpr", "first_aid"] if post == "Teacher" and index % 5 == 0 else []),
        })  # fmt: skip


def _enrol_teacher(rows: Rows, key: str, class_id: UUID, person: UUID) -> None:
    rows["enrolment"].append({
        "id": same_uuid(key, "teaches", class_id), "school_class_id": class_id, "person_id": person, "role": "teacher",
        "is_primary": True, "sourced_id": f"enr-t-{class_id.hex[:16]}",
    })  # fmt: skip
