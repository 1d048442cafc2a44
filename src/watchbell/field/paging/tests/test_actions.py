"""Announcements with a row a zone, answered by receipts; recordings, tests, bells and displays."""

import json
from dataclasses import replace
from datetime import datetime, time, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from watchbell.district.equipment.queries import equipment_facts
from watchbell.district.schedules.actions import load_schedules, mark_day
from watchbell.district.sites.tests.builders import SITE
from watchbell.field.paging import actions, inbox, jobs, queries
from watchbell.field.paging.facts import ANNOUNCEMENT, ZONE_TEST, Said, Wanted
from watchbell.field.paging.models import Announcement, AnnouncementZone, BellRing, Display, Recording, ZoneTest
from watchbell.field.paging.rules import read_zone_test
from watchbell.field.paging.tests.builders import GROUNDS, INDOORS, SPEAKER, build_zones, receipt, wav
from watchbell.kernel.bus_thread import bus_thread
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.jobs import waiting
from watchbell.kernel.models import Announcement as News
from watchbell.kernel.models import AuditRow
from watchbell.line import clock
from watchbell.line.errors import Conflict, NotFound, Refused
from watchbell.line.ids import new_id
from watchbell.wire.base import encode

SAY = (Said("en", "Buses are late."), Said("es", "Los autobuses llegan tarde."))


@pytest.fixture
def sent(monkeypatch):
    """What was given to the reflex, instead of to a bus."""
    asked = []
    monkeypatch.setattr(bus_thread, "keep", lambda where, message, key, timeout=5.0: asked.append(message) or True)
    return asked


@pytest.fixture
def zones(committed_db, district, sent):
    build_zones()


def announce(actor, *zones, **more):
    wanted = Wanted(**{"way": "text", "zones": zones or (INDOORS, GROUNDS), "say": SAY, **more})
    return actions.make_announcement(actor, wanted)


def answer(district, state="done", step=ANNOUNCEMENT, zone=None, because="", **detail):
    rows = AnnouncementZone.objects.order_by("zone_name")
    rows = rows.filter(zone=zone) if zone else rows
    inbox.take_receipts([encode(receipt(district, row, step, state, because, **detail)) for row in rows])


def test_an_announcement_goes_out_with_an_order_a_zone(zones, actor, sent, hints):
    found = announce(actor)
    row = Announcement.objects.get()
    assert (row.pk, row.title, row.state, row.zones.count()) == (found, "Buses are late.", "asked", 2)
    orders = [order for asked in sent for order in asked.orders]
    assert {(order.action, order.step, order.press) for order in orders} == {("start_page", ANNOUNCEMENT, str(found))}
    assert {order.endpoint.device for order in orders} == {"t-indoors", "t-grounds"}
    params = orders[0].params
    assert params["announcement"] is True and [s["language"] for s in params["say"]] == ["en", "es"]
    assert AuditRow.objects.filter(action="paging.announce").count() == 1
    assert News.objects.filter(name="AnnouncementMade", body__announcement=str(found)).count() == 1


def test_each_zone_answers_and_the_whole_is_what_they_are(zones, actor, district):
    found = announce(actor)
    answer(district, first_audio_ms=31.0, seconds=4.2)
    row = Announcement.objects.get()
    assert row.state == "on" and row.zones.get(zone=INDOORS).first_audio_ms == 31.0
    answer(district, zone=GROUNDS, ended="played", seconds=4.2)
    answer(district, zone=INDOORS, state="failed", because="Cut off by an alarm.", ended="cut", seconds=1.0)
    row.refresh_from_db()
    assert row.state == "cut" and row.ended_at is not None
    answer(district, zone=INDOORS, ended="played")
    assert row.zones.get(zone=INDOORS).state == "cut", "the first end counts"
    with pytest.raises(Conflict):
        actions.stop_announcement(actor, found)


def test_a_refused_zone_failed_and_another_is_asked_again(zones, actor, district):
    announce(actor)
    answer(district, zone=INDOORS, state="failed", because="Refused: An alarm is on in Indoors.")
    answer(district, zone=GROUNDS, state="failed", because="Sound cannot be sent.")
    states = dict(AnnouncementZone.objects.values_list("zone", "state"))
    assert states == {INDOORS: "failed", GROUNDS: "asked"}
    with recorded_batch("the clock goes on"):
        Announcement.objects.update(asked_at=clock.now() - timedelta(minutes=5))
    assert jobs.tidy() == 1 and Announcement.objects.get().state == "failed"


def test_it_is_stopped_everywhere(zones, actor, sent):
    found = announce(actor)
    sent.clear()
    actions.stop_announcement(actor, found)
    orders = [order for asked in sent for order in asked.orders]
    assert {order.action for order in orders} == {"stop_page"} and {order.press for order in orders} == {str(found)}
    assert Announcement.objects.get().stopped_name == actor.name


