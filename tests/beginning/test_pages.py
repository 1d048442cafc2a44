"""Every page that sets a district up takes what it should, and refuses in words what it must not."""

import pytest
from django.test import Client

from tests.beginning.walk import SITE, Made, place, post, set_up
from watchbell.district.accounts.actions import begin_district
from watchbell.district.accounts.models import User
from watchbell.district.equipment.models import Equipment
from watchbell.district.schedules.models import BellSchedule, CalendarDay
from watchbell.district.sites.models import Door, Floor, Place, Site
from watchbell.district.sites.queries import place_fact
from watchbell.kernel import journal
from watchbell.kernel.acting import acting_in
from watchbell.kernel.models import AuditRow, District
from watchbell.response.plans.models import Plan
from watchbell.response.plans.queries import plans_of_site, reachable_equipment
from watchbell.response.plans.rules.judging import snapshot_plan


@pytest.fixture
def client(committed_db, hints, monkeypatch):
    from watchbell import wiring
    from watchbell.response.plans import jobs

    wiring.connect()
    monkeypatch.setattr(jobs, "publish_snapshots", lambda: None)
    begin_district("elm", "Elm School District", "America/Denver", "dana@elm.invalid", "Dana")
    found = Client()
    found.force_login(User.objects.get(email="dana@elm.invalid"))
    session = found.session
    session["has_second_factor"] = True
    session.save()
    with acting_in(District.objects.get(code="elm").id):
        yield found


def told(client, path, form):
    answer = client.post(path, form)
    assert answer.status_code == 200, answer
    return answer.content.decode()


def test_a_district_is_set_up_from_nothing_through_its_pages(client):
    made: Made = set_up(client)
    site = Site.objects.get()
    assert (str(site.pk), site.address["A1"], site.is_fallback) == (made.site, "CO", True)
    fact = place_fact(made.room)
    assert (fact.nearest_door, fact.building, fact.room) == ("1", "Main building", "101") and fact.latitude > 39.7
    button = Equipment.objects.get(pk=made.button)
    assert (button.device, button.place_id, button.x) == ("siadc09/7301/1", Place.objects.get(number="101").pk, 35.0)
    assert Equipment.objects.get(pk=made.panel).secret and Equipment.objects.get(pk=made.lock).door.number == "1"
    while journal.sweep():
        pass
    assert {e.kind for e in reachable_equipment(site.pk)} >= {"screen_group", "push_group"}, "they come with the site"
    (plan,) = plans_of_site(site.pk)
    steps = snapshot_plan(plan, reachable_equipment(site.pk)).steps
    assert [len(step.orders) for step in steps] == [1, 1, 1, 1], "screens, the door, the zone, the centre"
    assert BellSchedule.objects.get().periods.count() == 2 and CalendarDay.objects.get().site_id is None
    assert AuditRow.objects.filter(action__startswith="sites.").count() >= 7


def test_what_was_wrong_is_written_anew_moved_and_taken_out(client):
    made = set_up(client)
    post(client, f"/sites/{made.site}/edit", SITE | {"HNO": "14"})
    assert Site.objects.get().address["HNO"] == "14"
    page = client.get(f"/equipment/{made.lock}/edit").content.decode()
    assert "127.0.0.1" in page and "0" * 32 not in page, "a key is never shown"
    form = {"name": "Door 1, main", "secret": "", "s-controller": "C2", "s-host": "10.0.0.9", "s-port": 4001,
            "s-address": 3, "s-lock_output": 1, "s-lock_on": "unlocked", "s-contact_input": 0}  # fmt: skip
    post(client, f"/equipment/{made.lock}/edit", form)
    lock = Equipment.objects.get(pk=made.lock)
    assert (lock.name, lock.settings["host"], lock.device, lock.secret) == (
        "Door 1, main",
        "10.0.0.9",
        "C2-3",
        "0" * 32,
    )
    client.post(f"/equipment/{made.lock}/retire", {"why": ""})
    assert not Equipment.objects.get(pk=made.lock).is_retired, "only with a reason"
    post(client, f"/equipment/{made.lock}/retire", {"why": "Sold"})
    assert Equipment.objects.get(pk=made.lock).is_retired and b"Sold" in client.get("/audit?q=Sold").content
    post(client, f"/doors/{Door.objects.get(number='2').pk}/remove", {})
    post(client, f"/places/{Place.objects.get(number='102').pk}/close", {})
    assert Door.objects.count() == 1 and Place.objects.filter(is_closed=False).count() == 1
    schedule, day = BellSchedule.objects.get(), CalendarDay.objects.get()
    page = client.get(f"/schedules?site={made.site}&change={schedule.pk}").content.decode()
    assert "08:00 to 08:50 Period 1" in page
    post(client, f"/schedules/{schedule.pk}/remove?site={made.site}", {})
    post(client, f"/schedules/days/{day.pk}/unmark?site={made.site}", {})
    assert not BellSchedule.objects.exists() and not CalendarDay.objects.exists()


def test_faults_stand_beside_their_field_and_nothing_is_written(client):
    site, floor, _ = place(client)
    assert "already" in told(client, "/sites/add", SITE)
    assert "America/Denver" in told(client, "/sites/add", SITE | {"code": "X", "timezone": "Mars"})
    form = {"building": "Main building", "level": 1, "name": "Again", "width": 9, "height": 9}
    assert "level 1 already" in told(client, f"/sites/{site}/add-floor", form)
    door = {"number": "1", "is_exterior": "on", "x": 5, "y": 5}
    assert "exterior door 1 already" in told(client, f"/floors/{floor}/add-door", door)
    assert "stand on the plan" in told(client, f"/floors/{floor}/add-door", door | {"number": "9", "x": 5000})
    panel = {"name": "P", "s-account": "xyz", "s-supervision_seconds": 60, "secret": "12"}
    page = told(client, f"/equipment/add?kind=alarm_panel&site={site}", panel)
    assert "Enter a valid value" in page and "hexadecimal" in page
    good = panel | {"s-account": "7301", "secret": ""}
    post(client, f"/equipment/add?kind=alarm_panel&site={site}", good)
    assert "such a device already" in told(client, f"/equipment/add?kind=alarm_panel&site={site}", good)
    wrong = {
        "8 to 9": "Line 1",
        "08:00 to 09:00 A\n08:30 to 09:30 B": "same time",
        "08:00 to 09:00 A\n10:00 to 11:00 A": "stands twice",
        "09:00 to 08:00 A": "Line 1",
    }
    for lines, words in wrong.items():
        form = {"name": "Regular", "day_kind": "school_day", "periods": lines}
        assert words in told(client, f"/schedules/write?site={site}", form)
    assert Site.objects.count() == 1 and Floor.objects.count() == 1 and not BellSchedule.objects.exists()
    assert b"Where is it?" in client.get("/equipment/add?kind=camera").content
    assert not Plan.objects.exists()


def test_a_principal_of_one_site_sets_up_nothing_elsewhere(client, make_actor):
    site, floor, _ = place(client)
    principal = Client()
    principal.force_login(User.objects.get(id=make_actor(District.objects.get(code="elm"), "principal", site).user_id))
    session = principal.session
    session["has_second_factor"] = True
    session.save()
    for path in ("/sites/add", f"/sites/{site}/add-floor", f"/floors/{floor}/add-door", "/equipment/add",
                 f"/schedules/write?site={site}"):  # fmt: skip
        assert principal.post(path, {}).status_code == 403, path
