"""The demo district's equipment, and the facts the simulator needs to play it."""

from collections import defaultdict
from typing import Any
from uuid import UUID

from watchbell.district.equipment.actions import load_equipment, load_owner_rules, load_tickets
from watchbell.district.equipment.demo.carriers import add_carriers, played_calls, played_texts, played_trunks
from watchbell.district.equipment.demo.devices import add_devices
from watchbell.district.equipment.demo.doors import add_doors
from watchbell.district.equipment.demo.layout import spread_sites
from watchbell.district.equipment.demo.outside import PUSH_PORT, add_outside, add_relays, add_staff_groups
from watchbell.district.equipment.demo.panic import add_badges, add_panel
from watchbell.district.equipment.demo.played import played_broker, played_cameras, played_modules
from watchbell.district.equipment.demo.sound import add_sound
from watchbell.district.equipment.demo.telephones import (
    PBX_PORT,
    add_telephone_system,
    add_telephones,
    played_telephones,
)
from watchbell.district.equipment.demo.things import add_buses, add_cameras, add_safety
from watchbell.district.equipment.demo.tickets import demo_tickets
from watchbell.district.equipment.facts import EquipmentFacts
from watchbell.district.equipment.queries import (
    district_equipment,
    equipment_of_kinds,
    equipment_of_sites,
    gateway_equipment,
)
from watchbell.district.people.queries import people_named
from watchbell.district.sites.queries import all_site_facts, place_names

#: Ports the played equipment listens on, from `base_port` upwards: door controllers, paging zones, the outside.
DOOR_PORTS, PAGING_PORTS, OUTSIDE_PORTS = 40, 40, 16
#: Carriers of texts and calls; the trunk and the cameras have the last of the door controllers', who are fewer.
CARRIER_PORT, TRUNK_PORT = 90, DOOR_PORTS - 1
#: All cameras are on one.
CAMERA_PORT = DOOR_PORTS - 2
#: The broker and the I/O modules have the last four of a block of a hundred.
DEVICE_PORT = 96
PORTS = DEVICE_PORT + 4


def load(district: Any, base_port: int) -> None:
    """Writes the equipment of the demo district; its sites and people must be there.

    base_port: the first of PORTS free ports in a row.
    """
    key = str(getattr(district, "pk", district))
    layouts = spread_sites(key, all_site_facts())
    outside = base_port + DOOR_PORTS + PAGING_PORTS
    rows: list[dict[str, Any]] = []
    rows += add_doors(layouts, base_port)
    rows += add_sound(layouts, base_port + DOOR_PORTS)
    for layout in layouts:
        rows += add_panel(layout)
        rows += add_staff_groups(layout, outside + PUSH_PORT)
        rows += add_safety(layout)
    rows += add_badges(layouts)
    rows += add_devices(layouts, key, base_port + DEVICE_PORT)
    rows += add_cameras(layouts, key, base_port + CAMERA_PORT)
    rows += add_buses(layouts)
    rows += add_outside(key, outside)
    rows += add_relays(key, outside)
    rows += add_carriers(key, base_port + CARRIER_PORT, base_port + TRUNK_PORT)
    rows += add_telephones(layouts, outside + PBX_PORT)
    rows += add_telephone_system(key, outside + PBX_PORT)
    load_equipment(rows)
    load_owner_rules(_owners())
    load_tickets(demo_tickets())


def _owners() -> list[tuple[str, UUID | None, UUID]]:
    """Somebody answers for everything: the nurse for what saves a life by hand, IT for the rest."""
    found = {name: people_named(name, None, 1, kinds=("staff",)) for name in ("Priya Raman", "Grace Nakamura")}
    wanted = (("", "Priya Raman"), ("aed", "Grace Nakamura"), ("kit", "Grace Nakamura"))
    return [(kind, None, found[name][0].id) for kind, name in wanted if found[name]]


