"""Silence noted and ended, owners given and found, self-tests and batteries kept."""

from types import SimpleNamespace

import pytest
from django.contrib.messages.storage.fallback import FallbackStorage
from django.db import connection
from django.test.utils import CaptureQueriesContext

from watchbell.district.equipment import actions, jobs, pages, queries
from watchbell.district.equipment.inbox import take_statuses
from watchbell.district.equipment.models import Equipment
from watchbell.district.equipment.tests.test_actions import DOOR, build_door
from watchbell.district.people.models import Person
from watchbell.district.sites.tests.builders import SITE, build_site
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.models import Announcement, AuditRow
from watchbell.line import clock
from watchbell.line.errors import Conflict, Refused
from watchbell.wire.base import encode
from watchbell.wire.status import DeviceStatus


@pytest.fixture
def moved():
    """Moves this process's time."""
    yield clock.shift
    clock.shift(0)


@pytest.fixture
def dana(district, actor):
    with recorded_batch("a test's people"):
        Person.objects.create(kind="staff", given="Kim", family="Poe", email="kim@x.invalid")
        return Person.objects.create(
            kind="staff", given="Dana", family="Fox", email="dana@x.invalid", user_id=actor.user_id
        )


def heard(seconds_ago=0.0, state="online", **more):
    status = DeviceStatus(
        district="d", site=str(SITE), gateway="osdp", device="d1", endpoint=str(DOOR), state=state,
        at=clock.unix() - seconds_ago, **more,
    )  # fmt: skip
    take_statuses([encode(status)])
    return Equipment.objects.get(pk=DOOR)


def test_a_status_brings_battery_and_self_test_and_the_rest_stays_as_told(district):
    build_door(build_site())
    row = heard(detail={"battery": 41, "self_test": {"state": "passed", "at": clock.unix() - 60}, "power": "ok"})
    assert (row.battery, row.self_test, row.detail) == (41, "passed", {"power": "ok"})
    assert row.heard_at == row.state_at


def test_a_gateways_word_that_a_thing_is_silent_is_no_proof_of_life(district):
    build_door(build_site())
    before = heard(30).heard_at
    row = heard(0, "silent", because="No answer.")
    assert row.state == "silent" and row.heard_at == before < row.state_at


def test_what_falls_silent_is_flagged_within_a_minute_and_told_once(district, moved):
    build_door(build_site())
    heard()
    watch = jobs.SilenceWatch()
    flagged = []
    for second in range(0, 60, 5):
        moved(second)
        flagged += [second] * watch.look()
    assert flagged in ([45], [50])
    row = Equipment.objects.get(pk=DOOR)
    assert row.state == "silent" and row.state_because.startswith("not heard since ")
    assert [one.name for one in Announcement.objects.all()] == ["EquipmentSilent"]
    assert AuditRow.objects.get().action == "silence.note", "one row for the whole pass"
    assert heard().state == "online"
    moved(60)
    assert watch.look() == 1
    assert Announcement.objects.filter(name="EquipmentBack").count() == 1
    assert Equipment.objects.get(pk=DOOR).silence_told_at is None


def test_the_watchs_own_absence_is_not_others_silence(district, moved):
    build_door(build_site())
    heard()
    watch = jobs.SilenceWatch()
    watch.look()
    moved(300)
    assert watch.look() == 0, "it was away itself: states that wait are taken down first"
    moved(315)
    heard()
    moved(341)
    assert watch.look() == 0 and Equipment.objects.get(pk=DOOR).state == "online"


def test_a_silence_a_gateway_saw_is_told_too(district):
    build_door(build_site())
    heard(30)
    heard(0, "silent")
    assert jobs.judge_all(district.id, clock.now()) == 1
    assert jobs.judge_all(district.id, clock.now()) == 0


def test_open_screens_reach_every_group_of_screens(district):
    site = build_site()
    actions.load_equipment([
        {"kind": "screen_group", "name": "Screens", "site_id": site, "gateway": "screens", "device": "T"}
    ])  # fmt: skip
    told = DeviceStatus(district="d", site="", gateway="screens", device="web-1", endpoint=None, state="online",
                        at=clock.unix(), detail={"open": {str(site): 3}, "everywhere": 2})  # fmt: skip
    take_statuses([encode(told)])
    row = Equipment.objects.get()
    assert (row.state, row.detail["open"], row.state_because) == ("online", 5, "5 open")


