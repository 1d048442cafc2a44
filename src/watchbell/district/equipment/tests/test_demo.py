"""The demo district: its real size, and what the simulator is told of it."""

from collections import Counter
from importlib import import_module

import pytest
from django.db import connection, transaction

from watchbell.district.equipment.demo import PORTS, demo_facts
from watchbell.district.equipment.models import Equipment
from watchbell.district.people.models import Guardianship, Household, Membership, Person
from watchbell.district.people.queries import people_count_by_room, people_counts
from watchbell.district.sites.models import Door, Place, Site
from watchbell.district.sites.queries import first_site, place_facts
from watchbell.kernel.acting import acting_in
from watchbell.kernel.bus_thread import bus_thread
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.models import District
from watchbell.kernel.postgres.base import SET_DISTRICT

BASE_PORT = 30000


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker):
    """Made once for all tests here, which only look; undone after the last."""
    with django_db_blocker.unblock(), transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(bus_thread, "say", lambda subject, payload: None)
        with recorded_batch("demo"):
            made = District.objects.create(name="Cedar School District", code="cedar")
            with acting_in(made.id):
                with connection.cursor() as cursor:
                    cursor.execute(SET_DISTRICT, [str(made.id)])
                for capability in ("sites", "people", "schedules", "equipment"):
                    import_module(f"watchbell.district.{capability}.demo").load(made, BASE_PORT)
                yield made
        transaction.set_rollback(True)


def test_the_demo_district_has_its_real_size(demo):
    assert Counter(Site.objects.values_list("kind", flat=True)) == {
        "elementary": 12, "middle": 4, "high": 2, "office": 1, "transport": 1,
    }  # fmt: skip
    people = people_counts()
    assert (people["student"], people["staff"]) == (8500, 1300)
    assert 14_700 <= people["guardian"] <= 15_300 and 8_300 <= Household.objects.count() <= 8_700
    assert 950 <= Place.objects.filter(kind="room").count() <= 1050
    assert Door.objects.filter(is_controlled=True).count() == 200
    kinds = Counter(Equipment.objects.values_list("kind", flat=True))
    wanted = {"controlled_door": 200, "paging_zone": 40, "speaker": 600, "alarm_panel": 20, "panic_button": 66,
              "badge_gateway": 67, "io_module": 3, "sign": 38, "strobe": 38, "mqtt_broker": 2,
              "badge": 1300, "camera": 1000, "bus": 120, "screen_group": 20, "push_group": 20}  # fmt: skip
    assert {kind: kinds[kind] for kind in wanted} == wanted
    assert kinds["phone"] > 1000 and kinds["sip_group"] == 20 and 20 <= kinds["sip_speaker"] <= 40
    assert 3 <= Equipment.objects.filter(kind="phone", place__isnull=True).count() <= 20


def test_the_families_of_the_demo_are_of_every_shape(demo):
    """Siblings, two homes, grandparents and others who are called; each guardian lives somewhere and can be reached."""
    homes = Counter(Membership.objects.filter(person__kind="student").values_list("person_id", flat=True))
    assert 1_500 < Counter(homes.values())[2] < 2_800
    children = Counter(
        Membership.objects.filter(person__kind="student", is_main=True).values_list("household", flat=True)
    )
    assert {1, 2, 3} == set(children.values())
    relations = Counter(Guardianship.objects.values_list("relation", flat=True))
    assert min(relations[one] for one in ("parent", "guardian", "relative", "contact")) > 1_000
    guardians = Person.objects.filter(kind="guardian")
    numbers, addresses = zip(*guardians.values_list("phones", "email"), strict=True)
    assert len({number for mine in numbers for number in mine}) == len(set(addresses)) == len(numbers)
    assert not guardians.filter(memberships=None).exists() and not guardians.filter(wards=None).exists()


def test_every_room_of_the_demo_has_a_dispatchable_location(demo):
    places = place_facts(first_site().id)
    assert len(places) > 150
    assert all(place.nearest_door and place.latitude and place.building for place in places)
    counted = people_count_by_room(first_site().id)
    assert sum(row["students"] for row in counted.values()) == 1180


def test_the_simulator_is_told_of_every_port_once(demo):
    played = demo_facts(demo)
    assert len(played["panels"]) == 20 and sum(len(panel["zones"]) for panel in played["panels"]) == 60
    assert {len(panel["key"] or "") for panel in played["panels"]} == {0, 32, 64}
    controllers = played["door_controllers"]
    assert sum(len(controller["devices"]) for controller in controllers) == 200
    assert max(len(controller["devices"]) for controller in controllers) == 8
    assert all(len(device["scbk"]) == 32 for controller in controllers for device in controller["devices"])
    ports = [entry["port"] for name in ("door_controllers", "paging_zones", "eido") for entry in played[name]]
    ports += [played["voice"]["port"], played["push"]["port"], played["mqtt"]["port"], played["pbx"]["port"]]
    ports += [module["port"] for module in played["io_modules"]]
    ports += [carrier["port"] for name in ("texts", "calls", "trunks", "mail") for carrier in played[name]]
    ports += list({account["port"] for account in played["social"]})
    assert [one["style"] for one in played["texts"]] == ["smpp", "rest", "rest"] and len(played["calls"]) == 2
    assert len(set(ports)) == len(ports)
    assert all(BASE_PORT <= port < BASE_PORT + PORTS for port in ports)


def test_the_simulator_is_told_of_every_device_with_its_rights_on_the_broker(demo):
    played = demo_facts(demo)
    broker, modules = played["mqtt"], played["io_modules"]
    devices = [one["mac"] for one in broker["gateways"]] + [one["device"] for one in broker["signs"]]
    assert set(broker["users"]) == {*devices, "watchbell-blebadge", "watchbell-mqttsign"}
    assert all(user["password"] for user in broker["users"].values())
    assert 1250 < len(broker["badges"]) < 1300 and len({one["mac"] for one in broker["badges"]}) == len(
        broker["badges"]
    )
    sites = {one["spot"][0].split("|")[0] for one in broker["gateways"]}
    assert {one["site"] for one in broker["badges"]} <= sites, "every badge is heard by somebody"
    assert [len(module["buttons"]) for module in modules] == [2, 2, 2]
    assert {button["is_loop"] for module in modules for button in module["buttons"]} == {True, False}
    strobes = [one for one in broker["signs"] if one["kind"] == "strobe"]
    assert len(strobes) + sum(len(module["outputs"]) for module in modules) == 38