def test_everything_that_speaks_is_stopped_at_once(zones, actor, actor_as, sent, district):
    with pytest.raises(Conflict, match="Nothing is being announced"):
        actions.stop_everything(actor)
    first, second = announce(actor, INDOORS), announce(actor, GROUNDS)
    answer(district, zone=INDOORS, seconds=4.0)
    sent.clear()
    with pytest.raises(Refused):
        actions.stop_everything(actor_as("teacher"))
    assert actions.stop_everything(actor) == 2
    orders = [order for asked in sent for order in asked.orders]
    assert {(order.action, order.press) for order in orders} == {("stop_page", str(first)), ("stop_page", str(second))}
    assert set(Announcement.objects.values_list("stopped_name", flat=True)) == {actor.name}
    row = AuditRow.objects.get(action="paging.stop_everything")
    assert row.actor_name == actor.name and str(first) in str(row.details) and str(second) in str(row.details)


def test_who_may_speak_at_some_sites_stops_only_what_is_heard_there(zones, actor, actor_as, sent):
    announce(actor)
    sent.clear()
    elsewhere = replace(actor, sites=frozenset({new_id()}))
    with pytest.raises(Conflict):
        actions.stop_everything(elsewhere)
    jobs.send_stop(str(Announcement.objects.get().pk), sites=[str(new_id())])
    assert not [order for asked in sent for order in asked.orders]


def test_one_speaks_at_a_time_and_rights_count(zones, actor, actor_as):
    announce(actor, INDOORS)
    with pytest.raises(Refused, match="is on in Indoors"):
        announce(actor, INDOORS)
    announce(actor, INDOORS, priority=9)
    with pytest.raises(Refused):
        announce(actor_as("teacher"), GROUNDS)
    with pytest.raises(Refused, match="all-call"):
        announce(actor_as("nurse"))
    announce(actor_as("nurse"), GROUNDS)
    with pytest.raises(Refused, match="not there any more"):
        announce(actor, uuid4())


def test_orders_and_receipts_of_announcements_are_known_by_their_step(zones, actor, district):
    announce(actor)
    row = AnnouncementZone.objects.first()
    assert inbox.is_ours(encode(receipt(district, row, ANNOUNCEMENT))) and not inbox.is_ours(
        encode(receipt(district, row, "Lock every door"))
    )
    with pytest.raises(ValueError):
        inbox.take_receipts([b"{"])


def test_a_recording_is_listened_to_before_it_is_used_and_retired_after(zones, actor):
    found = actions.add_recording(actor, "Early dismissal", wav())
    with pytest.raises(Refused, match="listened"):
        announce(actor, INDOORS, way="recording", say=(), recording=found)
    actions.note_listened(actor, found)
    announce(actor, INDOORS, way="recording", say=(), recording=found)
    assert Announcement.objects.get().params["recording"] == Recording.objects.get().digest
    actions.retire_recording(actor, found)
    with pytest.raises(NotFound):
        announce(actor, GROUNDS, way="recording", say=(), recording=found)
    assert queries.recordings_seen_by(actor).count() == 0
    actions.restore_recording(actor, found)
    assert queries.recordings_seen_by(actor).get().listened_name == actor.name
    for name, raw, why in (("", wav(), "name"), ("x", b"MP3", "WAV"), ("x", wav(0.2), "half a second")):
        with pytest.raises(Refused, match=why):
            actions.add_recording(actor, name, raw)


def test_zones_are_tested_by_hand_and_say_what_was_heard(zones, actor, district, sent):
    actions.start_test(actor, [INDOORS, GROUNDS])
    orders = {order.endpoint.device: order for asked in sent for order in asked.orders}
    assert orders["t-indoors"].params == {"is_quiet": True, "speakers": {"hall-1": str(SPEAKER)}}
    assert orders["t-grounds"].params["speakers"] == {} and orders["t-grounds"].step == ZONE_TEST
    with pytest.raises(Conflict):
        actions.start_test(actor, [INDOORS])
    tests = {test.zone: test for test in ZoneTest.objects.all()}
    inbox.take_receipts([
        encode(receipt(district, tests[INDOORS], ZONE_TEST, verdict="unheard", packets=95, of=1, heard=[],
                       unheard={"hall-1": "It sent no report."})),
        encode(receipt(district, tests[GROUNDS], ZONE_TEST, verdict="sent", packets=95)),
    ])  # fmt: skip
    board = queries.zone_board(actor)
    assert [(row["zone"].name, row["test"].verdict, row["is_bad"]) for row in board] == [
        ("Indoors", "unheard", True), ("Grounds", "sent", False)]  # fmt: skip
    assert queries.zone_as_dict(board[0])["test"]["unheard"] == {"hall-1": "It sent no report."}
    assert jobs.tell_of_tests(str(tests[INDOORS].run)) == 2
    assert [equipment_facts(zone).self_test for zone in (INDOORS, GROUNDS)] == ["failed", "passed"]
    assert read_zone_test("unheard", "", {"hall-1": "x"}, clock.now()).because == "Not heard by all. Not heard: hall-1."
    assert jobs.tell_of_tests(str(tests[INDOORS].run)) == 0, "told once"


