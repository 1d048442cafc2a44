"""A site with cameras, and an incident's gate, for tests."""

from typing import Any
from uuid import UUID

from watchbell.district.equipment.actions import load_equipment
from watchbell.district.sites.tests.builders import SITE, build_site, room_of
from watchbell.field.video import actions
from watchbell.field.video.facts import GateAsked
from watchbell.kernel.permissions import Actor, system_actor
from watchbell.line import clock
from watchbell.line.ids import same_uuid

HALL, OFFICE, PRIVATE, NEVER, BARE = (
    same_uuid("camera", name) for name in ("hall", "office", "private", "never", "bare")
)
INCIDENT = same_uuid("incident", "one")


def build_cameras(site: UUID = SITE) -> None:
    """Two cameras to look into, one in the health room, one that is set never to be looked at, one without address."""
    build_site("T1", site)
    common = {"site_id": site, "kind": "camera", "gateway": "recorder", "state": "online"}
    live: dict[str, Any] = {"username": "u", "is_live": True}

    def url(name: str) -> str:
        return f"rtsp://10.0.4.2/{name}"

    load_equipment([
        common | {"id": HALL, "name": "Camera 1, Hall", "device": "hall", "secret": "hunter2",
                  "settings": live | {"live": url("hall"), "view": "Towards the gym"}},
        common | {"id": OFFICE, "name": "Camera 2, Office", "device": "office", "state": "silent",
                  "settings": live | {"live": url("office")}},
        common | {"id": PRIVATE, "name": "Camera 3, Nurse", "device": "nurse", "settings": live | {"live": url("n")}},
        common | {"id": NEVER, "name": "Camera 4, Staff room", "device": "never",
                  "settings": live | {"live": url("never"), "is_live": False}},
        common | {"id": BARE, "name": "Camera 5, New", "device": "bare", "settings": {}},
    ])  # fmt: skip


def gate_asked(site: UUID = SITE, **more: Any) -> GateAsked:
    told: dict[str, Any] = {
        "incident": INCIDENT, "site": site, "kind": "lockdown", "mode": "real", "name": "Lockdown", "place": None,
        "place_name": "Room 101", "agencies": ("dispatcher", "police"), "opened_at": clock.now(),
    }  # fmt: skip
    return GateAsked(**{**told, **more})


def open_gate(actor: Actor, **more: Any) -> None:
    actions.open_gate(system_actor(actor.district), gate_asked(**more))


def close_gate(actor: Actor) -> None:
    actions.close_gate(system_actor(actor.district), INCIDENT)


__all__ = ["BARE", "HALL", "INCIDENT", "NEVER", "OFFICE", "PRIVATE", "SITE", "build_cameras", "close_gate",
           "gate_asked", "open_gate", "room_of"]  # fmt: skip
