"""How the demo's buildings are laid out, one function for each shape."""

from watchbell.district.sites.demo.sketch import Sketch

SIZE, DEPTH, HALL, MARGIN = 78.0, 98.0, 36.0, 70.0
#: kind → (floors, rooms above Hall B, rooms below it, rooms along it)
WINGED = {"high": (3, 6, 5, 8), "middle": (2, 4, 4, 6)}


def draw_site(kind: str, road: str) -> list[Sketch]:
    """The floors of a site of `kind`, ground floor first."""
    if kind in WINGED:
        levels = WINGED[kind][0]
        return [_draw_winged(kind, level, road) for level in range(1, levels + 1)]
    if kind == "elementary":
        return [_draw_courtyard(road)]
    return [_draw_offices(kind, road)]


class _Winged:
    """Where the lines of a two-winged building run."""

    def __init__(self, kind: str) -> None:
        _, self.up, self.down, self.along = WINGED[kind]
        self.x0, self.y0 = MARGIN, MARGIN
        self.hall_a = self.x0 + DEPTH
        self.mid = self.hall_a + HALL + DEPTH
        self.east = self.mid + self.along * SIZE
        self.hall_c = self.east + DEPTH
        self.far = self.hall_c + HALL
        self.hall_b = self.y0 + self.up * SIZE
        self.y1 = self.hall_b + HALL + self.down * SIZE
        self.x1 = self.far + 260
        self.lower = self.hall_b + HALL + 150


def _draw_winged(kind: str, level: int, road: str) -> Sketch:
    at = _Winged(kind)
    sketch = Sketch(level, at.x1 + MARGIN + 40, at.y1 + MARGIN)
    _draw_halls(sketch, at)
    _draw_west_wing(sketch, at)
    north_row = {at.along - 1: ("Restrooms north", "restroom")}
    sketch.strip(at.mid, at.hall_b - DEPTH, along="x", count=at.along, size=SIZE, depth=DEPTH, door="s", skip=north_row)
    stairs = {0: ("East stairs", "stairs")}
    sketch.strip(at.east, at.y0, along="y", count=at.up, size=SIZE, depth=DEPTH, door="e", skip=stairs)
    lower = at.hall_b + HALL
    sketch.strip(at.east, lower, along="y", count=at.down, size=SIZE, depth=DEPTH, door="e")
    if level == 1:
        _draw_shared_rooms(sketch, at)
        _draw_entrances(sketch, at, is_high=kind == "high")
        _draw_grounds(sketch, at, road)
    else:
        sketch.strip(at.mid, lower, along="x", count=at.along, size=SIZE, depth=DEPTH, door="n")
        rows = at.up + at.down
        size = (at.y1 - at.y0) / rows
        sketch.strip(at.far, at.y0, along="y", count=rows, size=size, depth=DEPTH, door="w")
    sketch.outline.append(_outline_winged(at, level))
    sketch.number_outer_doors()
    return sketch


def _draw_halls(sketch: Sketch, at: _Winged) -> None:
    height = at.y1 - at.y0
    sketch.box("Hall A", "hall", at.hall_a, at.y0, HALL, height)
    sketch.box("Hall B", "hall", at.hall_a + HALL, at.hall_b, at.hall_c - at.hall_a - HALL, HALL)
    sketch.box("Hall C", "hall", at.hall_c, at.y0, HALL, height)


def _draw_west_wing(sketch: Sketch, at: _Winged) -> None:
    rows = at.up + at.down
    size = (at.y1 - at.y0) / rows
    sketch.strip(at.x0, at.y0, along="y", count=rows, size=size, depth=DEPTH, door="e")
    right = at.hall_a + HALL
    sketch.strip(right, at.y0, along="y", count=at.up, size=SIZE, depth=DEPTH, door="w")
    stairs = {at.down - 1: ("West stairs", "stairs")}
    lower = at.hall_b + HALL
    sketch.strip(right, lower, along="y", count=at.down, size=SIZE, depth=DEPTH, door="w", skip=stairs)