def test_owners_by_piece_and_by_rule_are_found(actor, dana):
    site = build_site()
    door = build_door(site)
    actions.load_equipment([{"kind": "aed", "name": "AED", "site_id": site}, {"kind": "voice_line", "name": "Line"}])
    actions.write_owner_rule(actor, "aed", None, dana.pk)

    def names(owner):
        return [row.name for row in queries.equipment_seen_by(actor, owner=owner)]

    assert names("mine") == ["AED"] and names("nobody") == ["Door 1", "Line"]
    kim = Person.objects.get(given="Kim")
    actions.write_owner_rule(actor, "aed", site, kim.pk)
    assert names("mine") == [] and names(str(kim.pk)) == ["AED"]
    assert actions.give_owner(actor, [door], dana.pk) == 1
    assert names("mine") == ["Door 1"]
    rows = list(queries.equipment_seen_by(actor))
    assert {name for _, name in queries.owner_names(rows).values()} == {"Dana Fox", "Kim Poe"}


def test_who_answers_is_on_the_staff_and_the_list_must_be_as_it_was_seen(actor, dana):
    door = build_door(build_site())
    with recorded_batch("a student"):
        student = Person.objects.create(kind="student", given="S", family="T")
    with pytest.raises(Refused):
        actions.give_owner(actor, [door], student.pk)
    with pytest.raises(Conflict):
        actions.give_owner(actor, [door], dana.pk, expected=43)


def test_a_silence_limit_is_kept_in_the_settings(actor):
    door = build_door(build_site())
    actions.set_silence_limit(actor, door, 120)
    assert Equipment.objects.get(pk=door).settings == {"address": 0, "silence_seconds": 120}
    with pytest.raises(Refused):
        actions.set_silence_limit(actor, door, 3)
    actions.set_silence_limit(actor, door, None)
    assert Equipment.objects.get(pk=door).settings == {"address": 0}


@pytest.fixture
def ask(rf, actor):
    def get(view, path="/", post=None, **kwargs):
        request = rf.get(path) if post is None else rf.post(path, post)
        request.actor, request.session = actor, {}
        request._messages = FallbackStorage(request)
        answer = view(request, **kwargs)
        return SimpleNamespace(body=answer.content.decode(), said=[str(m) for m in request._messages], raw=answer)

    return get


@pytest.fixture
def kept(committed_db, dana):
    return build_door(build_site(), state="silent", state_because="not heard since 10:48:12")


def test_a_filtered_list_gets_one_owner(kept, ask, dana):
    form = {"kind": "controlled_door", "count": "1", "person": "dana@x.invalid", "keep": "on"}
    assert ask(pages.give_owner, post=form).said == ["1 pieces are answered for by dana@x.invalid."]
    body = ask(pages.equipment_page, "/equipment?owner=mine").body
    assert "Dana Fox" in body and "not heard since 10:48:12" in body and "Controlled door at every site" in body
    assert "My equipment" in ask(pages.mine_part).body
    assert ask(pages.give_owner, post={"count": "1", "person": "nobody"}).said[0].startswith("Nobody on the staff")


def test_one_piece_gets_an_owner_and_a_limit(kept, ask, dana):
    assert ask(pages.save_one, post={"person": "Dana Fox", "silence_seconds": "90"}, equipment_id=kept).said == [
        "Saved."
    ]
    body = ask(pages.one_page, equipment_id=kept).body
    assert "Dana Fox" in body and "2 min without a word" not in body and "1 min 30 s without a word" in body


def test_the_list_asks_the_same_whatever_its_length(district, ask, dana):
    site = build_site()
    actions.load_equipment([{"kind": "aed", "name": f"AED {n}", "site_id": site} for n in range(40)])
    with CaptureQueriesContext(connection) as asked:
        ask(pages.equipment_page, "/equipment")
    assert len(asked) <= 12
