"""200 controlled doors on OSDP buses, at most eight to a controller."""

import re

from watchbell.district.equipment.demo.layout import Row, SiteLayout, Spot
from watchbell.line.ids import same_id

DOORS_PER_BUS = 8


def add_doors(layouts: list[SiteLayout], first_port: int) -> list[Row]:
    """Controllers and the doors on them; each controller's bus is one TCP port from `first_port` on."""
    rows: list[Row] = []
    port = first_port
    for layout in layouts:
        controlled = [door for door in layout.doors if door["is_controlled"]]
        for number, start in enumerate(range(0, len(controlled), DOORS_PER_BUS), 1):
            name = f"{layout.code}-C{number}"
            closet = layout.of_kind("hall")[:1]
            rows.append(
                layout.row(
                    "door_controller",
                    name,
                    f"Door controller {number}, {layout.site.name}",
                    *closet,
                    settings={"host": "127.0.0.1", "port": port},
                )
            )
            bus = controlled[start : start + DOORS_PER_BUS]
            rows += [_door_row(layout, door, name, port, address) for address, door in enumerate(bus)]
            port += 1
    return rows


def _door_row(layout: SiteLayout, door: Row, controller: str, port: int, address: int) -> Row:
    place = f"door-{door['number']}" if door["is_exterior"] else door["number"]
    device = f"{layout.code}-{re.sub('[^A-Za-z0-9]+', '-', place)}".lower()
    name = f"Door {door['number']}, {door['name']}" if door["is_exterior"] else door["name"]
    spot = Spot(door["name"], door["floor_id"], door["place_id"], door["x"], door["y"])
    return layout.row(
        "controlled_door", device, name, spot, door_id=door["id"], gateway="osdp", device=device,
        secret=same_id(layout.key, "scbk", controller, address),
        settings={
            "controller": controller, "host": "127.0.0.1", "port": port, "address": address, "lock_output": 0,
            "lock_on": "locked", "contact_input": 0,
        },
    )  # fmt: skip