def _draw_shared_rooms(sketch: Sketch, at: _Winged) -> None:
    """Library, office and lobby south of Hall B; gymnasium, cafeteria and kitchen in the east."""
    y, width = at.hall_b + HALL, at.east - at.mid
    library, office = width * 0.36, width * 0.36
    sketch.box("Library", "library", at.mid, y, library, 150, capacity=90)
    sketch.box("Main office", "office", at.mid + library, y, office, 92, capacity=14)
    sketch.box("Nurse", "health", at.mid + library, y + 92, office / 2, 58, capacity=6)
    sketch.box("Counsel", "office", at.mid + library + office / 2, y + 92, office / 2, 58, capacity=6)
    sketch.box("Lobby", "lobby", at.mid + library + office, y, width - library - office, 150)
    sketch.box("Courtyard", "outdoor", at.mid, at.y0, width, at.hall_b - DEPTH - at.y0, capacity=400)
    gym = (at.hall_b - at.y0) * 0.62
    wide = at.x1 - at.far
    sketch.box("Gymnasium", "gym", at.far, at.y0, wide, gym, capacity=600)
    rest = at.hall_b + HALL - at.y0 - gym
    sketch.box("Lockers", "other", at.far, at.y0 + gym, wide / 2, rest, capacity=60)
    sketch.box("Weights", "gym", at.far + wide / 2, at.y0 + gym, wide / 2, rest, capacity=40)
    south = at.y1 - at.hall_b - HALL
    sketch.box("Cafeteria", "cafeteria", at.far, at.hall_b + HALL, wide, south * 0.6, capacity=450)
    sketch.box("Kitchen", "other", at.far, at.hall_b + HALL + south * 0.6, wide / 2, south * 0.4, capacity=15)
    receiving = at.far + wide / 2
    sketch.box("Receiving", "storage", receiving, at.hall_b + HALL + south * 0.6, wide / 2, south * 0.4)


def _draw_entrances(sketch: Sketch, at: _Winged, *, is_high: bool) -> None:
    middle = at.hall_a + HALL / 2, at.hall_c + HALL / 2
    lobby = at.mid + (at.east - at.mid) * 0.82
    gym_y, cafe_y = at.y0 + (at.hall_b - at.y0) * 0.3, at.hall_b + HALL + 60
    sketch.outer_door("Main entrance", "Lobby", lobby, at.lower, main=True)
    sketch.outer_door("Hall A north", "Hall A", middle[0], at.y0)
    sketch.outer_door("Hall A south", "Hall A", middle[0], at.y1)
    sketch.outer_door("Hall C north", "Hall C", middle[1], at.y0)
    sketch.outer_door("Hall C south", "Hall C", middle[1], at.y1)
    sketch.outer_door("West stairs", "West stairs", at.hall_a + HALL + DEPTH / 2, at.y1)
    sketch.outer_door("East stairs", "East stairs", at.east + DEPTH / 2, at.y0)
    sketch.outer_door("Gymnasium north", "Gymnasium", at.far + 90, at.y0)
    sketch.outer_door("Gymnasium east", "Gymnasium", at.x1, gym_y)
    sketch.outer_door("Cafeteria east", "Cafeteria", at.x1, cafe_y)
    sketch.outer_door("Kitchen", "Kitchen", at.far + 60, at.y1)
    sketch.outer_door("Receiving", "Receiving", at.far + 200, at.y1)
    if is_high:
        sketch.outer_door("Main entrance, right leaf", "Lobby", lobby - 24, at.lower, leaf="A")
        sketch.outer_door("Gymnasium north-east", "Gymnasium", at.far + 200, at.y0)
        sketch.outer_door("Weights", "Weights", at.x1, at.hall_b - 20)
        sketch.outer_door("Library terrace", "Library", at.mid + 60, at.lower)
    office, wide = at.mid + (at.east - at.mid) * 0.36, at.x1 - at.far
    y = at.hall_b + HALL
    inner = (
        ("Main office", office + 40, y), ("Nurse", office, y + 110), ("Gymnasium", at.far, at.y0 + 80),
        ("Cafeteria", at.far, y + 60), ("Library", at.mid + 60, y), ("Weights", at.far + wide / 2, at.hall_b - 40),
    )  # fmt: skip
    for place, x, door_y in inner:
        sketch.inner_door(place, place, x, door_y, controlled=is_high)


