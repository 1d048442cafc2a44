"""Households of the demo district: siblings, one home or two, one contact or several, many languages."""

import random
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from watchbell.district.people.demo.names import FAMILY, GIVEN, LANGUAGES, STREETS
from watchbell.district.sites.facts import SiteFacts
from watchbell.line.ids import same_uuid

Rows = dict[str, list[dict[str, Any]]]
Slot = tuple[SiteFacts, str, UUID, UUID]
CHILDREN = (1, 1, 1, 1, 1, 2, 2, 2, 2, 3)
SPLIT_HOMES = 0.08
KINDERGARTEN_YEAR = 2020


def add_families(rows: Rows, key: str, slots: list[Slot], chance: random.Random) -> None:
    """Fills `slots` (site, grade, homeroom, class) with students who have families."""
    at = 0
    while at < len(slots):
        children = slots[at : at + chance.choice(CHILDREN)]
        at += len(children)
        _add_family(rows, key, children, chance)


def _add_family(rows: Rows, key: str, children: list[Slot], chance: random.Random) -> None:
    number = len(rows["household"])
    family = chance.choice(FAMILY)
    language = chance.choices([name for name, _ in LANGUAGES], [weight for _, weight in LANGUAGES])[0]
    home = _add_household(rows, key, number, family, language, chance)
    is_split = chance.random() < SPLIT_HOMES
    adults = [_add_adult(rows, key, family, language, chance)]
    _join(rows, key, home, adults[0])
    if is_split or chance.random() < 0.78:
        other = _add_adult(rows, key, chance.choice(FAMILY) if is_split else family, language, chance)
        adults.append(other)
        if not is_split:
            _join(rows, key, home, other)
    second = _add_household(rows, key, number + 1, family, language, chance) if is_split else None
    if second is not None:
        _join(rows, key, second, adults[1])
    for slot in children:
        student = _add_student(rows, key, slot, family, language, chance)
        _join(rows, key, home, student)
        if second is not None:
            _join(rows, key, second, student, is_main=False)
        _name_contacts(rows, key, student, adults, lives_with=None if is_split else True)


def _add_household(rows: Rows, key: str, number: int, family: str, language: str, chance: random.Random) -> UUID:
    home = same_uuid(key, "household", number)
    address = f"{chance.randint(100, 9899)} {chance.choice(STREETS)} Street, Cedar Valley, MO 65899"
    rows["household"].append({"id": home, "name": f"{family} household", "address": address, "language": language})
    return home


def _add_adult(rows: Rows, key: str, family: str, language: str, chance: random.Random) -> UUID:
    number = len(rows["person"])
    person = same_uuid(key, "guardian", number)
    given = chance.choice(GIVEN)
    rows["person"].append({
        "id": person, "kind": "guardian", "given": given, "family": family, "language": language,
        "sourced_id": f"grd-{number:06d}",
        "email": f"{given}.{family}.{number}@mail.invalid".lower(),
        "phones": [f"+1{(573, 417, 816)[number % 3]}555{number // 3 % 10000:04d}"],
    })  # fmt: skip
    return person


def _add_student(rows: Rows, key: str, slot: Slot, family: str, language: str, chance: random.Random) -> UUID:
    site, grade, room, class_id = slot
    number = len(rows["enrolment"])
    person = same_uuid(key, "student", number)
    years = 5 + (0 if grade == "KG" else int(grade))
    born = date(KINDERGARTEN_YEAR + 6 - years, 9, 1) - timedelta(days=chance.randint(0, 364))
    rows["person"].append({
        "id": person, "kind": "student", "given": chance.choice(GIVEN), "family": family, "grade": grade,
        "language": language, "site_id": site.id, "homeroom_id": room, "sourced_id": f"stu-{number:06d}",
        "number": f"{100000 + number}", "email": "", "born_on": born,
    })  # fmt: skip
    rows["enrolment"].append({
        "id": same_uuid(key, "enrolment", number), "school_class_id": class_id, "person_id": person,
        "role": "student", "sourced_id": f"enr-{number:06d}",
    })  # fmt: skip
    return person


def _join(rows: Rows, key: str, home: UUID, person: UUID, *, is_main: bool = True) -> None:
    rows["membership"].append({
        "id": same_uuid(key, "lives", home, person), "household_id": home, "person_id": person, "is_main": is_main,
    })  # fmt: skip


def _name_contacts(rows: Rows, key: str, student: UUID, adults: list[UUID], lives_with: bool | None) -> None:
    """Names contacts; whether one may collect the child is left unknown, as in a real import."""
    rows["guardianship"] += [
        {"id": same_uuid(key, "contact", student, adult), "student_id": student, "guardian_id": adult,
         "relation": "parent", "priority": place, "lives_with": lives_with, "is_sourced": True}
        for place, adult in enumerate(adults, 1)
    ]  # fmt: skip
