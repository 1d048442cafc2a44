"""Geometry, uploaded pictures and rooms files: decided without a database."""

import io
import json
import xml.etree.ElementTree as ElementTree
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from watchbell.district.sites.facts import DoorPoint, Fault, PlanPicture, RoomsFile
from watchbell.district.sites.forms import RoomForm
from watchbell.district.sites.rules.geometry import (
    door_order,
    find_label_point,
    is_inside,
    judge_nearest_door,
    locate_point,
    ring_of,
    solve_placement,
)
from watchbell.district.sites.rules.pictures import clean_picture
from watchbell.district.sites.rules.rooms import read_rooms
from watchbell.district.sites.tests.builders import CORNERS, square

HOUSE, ANNEX = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize(
    ("building", "level", "point", "wanted"),
    [
        (HOUSE, 1, (10, 10), "1"),
        (HOUSE, 1, (95, 10), "2"),
        (ANNEX, 1, (0, 0), "9"),
        (HOUSE, 3, (95, 10), "2"),
        (HOUSE, 1, None, "1"),
        (None, 1, (0, 0), "1"),
    ],
)
def test_responders_are_sent_to_the_nearest_door_of_the_same_building(building, level, point, wanted):
    doors = [DoorPoint("1", HOUSE, 1, 0, 0), DoorPoint("2", HOUSE, 1, 100, 0), DoorPoint("9", ANNEX, 1, 0, 1)]
    assert judge_nearest_door(doors, building, level, point) == wanted


def test_a_place_without_any_exterior_door_names_none():
    assert judge_nearest_door([], HOUSE, 1, (0, 0)) == ""


def test_three_points_carry_the_plan_onto_the_earth():
    placement = solve_placement(CORNERS)
    assert placement is not None
    assert locate_point(placement, (500, 250)) == (38.65, -92.85)
    assert locate_point(placement, (1000, 500)) == (38.6, -92.8)


@pytest.mark.parametrize(
    "points",
    [
        [],
        CORNERS[:2],
        [CORNERS[0]] * 3,
        [{"x": n, "y": n, "latitude": n, "longitude": n} for n in range(3)],
        [{"x": "a"}] * 3,
        [{"x": float("nan"), "y": 0, "latitude": 0, "longitude": 0}] * 3,
    ],
)
def test_points_that_fix_nothing_place_nothing(points):
    assert solve_placement(points) is None


def test_the_label_of_an_l_shaped_room_stands_inside_its_box():
    room = ((0, 0), (10, 0), (10, 2), (2, 2), (2, 10), (0, 10))
    x, y = find_label_point(room)
    assert 0 <= x <= 10 and 0 <= y <= 10
    assert is_inside(room, (1, 9)) and not is_inside(room, (9, 9))


def test_doors_are_counted_as_people_count():
    assert sorted(["12A", "2", "12", "1A", "1", "Main"], key=door_order) == ["1", "1A", "2", "12", "12A", "Main"]


@given(st.recursive(st.none() | st.floats() | st.text() | st.booleans(), lambda inner: st.lists(inner, max_size=4)))
def test_any_geometry_gives_a_ring_or_nothing(coordinates):
    assert isinstance(ring_of({"type": "Polygon", "coordinates": coordinates}), tuple)


def features(*rooms: dict) -> bytes:
    found = [{"type": "Feature", "properties": p, "geometry": g} for p, g in rooms]
    return json.dumps({"type": "FeatureCollection", "features": found}, indent=1).encode()


def test_a_rooms_file_gives_its_rooms():
    raw = features(({"number": "101"}, square(0, 0)), ({"name": "Gym", "kind": "gym", "capacity": 300}, square(100, 0)))
    found = read_rooms(raw, 1000, 500)
    assert not found.faults
    assert [(room.number, room.name, room.kind, room.capacity) for room in found.rooms] == [
        ("101", "Room 101", "room", None),
        ("", "Gym", "gym", 300),
    ]


def test_every_fault_of_a_rooms_file_is_named_with_its_line():
    raw = features(
        ({"number": "101"}, square(0, 0)),
        ({}, square(0, 0)),
        ({"number": "102"}, square(990, 0)),
        ({"number": "101"}, square(200, 0)),
        ({"number": "103", "kind": "dungeon"}, square(300, 0)),
    )
    found = read_rooms(raw, 1000, 500)
    lines = raw.decode().split("\n")
    assert not found.rooms
    assert len(found.faults) == 4
    assert all(lines[fault.line - 1].strip() == "{" for fault in found.faults)
    assert [fault.code for fault in found.faults].count("rooms.duplicate") == 1


def test_numbers_of_json_are_the_same_however_they_are_written():
    raw = features(({"number": 0, "capacity": 30.0}, square(0, 0)), ({"number": 101.0}, square(100, 0)))
    found = read_rooms(raw, 1000, 500)
    assert [(room.number, room.capacity) for room in found.rooms] == [("0", 30), ("101", None)]
    for capacity in ("30", 30.5, True, [3]):
        assert read_rooms(features(({"number": 1, "capacity": capacity}, square(0, 0))), 1000, 500).faults


