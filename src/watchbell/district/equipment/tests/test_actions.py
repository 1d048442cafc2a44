"""Equipment written: states as heard, places, retirement."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from watchbell.district.equipment import actions, queries
from watchbell.district.equipment.facts import Heard, Told
from watchbell.district.equipment.models import Equipment
from watchbell.district.equipment.rules import read_heard
from watchbell.district.sites.tests.builders import build_site, floor_of, room_of
from watchbell.kernel.models import Announcement, AuditRow
from watchbell.line.ids import same_uuid

AT = datetime(2026, 9, 9, 10, tzinfo=UTC)
DOOR = same_uuid("test door")


@pytest.fixture
def touched(monkeypatch):
    found = []
    monkeypatch.setattr("watchbell.district.equipment.actions.equipment.touch", found.append)
    return found


def build_door(site, **more):
    row = {"id": DOOR, "kind": "controlled_door", "name": "Door 1", "site_id": site, "gateway": "osdp", "device": "d1",
           "secret": "00112233445566778899aabbccddeeff", "settings": {"address": 0}}  # fmt: skip
    actions.load_equipment([row | more])
    return DOOR


def told(endpoint, state, at, **more):
    return actions.record_statuses({endpoint: Told(read_heard(state, at, **more))})


def test_signs_of_life_of_many_cost_one_statement_and_wake_no_page(district, touched, django_assert_max_num_queries):
    site = build_site()
    doors = [same_uuid("door", str(number)) for number in range(200)]
    actions.load_equipment({"id": door, "kind": "controlled_door", "name": "Door", "site_id": site} for door in doors)
    assert actions.record_statuses({door: Told(Heard("online", AT)) for door in doors}) == 200
    touched.clear()
    later = AT + timedelta(seconds=45)
    with django_assert_max_num_queries(6):
        assert actions.record_statuses({door: Told(Heard("online", later)) for door in doors}) == 200
    assert not touched
    assert set(Equipment.objects.values_list("heard_at", "state_at")) == {(later, later)}
    told(doors[0], "trouble", later)
    assert touched


def test_a_status_is_kept_without_an_audit_row(district):
    door = build_door(build_site())
    assert told(door, "online", AT, contact="closed", lock="locked")
    assert not told(door, "online", AT + timedelta(seconds=5), contact="closed", lock="locked")
    assert not told(door, "silent", AT - timedelta(seconds=5))
    row = Equipment.objects.get(pk=door)
    assert (row.state, row.lock, row.contact) == ("online", "locked", "closed")
    assert not AuditRow.objects.exists()


def test_a_status_of_unknown_equipment_is_passed_over(district):
    assert not told(same_uuid("nobody"), "online", AT)


def test_the_secret_is_not_readable_in_the_table(district):
    build_door(build_site())
    with connection.cursor() as cursor:
        cursor.execute("select secret from equipment_equipment")
        assert "001122" not in cursor.fetchone()[0]
    (facts,) = queries.gateway_equipment("osdp")
    assert facts.secret == "00112233445566778899aabbccddeeff"


def test_the_districts_own_equipment_is_not_a_sites(district):
    site = build_site()
    build_door(site)
    actions.load_equipment([{"kind": "dispatch_endpoint", "name": "911", "gateway": "eido", "device": "911"}])
    assert [thing.name for thing in queries.equipment_of(site)] == ["Door 1"]
    assert [thing.name for thing in queries.district_equipment()] == ["911"]


def test_moving_equipment_is_recorded_and_told(actor):
    site = build_site()
    door = build_door(site)
    actions.place_equipment(actor, door, place=room_of(site), floor=floor_of(site), x=5, y=6)
    assert AuditRow.objects.get().action == "equipment.place"
    assert Announcement.objects.get().name == "EquipmentChanged"
    assert [mark.x for mark in queries.marks_of_site(site, ("controlled_door",))[floor_of(site)]] == [5]


def test_retired_equipment_is_in_no_list(actor):
    site = build_site()
    door = build_door(site)
    actions.retire_equipment(actor, door, "replaced")
    assert queries.equipment_of(site) == [] and queries.gateway_equipment("osdp") == []
    assert queries.find_device("osdp", "d1") is None


def test_failures_stand_first(actor):
    site = build_site()
    build_door(site, state="online")
    actions.load_equipment([{"kind": "aed", "name": "AED", "site_id": site, "state": "trouble"}])
    assert [row.name for row in queries.equipment_seen_by(actor)] == ["AED", "Door 1"]
    assert [(c.kind, c.failing) for c in queries.state_counts(actor)] == [("controlled_door", 0), ("aed", 1)]