def test_what_a_telephone_says_of_its_test_is_taken(zones, actor, district, sent):
    actions.start_test(actor, [INDOORS])
    test = ZoneTest.objects.get()
    inbox.take_receipts([encode(receipt(district, test, ZONE_TEST, verdict="sent", packets=50, heard=40))])
    test.refresh_from_db()
    assert (test.verdict, test.packets, test.heard) == ("sent", 50, 0) and test.done_at


def test_zones_are_tested_some_at_a_time(zones, actor, sent, monkeypatch):
    monkeypatch.setattr(jobs, "AT_A_TIME", 1)
    before = waiting("soon")
    actions.start_test(actor, [INDOORS, GROUNDS])
    assert sum(len(asked.orders) for asked in sent) == 1 and waiting("soon") == before + 1
    jobs.send_tests(str(ZoneTest.objects.first().run), part=1)
    assert {order.endpoint.device for asked in sent for order in asked.orders} == {"t-indoors", "t-grounds"}
    assert waiting("soon") == before + 1, "that was the last"


def _local(hour, minute, second=1):
    zone = ZoneInfo("America/Chicago")
    return datetime(2026, 9, 8, hour, minute, second, tzinfo=zone).astimezone(ZoneInfo("UTC"))


def _be_at(monkeypatch, moment):
    monkeypatch.setattr(clock, "now", lambda: moment)
    monkeypatch.setattr(clock, "unix", moment.timestamp)


def test_the_nightly_test_runs_once_at_its_time(zones, monkeypatch):
    _be_at(monkeypatch, _local(2, 29))
    assert jobs.test_zones_when_due() == 0
    _be_at(monkeypatch, _local(2, 31))
    assert jobs.test_zones_when_due() == 2 and jobs.test_zones_when_due() == 0
    assert ZoneTest.objects.filter(is_nightly=True, is_quiet=True).count() == 2


def test_tests_older_than_90_days_are_forgotten(zones, actor):
    actions.start_test(actor, [INDOORS])
    with recorded_batch("the clock goes on"):
        ZoneTest.objects.update(asked_at=clock.now() - timedelta(days=91))
    assert actions.forget_old_tests() == 1


@pytest.fixture
def school(zones, district):
    schedule = new_id()
    load_schedules(
        [{"id": schedule, "site_id": SITE, "name": "Regular", "day_kind": "school_day"}],
        [{"schedule_id": schedule, "name": "Period 1", "starts_at": time(8, 0), "ends_at": time(9, 0)}], [],
    )  # fmt: skip


def test_nobody_is_disturbed_by_a_test_at_school_hours(school, actor, monkeypatch):
    with pytest.raises(Refused, match="People are at school"):
        actions.set_test_plan(actor, time(8, 30), True, False)
    actions.set_test_plan(actor, time(8, 30), True, True)
    assert queries.test_plan().may_disturb
    actions.set_test_plan(actor, time(3, 15), False, False)
    assert (queries.test_plan().at, queries.test_plan().is_quiet) == (time(3, 15), False)


def test_bells_ring_once_by_the_schedule_and_not_on_days_off(school, actor, monkeypatch):
    actions.set_bells(actor, SITE, [str(INDOORS)], True)
    _be_at(monkeypatch, _local(8, 0))
    assert jobs.ring_bells() == 1 and jobs.ring_bells() == 0
    row = Announcement.objects.get()
    assert (row.way, row.title, row.params["prompt"]) == ("bell", "Period 1 begins", "bell")
    _be_at(monkeypatch, _local(8, 30))
    assert jobs.ring_bells() == 0
    mark_day(actor, _local(8, 0).date(), "no_school", "Storm")
    with recorded_batch("the bell of that hour again"):
        BellRing.objects.update(last_at=None)
    _be_at(monkeypatch, _local(9, 0))
    assert jobs.ring_bells() == 0
    with pytest.raises(Refused, match="Choose the zones"):
        actions.set_bells(actor, SITE, [], True)


def test_a_display_is_enrolled_seen_and_revoked(zones, actor, actor_as):
    with pytest.raises(Refused, match="name"):
        actions.enrol_display(actor, " ", SITE)
    found = actions.enrol_display(actor, "Lobby", SITE, "By the door")
    actions.note_display_seen(found)
    assert queries.display_in_use(found).seen_at is not None
    with pytest.raises(Refused):
        actions.revoke_display(actor_as("teacher"), found)
    actions.revoke_display(actor, found)
    assert queries.display_in_use(found) is None and Display.objects.get().revoked_name == actor.name
    assert json.dumps(queries.displays_seen_by(actor).get().name)
