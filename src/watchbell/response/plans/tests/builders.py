"""Equipment and plans for tests."""

from typing import Any
from uuid import UUID

from watchbell.district.equipment.actions import load_equipment
from watchbell.district.equipment.facts import EquipmentFacts
from watchbell.district.sites.tests.builders import SITE, build_site
from watchbell.line.ids import same_uuid
from watchbell.response.plans.facts import PlanFacts, StepFacts

DOOR, INNER, ZONE, CENTRE, DESK, LINE = (
    same_uuid("test", name) for name in ("door", "inner door", "zone", "centre", "desk", "line")
)


def thing(id_: UUID, kind: str, name: str, **more: Any) -> EquipmentFacts:
    words = {"site": SITE, "place": None, "gateway": "x", "device": name, "settings": {}, "secret": "",
             "is_test": False, "state": "online"}  # fmt: skip
    return EquipmentFacts(id=id_, kind=kind, name=name, **{**words, **more})


THINGS = [
    thing(DOOR, "controlled_door", "Door 1", is_exterior=True, state="silent"),
    thing(INNER, "controlled_door", "Inner door"),
    thing(ZONE, "paging_zone", "Hall zone"),
    thing(CENTRE, "dispatch_endpoint", "County 911"),
    thing(DESK, "dispatch_endpoint", "Training desk", is_test=True),
    thing(LINE, "voice_line", "Voice line"),
]


def step(name: str = "Lock", action: str = "lock_door", **more: Any) -> StepFacts:
    words = {"id": same_uuid("test step", name), "number": 1, "timing": "immediate", "select": "all"}
    return StepFacts(name=name, action=action, **{**words, **more})


def plan(*steps: StepFacts, **more: Any) -> PlanFacts:
    words = {"id": same_uuid("test", "plan"), "site": SITE, "kind": "lockdown", "name": "Lockdown", "version": 1,
             "directive": "Locks, lights, out of sight", "has_check_in": True, "clear_roles": ()}  # fmt: skip
    return PlanFacts(steps=steps, **{**words, **more})


def build_endpoints(site: UUID = SITE, code: str = "TST") -> None:
    """A site with the equipment of THINGS in the database."""
    build_site(code, site)
    load_equipment(
        {"id": t.id, "kind": t.kind, "name": t.name, "gateway": "osdp", "device": t.name, "state": t.state,
         "is_test": t.is_test, "site_id": None if t.kind in ("dispatch_endpoint", "voice_line") else site}
        for t in THINGS
    )  # fmt: skip


#: What the forms of a step and of an escalation send.
STEP = {"name": "Lock the front", "timing": "immediate", "select": "named", "endpoints": [str(DOOR)],
        "deadline_seconds": "8", "expires_seconds": "60", "action": "lock_door"}  # fmt: skip
AFTER = {"action": "place_call", "after_seconds": "30", "waits_for": ["dispatch_acknowledged"],
         "endpoints": [str(LINE)]}  # fmt: skip