def _draw_grounds(sketch: Sketch, at: _Winged, road: str) -> None:
    sketch.ground("lawn", at.mid, at.y0, at.east - at.mid, at.hall_b - DEPTH - at.y0)
    sketch.ground("road", 0, sketch.height - 44, sketch.width, 34, road)
    sketch.ground("lot", at.x1 + 30, at.y0, sketch.width - at.x1 - 40, (at.y1 - at.y0) * 0.75, "Staff parking")
    drive = at.mid + (at.east - at.mid) * 0.62
    sketch.ground("drive", drive, at.lower + 50, 150, sketch.height - 44 - at.lower - 50)
    sketch.box("Front drive", "outdoor", drive, at.lower + 50, 150, at.y1 - at.lower - 50, capacity=300)
    step = (at.y1 - at.y0) / 5
    sketch.trees(*((34, at.y0 + 40 + step * row) for row in range(5)), radius=22)
    sketch.trees((at.mid + 60, at.lower + 90), (at.mid + 150, at.lower + 140), (at.mid + 90, at.y0 + 60))
    sketch.trees((at.mid + (at.east - at.mid) / 2, at.y0 + 70), (at.east - 70, at.y0 + 120))


def _outline_winged(at: _Winged, level: int) -> tuple[tuple[float, float], ...]:
    right = at.x1 if level == 1 else at.far + DEPTH
    lower = at.lower if level == 1 else at.hall_b + HALL + DEPTH
    top = at.hall_b - DEPTH
    return (
        (at.x0, at.y0), (at.mid, at.y0), (at.mid, top), (at.east, top), (at.east, at.y0), (right, at.y0),
        (right, at.y1), (at.east, at.y1), (at.east, lower), (at.mid, lower), (at.mid, at.y1), (at.x0, at.y1),
    )  # fmt: skip


def _draw_courtyard(road: str) -> Sketch:
    """An elementary school: two classroom halls, and between them gymnasium, library, cafeteria and a courtyard."""
    count, block = 10, 230.0
    x0, y0, width = MARGIN, MARGIN, 10 * SIZE
    north, middle = y0 + DEPTH, y0 + 2 * DEPTH + HALL
    south = middle + block + DEPTH
    y1, x1 = south + HALL + DEPTH, x0 + width
    sketch = Sketch(1, x1 + MARGIN + 30, y1 + MARGIN)
    sketch.box("North hall", "hall", x0, north, width, HALL)
    sketch.box("South hall", "hall", x0, south, width, HALL)
    sketch.strip(x0, y0, along="x", count=count, size=SIZE, depth=DEPTH, door="s", capacity=26)
    restrooms = {5: ("Restrooms north", "restroom")}
    below = y0 + DEPTH + HALL
    sketch.strip(x0, below, along="x", count=count, size=SIZE, depth=DEPTH, door="n", skip=restrooms, capacity=26)
    sketch.strip(x0, south - DEPTH, along="x", count=count, size=SIZE, depth=DEPTH, door="s", capacity=26)
    sketch.strip(x0, south + HALL, along="x", count=4, size=SIZE, depth=DEPTH, door="n", capacity=26)
    sketch.strip(x1 - 3 * SIZE, south + HALL, along="x", count=3, size=SIZE, depth=DEPTH, door="n", capacity=26)
    _draw_front(sketch, x0 + 4 * SIZE, south + HALL)
    _draw_block(sketch, x0, middle, width, block)
    _draw_courtyard_doors(sketch, x0, x1, north + HALL / 2, south + HALL / 2, middle, block)
    sketch.outer_door("Main entrance", "Lobby", x0 + 5.5 * SIZE, y1, main=True)
    sketch.outline.append(((x0, y0), (x1, y0), (x1, y1), (x0, y1)))
    sketch.ground("road", 0, sketch.height - 44, sketch.width, 34, road)
    sketch.ground("lot", x0, y1 + 14, 3 * SIZE, 44, "Parking")
    sketch.box("Playground", "outdoor", 8, middle - 40, MARGIN - 18, block + 80, capacity=400)
    sketch.trees((50, y0 + 20), (52, y1 - 30), (x1 + 60, y0 + 80), (x1 + 64, south), (x0 + 600, y1 + 36), radius=20)
    sketch.number_outer_doors()
    return sketch


