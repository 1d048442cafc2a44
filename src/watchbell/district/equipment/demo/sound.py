"""40 paging zones, two to a site, with 600 speakers."""

from watchbell.district.equipment.demo.layout import Row, SiteLayout
from watchbell.line import clock

SPEAKERS = {"elementary": 22, "middle": 36, "high": 72, "office": 24, "transport": 24}
ZONES = ("Indoors", "Grounds")
GROUNDS_SPEAKERS = 4
#: One speaker in so many has a microphone and reports back what it heard; so have all outdoors.
HEARD_BACK_EVERY = 4


def add_sound(layouts: list[SiteLayout], first_port: int) -> list[Row]:
    """Zones with their multicast groups, one port each from `first_port` on, and the speakers that join them."""
    rows: list[Row] = []
    for layout in layouts:
        for number, zone in enumerate(ZONES):
            rows.append(_zone_row(layout, number, zone, first_port + (layout.number - 1) * len(ZONES) + number))
        rows += _speakers(layout)
    return rows


def _zone_device(layout: SiteLayout, zone: str) -> str:
    return f"{layout.code}-{zone}".lower()


def _zone_row(layout: SiteLayout, number: int, zone: str, port: int) -> Row:
    device = _zone_device(layout, zone)
    return layout.row(
        "paging_zone", device, f"{zone}, {layout.site.name}", gateway="rtppaging", device=device,
        settings={"group": f"239.192.{layout.number}.{number + 1}", "port": port, "interface": "127.0.0.1", "ttl": 1},
    )  # fmt: skip


def _speakers(layout: SiteLayout) -> list[Row]:
    count = SPEAKERS[layout.site.kind]
    outdoor = (layout.at_exterior_doors() + layout.of_kind("outdoor"))[:GROUNDS_SPEAKERS]
    indoor = layout.along_halls() + layout.of_kind("gym", "cafeteria", "library", "lobby", "health", "room", "office")
    spots = indoor[: count - len(outdoor)]
    now = clock.now()
    rows = []
    for number, spot in enumerate([*spots, *outdoor], 1):
        zone = ZONES[0] if number <= len(spots) else ZONES[1]
        name = f"{layout.code}-spk-{number:03d}".lower()
        heard_back = {"return": "rtcp", "cname": name} if number % HEARD_BACK_EVERY == 1 or zone == ZONES[1] else {}
        rows.append(
            layout.row(
                "speaker",
                f"{layout.code}-spk-{number:03d}",
                f"Speaker {number}, {spot.name}",
                spot,
                settings={"zone": _zone_device(layout, zone), **heard_back},
                state="online",
                state_at=now,
            )
        )
    return rows