@pytest.mark.parametrize(
    ("corners", "is_good"),
    [("0,0 9,0 9,9", True), ("[[0, 0], [9, 0], [9, 9]]", True), ("0,0 9,0", False), ("a,b c,d e,f", False),
     ("0 9 9", False), ('[["0", "0"], [9, 0], [9, 9]]', False), ("[" * 9999, False)],
)  # fmt: skip
def test_corners_are_written_as_pairs_or_as_json(corners, is_good):
    form = RoomForm({"number": "1", "kind": "room", "corners": corners})
    assert form.is_valid() == is_good
    assert not is_good or form.cleaned_data["corners"] == ((0.0, 0.0), (9.0, 0.0), (9.0, 9.0))


@pytest.mark.parametrize("name", ["a\0b", "a\ud83d"])
def test_a_name_that_nobody_can_keep_is_a_fault(name):
    assert read_rooms(features(({"name": name}, square(0, 0))), 1000, 500).faults


@pytest.mark.parametrize("corner", [10**400, "5", True, None, [5]])
def test_a_corner_that_is_no_number_is_a_fault(corner):
    geometry = {"type": "Polygon", "coordinates": [[[0, 0], [9, 0], [corner, 9], [0, 0]]]}
    assert ring_of(geometry) == ()
    assert read_rooms(features(({"number": "1"}, geometry)), 1000, 500).faults


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_bytes_are_rooms_or_faults(raw):
    found = read_rooms(raw, 1000, 500)
    assert isinstance(found, RoomsFile) and bool(found.rooms) != bool(found.faults)


SCRIPTED = b"""<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9"
 onload="alert(1)"><script>alert(2)</script><foreignObject><b/></foreignObject><style>@import url(http://x)</style>
 <rect width="9" height="9" fill="url(http://evil/x)" onclick="x()" style="fill:red"/><a href="javascript:x()"><g/></a>
 <use xlink:href="http://evil/x#y"/><use href="#room"/><image href="http://evil/x.png"/></svg>"""


def test_a_drawing_keeps_its_lines_and_loses_everything_that_acts():
    cleaned = clean_picture(SCRIPTED)
    assert isinstance(cleaned, PlanPicture) and cleaned.media_type == "image/svg+xml"
    for word in (b"script", b"onload", b"onclick", b"evil", b"foreignObject", b"style", b"javascript", b"image"):
        assert word not in cleaned.content
    assert b"<rect" in cleaned.content and b"#room" in cleaned.content


STYLED = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><style type="text/css"><![CDATA[
 /* walls */ .wall, g.thick { fill:none; stroke:#123456 !important } #one{stroke:red;} rect{stroke:blue;fill:green}
 @media print { rect { fill: black } } @import url(http://evil/); .out{fill:url(http://evil/x);stroke:u\\72l(http://evil/y)}
 ]]></style><switch><foreignObject/><g><rect id="one" class="wall"/><rect class="room wall" style="fill: #abcdef"/>
 <rect/><path class="out" style="stroke-width:2;behavior:url(http://evil)"/><text>a<set/>b</text></g></switch>
 <a href="http://evil/"><circle r="1" fill="url( '#p' )" stroke="\\75rl(http://evil)"/></a></svg>"""


def test_a_drawing_that_is_painted_by_styles_keeps_its_paint():
    cleaned = clean_picture(STYLED)
    assert isinstance(cleaned, PlanPicture)
    root = ElementTree.fromstring(cleaned.content)
    first, second, third = root.iter("{http://www.w3.org/2000/svg}rect")
    assert (first.get("stroke"), first.get("fill")) == ("red", "none")  # by its id, by its class
    assert (second.get("stroke"), second.get("fill")) == ("#123456", "#abcdef")
    assert (third.get("stroke"), third.get("fill")) == ("blue", "green")
    (path,), (circle,) = (list(root.iter(f"{{http://www.w3.org/2000/svg}}{name}")) for name in ("path", "circle"))
    assert path.attrib == {"class": "out", "stroke-width": "2"} and circle.get("fill") == "url( '#p' )"
    assert next(root.iter("{http://www.w3.org/2000/svg}text")).text == "ab"
    assert b"evil" not in cleaned.content and b"style" not in cleaned.content


@pytest.mark.parametrize(
    "raw",
    [
        b"<!DOCTYPE svg [<!ENTITY a 'b'>]><svg>&a;</svg>",
        b"<html/>",
        b"<svg",
        b"GIF89a",
        b"",
        b"\x89PNG\r\n\x1a\nrubbish",
    ],
)
def test_what_is_no_plan_is_refused_with_a_reason(raw):
    assert isinstance(clean_picture(raw), Fault)


def test_a_photograph_loses_its_metadata():
    out = io.BytesIO()
    picture = Image.new("RGB", (8, 8), "white")
    exif = picture.getexif()
    exif[0x010E] = "taken at home"
    picture.save(out, "JPEG", exif=exif)
    cleaned = clean_picture(out.getvalue())
    assert isinstance(cleaned, PlanPicture) and cleaned.media_type == "image/png"
    assert b"taken at home" not in cleaned.content


@given(st.binary(max_size=400) | st.text(max_size=200).map(lambda text: b"<svg>" + text.encode()))
def test_any_bytes_are_a_picture_or_a_fault(raw):
    assert isinstance(clean_picture(raw), PlanPicture | Fault)
