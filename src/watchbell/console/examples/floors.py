"""The floors of a made-up high school, in plan units."""

from watchbell.console.plans import Callout, Drawing, Mark, Room, draw_floor

OUTLINE = [
    (0, 0),
    (230, 0),
    (230, 170),
    (650, 170),
    (650, 0),
    (1000, 0),
    (1000, 590),
    (650, 590),
    (650, 490),
    (385, 490),
    (385, 445),
    (230, 445),
    (230, 590),
    (0, 590),
]
COURTYARD = [(236, 6), (644, 6), (644, 164), (236, 164)]
STATES = {
    "204": "alarm",
    "112": "help",
    "Gymnasium": "help",
    "206": "wait",
    "303": "wait",
    "Library": "wait",
    "Lobby": "",
    "Lockers": "",
    "Receiving": "",
}
NOTES = {"112": "21 of 25", "Gymnasium": "56 of 61", "206": "0 of 23", "303": "0 of 24", "Library": "0 of 38"}


def _box(x: float, y: float, wide: float, high: float) -> list[tuple[float, float]]:
    return [(x, y), (x + wide, y), (x + wide, y + high), (x, y + high)]


def _boxes() -> dict[str, list[tuple[float, float]]]:
    found = {str(101 + i): _box(0, i * 73.75, 96, 73.75) for i in range(8)}
    found |= {str(109 + i): _box(130, i * 70, 100, 70) for i in range(4)}
    found |= {str(113 + i): _box(130, 312 + i * 69.5, 100, 69.5) for i in range(4)}
    found |= {str(201 + i): _box(230 + i * 70, 170, 70, 110) for i in range(6)}
    found |= {str(301 + i): _box(650, i * 70, 95, 70) for i in range(4)}
    found |= {str(305 + i): _box(650, 312 + i * 69.5, 95, 69.5) for i in range(4)}
    return found | {
        "Library": _box(230, 312, 155, 133),
        "Main office": _box(385, 312, 130, 113),
        "Nurse": _box(385, 425, 65, 65),
        "Counselor": _box(450, 425, 65, 65),
        "Lobby": _box(515, 312, 135, 178),
        "Gymnasium": _box(779, 0, 221, 175),
        "Lockers": _box(779, 175, 111, 105),
        "Weights": _box(890, 175, 110, 105),
        "Cafeteria": _box(779, 280, 221, 195),
        "Kitchen": _box(779, 475, 111, 115),
        "Receiving": _box(890, 475, 110, 115),
    }


def floor_one() -> Drawing:
    rooms = [
        Room(f"r{name}", name, ring, STATES.get(name, "safe"), NOTES.get(name, ""), url=f"#room-{name}")
        for name, ring in _boxes().items()
    ]
    halls = [("HALL A", _box(96, 0, 34, 590)), ("HALL B", _box(130, 280, 615, 32)), ("HALL C", _box(745, 0, 34, 590))]
    rooms += [Room(name, name, ring, is_hall=True) for name, ring in halls]
    doors = [
        Mark(f"d{name}", name, x, y, state=state)
        for name, x, y, state in (
            ("D1", 515, 490, "locked"),
            ("D2", 113, 0, "locked"),
            ("D3", 113, 590, "locked"),
            ("D4", 1000, 292, "open"),
            ("D5", 762, 0, "locked"),
            ("D6", 762, 590, "locked"),
            ("D9", 945, 590, "forced"),
            ("D12", 0, 292, "unknown"),
        )
    ]
    equipment = [
        Mark(f"c{i}", f"Camera {i}", x, y, "camera")
        for i, (x, y) in enumerate(((190, 296), (600, 296), (113, 80), (113, 500), (762, 80), (762, 500)), 1)
    ]
    equipment += [
        Mark("a1", "AED, hall B", 470, 296, "aed"),
        Mark("x1", "Fire extinguisher, kitchen", 862, 560, "extinguisher"),
        Mark("s1", "Speaker hall C: silent", 762, 400, "speaker", "warn"),
    ]
    people = [
        Mark("p1", "SRO Diaz", 250, 296, "user-shield"),
        Mark("p2", "Adam 12", 530, 345, "shield-star"),
        Mark("p3", "Adam 7", 530, 375, "shield-star"),
    ]
    calls = [Callout(475, 205, "Panic alarm, room 204", "10:42:07, 24 people inside")]
    return draw_floor("f1", "1", 1000, 590, rooms, doors, equipment, people, calls, OUTLINE, [COURTYARD])


def floor_two() -> Drawing:
    rooms = [Room(f"u{n}", str(n), _box(130 + (n - 401) * 103, 170, 103, 110), "safe") for n in range(401, 407)]
    rooms += [
        Room("uh", "HALL D", _box(130, 280, 618, 32), is_hall=True),
        Room("um", "Media centre", _box(130, 312, 618, 120), "wait", "0 of 19"),
    ]
    return draw_floor("f2", "2", 1000, 590, rooms, outline=_box(130, 170, 618, 262))
