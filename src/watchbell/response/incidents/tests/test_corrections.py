"""The incident follows a press to its better place."""

import pytest

from watchbell.district.sites.tests.builders import SITE, add_room
from watchbell.field.panic.events import PlaceCorrected
from watchbell.kernel.bus_thread import bus_thread
from watchbell.kernel.permissions import system_actor
from watchbell.line.errors import NotFound
from watchbell.response.incidents import actions
from watchbell.response.incidents.models import Incident, IncidentPress, TimelineEntry
from watchbell.response.incidents.tests.builders import build_incident, raised


@pytest.fixture
def incident(committed_db, district, actor, monkeypatch):
    monkeypatch.setattr(bus_thread, "keep", lambda subject, message, key: True)
    return build_incident(actor)


def _correct(district, press):
    other = add_room()
    event = PlaceCorrected(press, str(SITE), str(other), "Room 102", "Room 101", "Badge of Ann Lee")
    return actions.correct_place(system_actor(district.id), event), other


def test_the_first_press_takes_the_incident_along(incident, district):
    found, place = _correct(district, "p1")
    assert found == incident
    assert Incident.objects.get().place_name == IncidentPress.objects.get().place_name == "Room 102"
    assert Incident.objects.get().place_id == place
    told = TimelineEntry.objects.get(what="Rather in Room 102")
    assert "Room 101" in told.because and told.by == "Badge of Ann Lee"


def test_a_later_press_moves_alone(incident, district):
    actions.open_or_join(system_actor(district.id), raised("p2", received_at=raised().received_at + 5))
    _, place = _correct(district, "p2")
    assert Incident.objects.get().place_name == "Room 101"
    assert IncidentPress.objects.get(press="p2").place_id == place


def test_a_correction_waits_for_its_press(incident, district):
    with pytest.raises(NotFound):
        _correct(district, "unknown")