def demo_facts(district: Any) -> dict[str, Any]:
    """What the simulator plays, for `demo/played.json`: panels, door controllers, paging zones, the outside."""
    key = str(getattr(district, "pk", district))
    lines = [thing for thing in district_equipment(("voice_line",)) if not thing.is_test]
    return {
        "panels": _played_panels(),
        "door_controllers": _played_controllers(),
        "paging_zones": _played_zones(),
        "eido": [
            {"endpoint": str(thing.id), "name": thing.name, "port": thing.settings["port"],
             "token": thing.secret}
            for thing in gateway_equipment("eido")
        ],
        "cap": [
            {"endpoint": str(thing.id), "name": thing.name, "port": thing.settings["port"], "token": thing.secret}
            for thing in gateway_equipment("cap")
        ],
        "social": [
            {"endpoint": str(thing.id), "name": thing.name, "port": thing.settings["port"], "token": thing.secret,
             "network": thing.settings["network"], "account": thing.settings["account"]}
            for thing in gateway_equipment("social")
        ],
        "mail": [
            {"endpoint": str(thing.id), "name": thing.name, "port": thing.settings["port"]}
            for thing in sorted(gateway_equipment("smtp"), key=lambda thing: thing.is_test)
        ],
        "voice": _played_carrier(lines[0] if lines else None),
        "texts": played_texts(),
        "calls": played_calls(),
        "trunks": played_trunks(),
        "push": {"port": _push_port()},
        "mqtt": played_broker(key),
        "io_modules": played_modules(),
        "pbx": played_telephones(),
        "cameras": played_cameras(),
    }  # fmt: skip


def _played_zones() -> list[dict[str, Any]]:
    """Paging zones; speakers: those that have a microphone, by the name each gives itself."""
    heard_back: dict[tuple[UUID | None, str], list[str]] = defaultdict(list)
    for one in equipment_of_sites(("speaker",)):
        if one.settings.get("return") == "rtcp":
            heard_back[one.site, one.settings.get("zone", "")].append(one.settings["cname"])
    return [
        {"endpoint": str(zone.id), "name": zone.name, "group": zone.settings["group"], "port": zone.settings["port"],
         "site": str(zone.site), "speakers": heard_back[zone.site, zone.device]}
        for zone in gateway_equipment("rtppaging")
    ]  # fmt: skip


def _played_carrier(thing: EquipmentFacts | None) -> dict[str, Any]:
    if thing is None:
        return {"port": None}
    return {
        "port": thing.settings.get("port"), "endpoint": str(thing.id), "account_sid": thing.settings["account_sid"],
        "token": thing.secret,
    }  # fmt: skip


def _push_port() -> int | None:
    groups = gateway_equipment("webpush")
    return groups[0].settings.get("port") if groups else None


def _played_panels() -> list[dict[str, Any]]:
    found = []
    things = equipment_of_kinds(("alarm_panel", "panic_button"))
    names = place_names(thing.place for thing in things if thing.place)
    for site in all_site_facts():
        here = [thing for thing in things if thing.site == site.id]
        for panel in (thing for thing in here if thing.kind == "alarm_panel"):
            account = panel.settings["account"]
            zones = [
                {"zone": thing.settings["zone"], "endpoint": str(thing.id),
                 "place_name": names.get(thing.place, "") if thing.place else "", "kind": thing.settings["kind"]}
                for thing in here if thing.kind == "panic_button" and thing.settings.get("account") == account
            ]  # fmt: skip
            zones.sort(key=lambda zone: zone["zone"])
            found.append({
                "account": account, "key": panel.secret or None, "receiver": panel.settings.get("receiver", ""),
                "site": str(site.id), "site_name": site.name, "zones": zones,
            })  # fmt: skip
    return found


def _played_controllers() -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for door in gateway_equipment("osdp"):
        name = door.settings["controller"]
        controller = found.setdefault(name, {"controller": name, "port": door.settings["port"], "devices": []})
        controller["devices"].append({
            "address": door.settings["address"], "scbk": door.secret, "endpoint": str(door.id), "name": door.name,
        })  # fmt: skip
    return [found[name] for name in sorted(found)]
