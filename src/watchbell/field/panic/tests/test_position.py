"""A telephone's position says which outdoor area an alarm comes from, and how far from the school; never a room."""

from dataclasses import asdict

import pytest

from watchbell.district.sites.actions import load_places
from watchbell.district.sites.facts import Position, read_position
from watchbell.district.sites.models import Floor
from watchbell.district.sites.queries import place_at
from watchbell.district.sites.tests.builders import SITE, build_site, floor_of
from watchbell.field.panic.actions import record_press
from watchbell.field.panic.models import Press
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.models import Announcement
from watchbell.line import clock
from watchbell.line.ids import same_uuid
from watchbell.wire.press import PanicPressed

YARD = same_uuid("test", "bus yard")
#: One plan unit is about a metre: the floor's origin lies at 41 N, 93 W, x to the east, y to the south.
EAST, NORTH = 1 / 84_000, 1 / 111_195
CORNERS = [
    {"x": x, "y": y, "latitude": 41 - y * NORTH, "longitude": -93 + x * EAST} for x, y in ((0, 0), (100, 0), (0, 100))
]


def at(x, y, accuracy=10.0):
    return Position(41 - y * NORTH, -93 + x * EAST, accuracy)


@pytest.fixture
def school(committed_db, district):
    build_site()
    with recorded_batch("test"):
        Floor.objects.update(placement=CORNERS, outline=[[[0, 0], [100, 0], [100, 60], [0, 60]]])
    ring = [[0, 100], [100, 100], [100, 150], [0, 150], [0, 100]]
    load_places({"place": [{"id": YARD, "site_id": SITE, "floor_id": floor_of(SITE), "kind": "outdoor", "number": "",
                            "name": "Bus yard", "geometry": {"type": "Polygon", "coordinates": [ring]}}]})  # fmt: skip


@pytest.mark.parametrize(
    ("position", "place", "words"),
    [
        (at(50, 120), YARD, "Bus yard"),
        (at(50, 160, 20), YARD, "Bus yard"),
        (at(50, 195, 400), None, "of "),
        (at(50, 30, 12), None, "In or beside"),
        (at(50, -400), None, "north"),
        (at(5000, 0), None, "km "),
        (at(50, 120, 900), None, ""),
    ],
)
def test_a_position_is_an_area_a_building_or_so_far_away(school, position, place, words):
    found, said = place_at(SITE, position)
    assert found == place and (words in said if words else said == "")


@pytest.mark.parametrize(
    "given",
    [None, [], "here", {}, {"latitude": 41}, {"latitude": "41", "longitude": 2}, {"latitude": True, "longitude": 2},
     {"latitude": 91, "longitude": 0}, {"latitude": 0, "longitude": 181}, {"latitude": float("nan"), "longitude": 1},
     {"latitude": 10**400, "longitude": 1}, {"latitude": 1, "longitude": 1, "accuracy_metres": -1},
     {"latitude": 1, "longitude": 1, "accuracy_metres": float("inf")}],
)  # fmt: skip
def test_what_is_no_position_is_none(given):
    assert read_position(given) is None


def pressed(district, position, **more):
    return PanicPressed(
        id="p1", district=str(district.id), site=str(SITE), kind="lockdown", mode="real", gateway="console",
        device="console/u", received_at=clock.unix(), detail={"position": asdict(position)}, **more,
    )  # fmt: skip


def test_a_press_without_a_room_moves_to_where_the_telephone_is(school, district):
    assert record_press(pressed(district, at(50, 120)))
    press = Press.objects.get()
    assert press.place_id == YARD and press.place_name == "Bus yard"
    assert press.note.startswith("The telephone's position: Bus yard, 40.998")
    assert {"PanicRaised", "PlaceCorrected"} <= set(Announcement.objects.values_list("name", flat=True))
    assert not record_press(pressed(district, at(50, 120))), "once"


def test_a_room_that_was_chosen_stays_and_the_position_is_written_down(school, district):
    room = same_uuid(SITE, "room")
    record_press(pressed(district, at(50, 120), place=str(room), place_name="Room 101"))
    press = Press.objects.get()
    assert press.place_id == room and press.place_name == "Room 101" and "Bus yard" in press.note
