"""Places written: the rows, the audit row and what is announced."""

import json
from dataclasses import replace

import pytest

from watchbell.district.sites import actions, queries
from watchbell.district.sites.facts import RoomShape
from watchbell.district.sites.models import Building, Floor, Place
from watchbell.district.sites.tests.builders import CORNERS, build_site, floor_of, room_of, square
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.models import Announcement, AuditRow
from watchbell.line.errors import NotFound, Refused
from watchbell.line.ids import same_uuid

SHAPE = RoomShape("102", "Room 102", "room", ((100, 0), (180, 0), (180, 80), (100, 80)), 24)


def test_a_place_is_found_by_building_floor_room_and_nearest_door(district):
    site = build_site()
    (place,) = queries.place_facts(site)
    assert (place.building, place.floor, place.room, place.nearest_door) == ("Main", "Floor 1", "101", "2")
    assert place.latitude == pytest.approx(38.652) and place.longitude == pytest.approx(-92.894)


def test_a_room_drawn_is_recorded_and_told(actor):
    site = build_site()
    room = actions.draw_room(actor, floor_of(site), SHAPE)
    assert Place.objects.get(pk=room).label_x == 140
    assert AuditRow.objects.get().action == "sites.draw_room"
    assert Announcement.objects.get().name == "PlanChanged"


def test_a_room_drawn_anew_keeps_its_identity(actor):
    site = build_site()
    again = actions.draw_room(actor, floor_of(site), replace(SHAPE, number="101", name="Room 101"))
    assert again == room_of(site)
    assert Place.objects.count() == 1


def test_a_room_outside_the_plan_is_refused(actor):
    site = build_site()
    with pytest.raises(Refused):
        actions.draw_room(actor, floor_of(site), replace(SHAPE, polygon=((0, 0), (2000, 0), (0, 9))))
    assert not AuditRow.objects.exists()


def test_a_rooms_file_with_one_fault_changes_nothing(actor):
    site = build_site()
    features = [
        {"type": "Feature", "properties": {"number": "102"}, "geometry": square(100, 0)},
        {"type": "Feature", "properties": {}, "geometry": square(200, 0)},
    ]
    raw = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    assert actions.import_rooms(actor, floor_of(site), raw).faults
    assert Place.objects.count() == 1 and not AuditRow.objects.exists()
    features.pop()
    raw = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    assert not actions.import_rooms(actor, floor_of(site), raw).faults
    assert Place.objects.count() == 2


def test_a_room_of_another_building_keeps_its_place_its_buttons_and_its_class(actor):
    site = build_site()
    building, floor = same_uuid(site, "annex"), same_uuid(site, "annex floor")
    with recorded_batch("another building"):
        Building.objects.create(id=building, site_id=site, name="Annex")
        Floor.objects.create(id=floor, site_id=site, building_id=building, level=1, name="1", width=1000, height=500)
    raw = json.dumps({"type": "FeatureCollection", "features": [
        {"type": "Feature", "properties": {"number": "101"}, "geometry": square(100, 0)}]}).encode()  # fmt: skip
    (fault,) = actions.import_rooms(actor, floor, raw).faults
    assert "Room 101 is in Main already" in fault.because and "number of its own" in fault.advice
    with pytest.raises(Refused, match="Room 101 is in Main"):
        actions.draw_room(actor, floor, replace(SHAPE, number="101"))
    assert Place.objects.get(number="101").floor_id == floor_of(site)


def test_a_plan_picture_is_kept_clean(actor):
    site = build_site()
    actions.set_plan_picture(actor, floor_of(site), b"<svg xmlns='http://www.w3.org/2000/svg'><script/><g/></svg>")
    picture = queries.plan_image(floor_of(site))
    assert picture is not None and b"script" not in bytes(picture.content)
    with pytest.raises(Refused):
        actions.set_plan_picture(actor, floor_of(site), b"nothing")


def test_three_points_on_a_line_are_refused(actor):
    site = build_site()
    with pytest.raises(Refused):
        actions.set_placement(actor, floor_of(site), [CORNERS[0]] * 3)
    actions.set_placement(actor, floor_of(site), CORNERS)


def test_who_may_not_edit_or_see_the_site_cannot_draw(actor):
    site = build_site()
    with pytest.raises(Refused):
        actions.draw_room(replace(actor, permissions=frozenset({"sites.view"})), floor_of(site), SHAPE)
    with pytest.raises(NotFound):
        actions.draw_room(replace(actor, sites=frozenset()), floor_of(site), SHAPE)
