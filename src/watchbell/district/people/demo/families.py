"""Households of the demo district: siblings, one home or two, grandparents and others to call, many languages."""

import random
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from watchbell.district.people.demo.names import FAMILY, GIVEN, LANGUAGES, STREETS
from watchbell.district.sites.facts import SiteFacts
from watchbell.line.ids import same_uuid

Rows = dict[str, list[dict[str, Any]]]
Slot = tuple[SiteFacts, str, UUID, UUID]
#: (the adult, relation, whether they live with the children; None: not recorded).
Contact = tuple[UUID, str, bool | None]
CHILDREN = (1, 1, 1, 1, 1, 1, 2, 2, 2, 3)
SPLIT_HOMES, SECOND_PARENT, NEW_PARTNER = 0.25, 0.8, 0.6
#: A grandparent in the children's home; another home that is called when no parent answers: relatives or friends.
GRANDPARENT, OTHER_HOME, IS_RELATED = 0.15, 0.25, 0.7
KINDERGARTEN_YEAR = 2020


def add_families(rows: Rows, key: str, slots: list[Slot], chance: random.Random) -> None:
    """Fills `slots` (site, grade, homeroom, class) with students who have families."""
    at = 0
    while at < len(slots):
        children = slots[at : at + chance.choice(CHILDREN)]
        at += len(children)
        _add_family(rows, key, children, chance)


def _add_family(rows: Rows, key: str, children: list[Slot], chance: random.Random) -> None:
    family = chance.choice(FAMILY)
    language = chance.choices([name for name, _ in LANGUAGES], [weight for _, weight in LANGUAGES])[0]
    home = _add_household(rows, key, family, language, chance)
    is_split = chance.random() < SPLIT_HOMES
    lives_with = None if is_split else True
    contacts: list[Contact] = [(_add_adult(rows, key, family, language, chance, home), "parent", lives_with)]
    second = None
    if is_split:
        other = chance.choice(FAMILY)
        second = _add_household(rows, key, other, language, chance)
        contacts.append((_add_adult(rows, key, other, language, chance, second), "parent", None))
        if chance.random() < NEW_PARTNER:
            partner = _add_adult(rows, key, chance.choice(FAMILY), language, chance, chance.choice((home, second)))
            contacts.append((partner, "guardian", None))
    elif chance.random() < SECOND_PARENT:
        contacts.append((_add_adult(rows, key, family, language, chance, home), "parent", True))
    if chance.random() < GRANDPARENT:
        contacts.append((_add_adult(rows, key, family, language, chance, home), "relative", True))
    if chance.random() < OTHER_HOME:
        contacts += _add_other_home(rows, key, family, language, chance)
    for slot in children:
        student = _add_student(rows, key, slot, family, language, chance)
        _join(rows, key, home, student)
        if second is not None:
            _join(rows, key, second, student, is_main=False)
        _name_contacts(rows, key, student, contacts)


def _add_other_home(rows: Rows, key: str, family: str, language: str, chance: random.Random) -> list[Contact]:
    """A couple elsewhere in the valley whom the school calls when no parent is reached."""
    relation = "relative" if chance.random() < IS_RELATED else "contact"
    name = family if relation == "relative" else chance.choice(FAMILY)
    home = _add_household(rows, key, name, language, chance)
    return [(_add_adult(rows, key, name, language, chance, home), relation, False) for _ in range(2)]


def _add_household(rows: Rows, key: str, family: str, language: str, chance: random.Random) -> UUID:
    home = same_uuid(key, "household", len(rows["household"]))
    address = f"{chance.randint(100, 9899)} {chance.choice(STREETS)} Street, Cedar Valley, MO 65899"
    rows["household"].append({"id": home, "name": f"{family} household", "address": address, "language": language})
    return home


def _add_adult(rows: Rows, key: str, family: str, language: str, chance: random.Random, home: UUID) -> UUID:
    number = len(rows["person"])
    person = same_uuid(key, "guardian", number)
    given = chance.choice(GIVEN)
    rows["person"].append({
        "id": person, "kind": "guardian", "given": given, "family": family, "language": language,
        "sourced_id": f"grd-{number:06d}",
        "email": f"{given}.{family}.{number}@mail.invalid".lower(),
        "phones": [f"+1{(573, 417, 816)[number % 3]}555{number // 3 % 10000:04d}"],
    })  # fmt: skip
    _join(rows, key, home, person)
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


def _name_contacts(rows: Rows, key: str, student: UUID, contacts: list[Contact]) -> None:
    """Names contacts; whether one may collect the child is left unknown, as in a real import."""
    rows["guardianship"] += [
        {"id": same_uuid(key, "contact", student, adult), "student_id": student, "guardian_id": adult,
         "relation": relation, "priority": place, "lives_with": lives_with, "is_sourced": True}
        for place, (adult, relation, lives_with) in enumerate(contacts, 1)
    ]  # fmt: skip