def _draw_front(sketch: Sketch, x: float, y: float) -> None:
    sketch.box("Main office", "office", x, y, SIZE, DEPTH, capacity=8)
    sketch.inner_door("Main office", "Main office", x + 30, y)
    sketch.box("Lobby", "lobby", x + SIZE, y, SIZE, DEPTH)
    sketch.box("Nurse", "health", x + 2 * SIZE, y, SIZE, DEPTH / 2, capacity=4)
    sketch.inner_door("Nurse", "Nurse", x + 2 * SIZE + 30, y)
    sketch.box("Counsel", "office", x + 2 * SIZE, y + DEPTH / 2, SIZE, DEPTH / 2, capacity=4)


def _draw_block(sketch: Sketch, x: float, y: float, width: float, height: float) -> None:
    gym, link, library = 230.0, HALL, 140.0
    cafeteria = 220.0
    sketch.box("Gymnasium", "gym", x, y, gym, height, capacity=350)
    sketch.box("West link", "hall", x + gym, y, link, height)
    sketch.box("Library", "library", x + gym + link, y, library, height, capacity=60)
    east = x + width - cafeteria
    sketch.box("East link", "hall", east - link, y, link, height)
    sketch.box("Cafeteria", "cafeteria", east, y, cafeteria, height * 0.68, capacity=260)
    sketch.box("Kitchen", "other", east, y + height * 0.68, cafeteria, height * 0.32, capacity=10)
    inner = x + gym + link + library
    sketch.box("Courtyard", "outdoor", inner, y, east - link - inner, height, capacity=200)
    sketch.ground("lawn", inner, y, east - link - inner, height)
    sketch.trees((inner + 45, y + 60), (inner + 80, y + 160), radius=15)
    for place, at in (("Gymnasium", x + gym), ("Library", x + gym + link), ("Cafeteria", east)):
        sketch.inner_door(place, place, at, y + 70)


def _draw_courtyard_doors(
    sketch: Sketch, x0: float, x1: float, north: float, south: float, middle: float, block: float
) -> None:
    sketch.outer_door("North hall west", "North hall", x0, north)
    sketch.outer_door("North hall east", "North hall", x1, north)
    sketch.outer_door("South hall west", "South hall", x0, south)
    sketch.outer_door("South hall east", "South hall", x1, south)
    sketch.outer_door("Gymnasium", "Gymnasium", x0, middle + block / 2)
    sketch.outer_door("Cafeteria", "Cafeteria", x1, middle + block * 0.3)
    sketch.outer_door("Kitchen", "Kitchen", x1, middle + block * 0.85)


def _draw_offices(kind: str, road: str) -> Sketch:
    """An office building; the transport centre also has bays and a yard."""
    count = 8
    x0, y0 = MARGIN, MARGIN
    x1, hall = x0 + count * SIZE, y0 + DEPTH
    yard = 260.0 if kind == "transport" else 0.0
    y1 = hall + HALL + DEPTH
    sketch = Sketch(1, x1 + MARGIN, y1 + yard + MARGIN)
    sketch.box("Hall", "hall", x0, hall, count * SIZE, HALL)
    sketch.strip(x0, y0, along="x", count=count, size=SIZE, depth=DEPTH, door="s", kind="office", capacity=6)
    front = {3: ("Reception", "lobby"), 7: ("Restrooms", "restroom")}
    sketch.strip(
        x0, hall + HALL, along="x", count=count, size=SIZE, depth=DEPTH, door="n", skip=front, kind="office", capacity=6
    )
    sketch.outer_door("Main entrance", "Reception", x0 + 3.5 * SIZE, y1, main=True)
    sketch.outer_door("Hall west", "Hall", x0, hall + HALL / 2)
    sketch.outer_door("Hall east", "Hall", x1, hall + HALL / 2)
    sketch.outer_door("North", "Hall", x0 + 5 * SIZE, y0)
    sketch.inner_door("Records", "Hall", x0 + 30, hall, controlled=True)
    sketch.inner_door("Network room", "Hall", x1 - 30, hall, controlled=True)
    sketch.outline.append(((x0, y0), (x1, y0), (x1, y1), (x0, y1)))
    if yard:
        sketch.box("Bus yard", "outdoor", x0, y1 + 30, count * SIZE, yard - 40, capacity=200)
        sketch.ground("lot", x0, y1 + 30, count * SIZE, yard - 40)
    sketch.ground("road", 0, sketch.height - 44, sketch.width, 34, road)
    sketch.trees((50, y0 + 30), (52, y1 - 20), (x1 + 55, y0 + 60), radius=20)
    sketch.number_outer_doors()
    return sketch
