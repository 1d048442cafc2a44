"""Cameras, buses and AEDs of the demo district."""

from datetime import timedelta
from itertools import chain

from watchbell.district.equipment.demo.layout import Row, SiteLayout, Spot
from watchbell.line import clock
from watchbell.line.ids import same_id

CAMERAS = {"elementary": 36, "middle": 62, "high": 120, "office": 40, "transport": 40}
KITS = {"elementary": 2, "middle": 3, "high": 4, "office": 1, "transport": 2}
AEDS = {"elementary": 2, "middle": 3, "high": 5, "office": 1, "transport": 1}
BUSES = 120
CAMERA_USER = "watchbell"


def stream_of(device: str, port: int) -> str:
    """Where a played camera's stream is."""
    return f"rtsp://127.0.0.1:{port}/{device}/live"


def add_cameras(layouts: list[SiteLayout], key: str, port: int) -> list[Row]:
    """1,000 cameras, played at `port`: doors and halls first, then shared rooms, stairs, grounds and classrooms."""
    rows: list[Row] = []
    now = clock.now()
    for layout in layouts:
        for number, spot in enumerate(_camera_spots(layout)[: CAMERAS[layout.site.kind]], 1):
            device = f"{layout.code}-cam-{number:03d}".lower()
            is_silent = (layout.number * 37 + number) % 89 == 0
            rows.append(
                layout.row(
                    "camera",
                    device,
                    f"Camera {number}, {spot.name}",
                    spot,
                    gateway="recorder",
                    device=device,
                    settings={"live": stream_of(device, port), "username": CAMERA_USER, "is_live": True},
                    secret=same_id(key, "cameras")[:16],
                    state="silent" if is_silent else "online",
                    state_at=now,
                    state_because="It does not answer." if is_silent else "",
                )
            )
    return rows


def _camera_spots(layout: SiteLayout) -> list[Spot]:
    shared = layout.of_kind("gym", "cafeteria", "library", "lobby", "storage", "outdoor", "stairs")
    rooms = layout.of_kind("room", "office", "other")
    first = layout.at_exterior_doors() + layout.along_halls() + shared
    once = first + rooms
    return list(chain(once, (spot._replace(name=f"{spot.name}, second view") for spot in once)))


def add_buses(layouts: list[SiteLayout]) -> list[Row]:
    """120 buses, garaged at the transport centre."""
    garage = next((layout for layout in layouts if layout.site.kind == "transport"), None)
    if garage is None:
        return []
    now = clock.now()
    return [
        garage.row(
            "bus",
            f"bus-{number:03d}",
            f"Bus {number}",
            gateway="teltonika",
            device=f"3569380356{number:05d}",
            settings={"seats": 72 if number % 5 else 24, "has_lift": number % 5 == 0},
            state="online",
            state_at=now,
        )
        for number in range(1, BUSES + 1)
    ]


def add_safety(layout: SiteLayout) -> list[Row]:
    """AEDs with the dates their pads expire."""
    now = clock.now()
    spots = layout.named("Lobby", "Reception", "Gymnasium", "Cafeteria", "Weights", "Library")
    rows = []
    for number, spot in enumerate(spots[: AEDS[layout.site.kind]], 1):
        days = (layout.number * 131 + number * 197) % 900 - 20
        expires_on = (now + timedelta(days=days)).date()
        state, because = ("online", "") if days >= 0 else ("trouble", f"Its pads expired on {expires_on}.")
        rows.append(
            layout.row(
                "aed",
                f"{layout.code}-aed-{number}",
                f"AED, {spot.name}",
                spot,
                expires_on=expires_on,
                state=state,
                state_because=because,
                state_at=now,
            )
        )
    rows += _kits(layout)
    return rows


def _kits(layout: SiteLayout) -> list[Row]:
    """Emergency kits (dressings, tourniquets) with the dates their contents expire; one in the district is over."""
    now = clock.now()
    spots = layout.named("Nurse", "Main office", "Reception", "Gymnasium", "Cafeteria", "Kitchen", "Workshop")
    if not spots:
        spots = layout.of_kind("office", "lobby", "room")
    rows = []
    for number, spot in enumerate(spots[: KITS[layout.site.kind]], 1):
        days = (layout.number * 67 + number * 211) % 1100 - 15
        rows.append(
            layout.row(
                "kit", f"{layout.code}-kit-{number}", f"Emergency kit, {spot.name}", spot,
                expires_on=(now + timedelta(days=days)).date(), state="online", state_at=now,
            )
        )  # fmt: skip
    return rows
