"""Presses of any gateway are recorded alike, and a press moves to the place it belongs to."""

import pytest

from watchbell.district.sites.tests.builders import add_room
from watchbell.field.panic import actions, inbox
from watchbell.field.panic.models import Press
from watchbell.field.panic.tests.builders import OFFICE, SITE, build_buttons, pressed
from watchbell.kernel.models import Announcement, AuditRow
from watchbell.line.ids import same_uuid
from watchbell.wire.base import encode

pytestmark = pytest.mark.django_db(transaction=False)


@pytest.fixture
def buttons(committed_db, district):
    build_buttons()
    add_room()


def corrected(district, **more):
    other = same_uuid(SITE, "room", "102")
    words = {"place": str(other), "place_name": "Room 102", "detail": {"corrects": "place", "was": "Room 101"}}
    return pressed(district, **{**words, **more}), other


@pytest.mark.parametrize(
    ("gateway", "device", "kind", "mode", "known"),
    [
        ("mototrbo", "mototrbo/1234", "lockdown", "real", True),
        ("sip", "sip/ext-204", "medical", "real", True),
        ("pbx", "pbx/ext-204", "call_911", "real", False),
        ("blebadge", "blebadge/F0000000000A", "staff_assist", "test", False),
        ("modbus", "modbus/n-io/0", "duress", "drill", True),
    ],
)
def test_a_press_of_any_gateway_is_recorded_with_its_place(buttons, district, gateway, device, kind, mode, known):
    press = pressed(district, gateway=gateway, device=device, kind=kind, mode=mode, known=known, detail={"battery": 4})
    inbox.take_press(encode(press))
    found = Press.objects.get()
    assert (found.gateway, found.device, found.kind, found.mode, found.is_known) == (gateway, device, kind, mode, known)
    assert found.place.number == "101"
    assert Announcement.objects.get(name="PanicRaised").body["device_name"] == ""


def test_a_known_device_is_told_by_its_name(buttons, district):
    inbox.take_press(encode(pressed(district)))
    assert Announcement.objects.get(name="PanicRaised").body["device_name"] == "Office button"
    assert AuditRow.objects.get(action="panic.record_press").actor_name == "Office button"


def test_a_press_moves_once_to_its_better_place(buttons, district):
    inbox.take_press(encode(pressed(district)))
    better, place = corrected(district)
    inbox.take_press(encode(better))
    inbox.take_press(encode(better))
    found = Press.objects.get()
    assert (found.place_id, found.place_name) == (place, "Room 102")
    (told,) = Announcement.objects.filter(name="PlaceCorrected")
    assert told.body["was"] == "Room 101" and told.body["place"] == str(place)
    assert AuditRow.objects.filter(action="panic.correct_place", cause="p1").count() == 1


def test_a_correction_that_comes_first_is_the_press(buttons, district):
    better, place = corrected(district)
    assert actions.correct_place(better) and not actions.record_press(pressed(district))
    assert Press.objects.get().place_id == place
    assert not Announcement.objects.filter(name="PlaceCorrected").exists()


def test_a_correction_to_a_place_of_nowhere_keeps_the_name_only(buttons, district):
    inbox.take_press(encode(pressed(district)))
    inbox.take_press(encode(corrected(district, place=str(OFFICE), place_name="Somewhere")[0]))
    assert (Press.objects.get().place, Press.objects.get().place_name) == (None, "Somewhere")
