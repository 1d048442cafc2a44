"""An incident at a site with two rooms, their people, and a teacher of one of them, for tests."""

from typing import Any
from uuid import UUID

from watchbell.district.people.actions import load_people
from watchbell.district.sites.actions import load_places
from watchbell.district.sites.tests.builders import SITE, floor_of, room_of, square
from watchbell.kernel.permissions import Actor
from watchbell.line.ids import new_id, same_uuid
from watchbell.response.incidents.tests.builders import build_incident

GYM = same_uuid("test", "gym")
MARISOL, TOM, ANA, TEACHER = (same_uuid("test", name) for name in ("marisol", "tom", "ana", "teacher"))


def build_roll(actor: Actor, teacher: Actor | None = None) -> UUID:
    """A lockdown; room 101 with Marisol, Tom, Ana and their teacher; a gymnasium where nobody belongs."""
    incident = build_incident(actor)
    load_places({"place": [
        {"id": GYM, "site_id": SITE, "floor_id": floor_of(), "kind": "gym", "number": "", "name": "Gym",
         "geometry": square(300, 200), "label_x": 340, "label_y": 240},
    ]})  # fmt: skip
    rows: dict[str, list[dict[str, Any]]] = {
        "person": [
            {"id": id_, "kind": "student", "given": given, "family": family, "site_id": SITE,
             "homeroom_id": room_of(), "grade": "09"}
            for id_, given, family in ((MARISOL, "Marisol", "Vega"), (TOM, "Tom", "Ames"), (ANA, "Ana", "Bell"))
        ],
    }  # fmt: skip
    rows["person"].append({"id": TEACHER, "kind": "staff", "given": "Kemi", "family": "Okafor", "site_id": SITE,
                           "homeroom_id": room_of(), "title": "Teacher",
                           "user_id": teacher.user_id if teacher else None})  # fmt: skip
    homeroom = same_uuid("test", "homeroom")
    rows["class"] = [{"id": homeroom, "title": "Homeroom 101", "type": "homeroom", "site_id": SITE,
                      "place_id": room_of()}]  # fmt: skip
    rows["enrolment"] = [
        {"id": new_id(), "school_class_id": homeroom, "person_id": person, "role": role}
        for person, role in ((MARISOL, "student"), (TOM, "student"), (ANA, "student"), (TEACHER, "teacher"))
    ]  # fmt: skip
    load_people(rows)
    return incident


def told(person: UUID | None = MARISOL, state: str = "safe", place: UUID | None = None, **more: Any) -> dict[str, Any]:
    """One report as a device sends it, read."""
    words = {"id": str(new_id()), "state": state, "place": place or room_of(), "way": "class"}
    return {**words, **({"person": person} if person else {}), **more}
