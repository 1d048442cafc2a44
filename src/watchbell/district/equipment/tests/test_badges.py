"""Badges: added, given, given to another, taken back; asked before somebody loses one; read with the right name."""

from dataclasses import replace

import pytest
from django.contrib.messages.storage.fallback import FallbackStorage

from watchbell.district.equipment import actions, api, pages, queries
from watchbell.district.equipment.facts import KINDS
from watchbell.district.equipment.forms import EquipmentForm
from watchbell.district.equipment.models import Equipment
from watchbell.district.equipment.rules import badge_name
from watchbell.district.people.models import Person
from watchbell.district.sites.tests.builders import build_site, room_of
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.models import Announcement, AuditRow
from watchbell.kernel.tests.reading import one_line
from watchbell.line.errors import Conflict, NotFound, Refused
from watchbell.line.ids import same_uuid

ONE, TWO = same_uuid("badge one"), same_uuid("badge two")


@pytest.fixture
def staff(committed_db, district):
    """{"ann", "bo", "kid"}: two of the staff, Ann with a room, and a student; two badges, the first Ann's."""
    site = build_site()
    with recorded_batch("a test's people"):
        names = (("ann", "Ann", "Lee", "staff"), ("bo", "Bo", "Lind", "staff"), ("kid", "Lea", "Lee", "student"))
        made = {
            key: Person.objects.create(given=given, family=family, kind=kind, site_id=site, status="active").pk
            for key, given, family, kind in names
        }
        Person.objects.filter(pk=made["ann"]).update(homeroom_id=room_of(site))
    common = {"kind": "badge", "site_id": site, "gateway": "blebadge"}
    actions.load_equipment([
        {**common, "id": ONE, "name": "Badge of Ann Lee", "identifier": "badge-0001", "holder_id": made["ann"],
         "device": "blebadge/F00000000001", "settings": {"mac": "F00000000001"}},
        {**common, "id": TWO, "name": "Spare", "device": "blebadge/F00000000002", "settings": {"mac": "F00000000002"}},
    ])  # fmt: skip
    return made


@pytest.fixture
def ask(staff, actor, rf):
    def get(view, badge=ONE, post=None, who=None, **query):
        request = rf.get("/", query) if post is None else rf.post("/", post)
        request.actor, request.session = who or actor, {}
        request._messages = FallbackStorage(request)
        answer = view(request, equipment_id=badge) if badge else view(request)
        answer.told = [str(one) for one in request._messages]
        return answer

    return get


def row(badge=ONE):
    return Equipment.objects.get(pk=badge)


def test_a_badge_is_called_after_who_carries_it_else_by_what_is_printed_on_it():
    assert badge_name("Ann Lee", "0012", "blebadge/F0") == "Badge of Ann Lee"
    assert badge_name("", "0012", "blebadge/F0") == "Badge 0012"
    assert badge_name("", "badge-0012", "blebadge/F0") == "Badge-0012"
    assert badge_name("", "", "blebadge/F0") == "Badge F0"
    assert len(badge_name("x" * 400, "", "")) == 160


def test_giving_moves_name_and_home_is_audited_and_reaches_the_gateway(staff, actor):
    assert actions.give_badge(actor, TWO, staff["ann"], None) == "Ann Lee"
    one = row(TWO)
    assert (one.name, one.holder_id, one.place_id) == ("Badge of Ann Lee", staff["ann"], room_of(one.site_id))
    written = AuditRow.objects.get(action="equipment.give_badge")
    assert written.target_id == str(TWO) and written.details["holder"] == "Ann Lee" and written.details["before"] == ""
    assert Announcement.objects.filter(name="EquipmentChanged", body__gateway="blebadge").count() == 1
    assert {thing.name for thing in queries.gateway_equipment("blebadge")} == {"Badge of Ann Lee"}, "both are hers"
    actions.give_badge(actor, TWO, staff["bo"], staff["ann"])
    assert (row(TWO).name, row(TWO).place_id) == ("Badge of Bo Lind", None)
    assert actions.take_badge_back(actor, TWO, staff["bo"]) == "Bo Lind"
    assert (row(TWO).name, row(TWO).holder_id) == ("Badge F00000000002", None)
    assert AuditRow.objects.get(action="equipment.take_badge_back").details["before"] == "Bo Lind"


def test_what_has_changed_meanwhile_or_may_not_be_is_refused(staff, actor, actor_as):
    with pytest.raises(Conflict, match="Ann Lee carries it now"):
        actions.give_badge(actor, ONE, staff["bo"], None)
    with pytest.raises(Refused, match="staff"):
        actions.give_badge(actor, TWO, staff["kid"], None)
    with pytest.raises(Refused, match="Nobody carries"):
        actions.take_badge_back(actor, TWO, None)
    with pytest.raises(Refused):
        actions.give_badge(actor_as("teacher"), TWO, staff["bo"], None)
    with pytest.raises(NotFound):
        actions.give_badge(actor, same_uuid("no badge"), staff["bo"], None)
    assert not AuditRow.objects.filter(action__contains="badge").exists()


def test_staff_are_found_by_the_first_letters_with_what_they_carry(ask, staff):
    text = ask(pages.holder_page, TWO, q="le").content.decode()
    assert "Ann Lee" in text and "carries badge-0001" in text and "Lea Lee" not in text and "Bo Lind" not in text
    assert "Give it to Ann Lee" in text and "Nobody carries it" in text
    assert "Nobody found" in ask(pages.holder_page, TWO, q="zzz\0").content.decode()
    assert "Type a name" in ask(pages.holder_page, TWO).content.decode()


def test_who_loses_a_badge_is_said_and_asked_first(ask, staff):
    give = {"person": str(staff["bo"]), "seen": str(staff["ann"])}
    asked = ask(pages.give_badge, post=give)
    assert asked.status_code == 200 and "Ann Lee loses this badge" in asked.content.decode()
    assert row().holder_id == staff["ann"]
    done = ask(pages.give_badge, post={**give, "sure": "yes"})
    assert (
        done.status_code == 302
        and "Bo Lind carries this badge now" in done.told[0]
        and row().name == "Badge of Bo Lind"
    )
    late = ask(pages.give_badge, post={**give, "sure": "yes"})
    assert "changed hands" in late.told[0]
    more = ask(pages.give_badge, TWO, post={"person": str(staff["bo"]), "seen": ""})
    assert "carries" in more.content.decode() and "badge-0001" in more.content.decode(), "a second one is asked, too"
    assert ask(pages.give_badge, TWO, post={"person": "nobody"}).status_code == 302
    back = ask(pages.take_badge_back, post={"seen": str(staff["bo"])})
    assert "Taken back from Bo Lind" in back.told[0] and row().holder_id is None


def test_a_free_badge_is_given_with_one_press(ask, staff):
    assert ask(pages.give_badge, TWO, post={"person": str(staff["bo"]), "seen": ""}).status_code == 302
    assert row(TWO).holder_id == staff["bo"]


def test_the_holder_is_shown_searched_and_exported(ask, staff, actor):
    one = ask(pages.one_page).content.decode()
    assert "Carried by" in one and "Ann Lee" in one and "Give or take back" in one
    assert "Give to somebody" in ask(pages.one_page, TWO).content.decode()
    listed = one_line(ask(pages.equipment_page, None, kind="badge").content)
    assert "carried by Ann Lee" in listed and "carried by nobody" in listed
    sheet = ask(pages.equipment_page, None, format="csv", q="ann le").content.decode().splitlines()
    assert sheet[0].endswith("Carried by") and len(sheet) == 2 and sheet[1].endswith("Ann Lee")
    assert str(staff["ann"]) in str(api.equipment_dict(row()))
    seer = replace(actor, permissions=actor.permissions - {"equipment.edit"})
    assert "/holder" not in ask(pages.one_page, who=seer).content.decode()
    assert ask(pages.holder_page, who=seer).status_code == 403


def test_only_a_badge_is_given(ask, staff, district):
    actions.load_equipment([{"id": same_uuid("aed"), "kind": "aed", "name": "AED", "site_id": row().site_id}])
    assert ask(pages.holder_page, same_uuid("aed")).status_code == 404
    assert "/holder" not in ask(pages.one_page, same_uuid("aed")).content.decode()


def test_a_change_of_its_settings_leaves_a_carried_badge_its_name(staff, actor):
    actions.change_equipment(actor, ONE, name="Something else", identifier="0001")
    actions.change_equipment(actor, TWO, name="Spare for guests")
    assert (row().name, row().identifier, row(TWO).name) == ("Badge of Ann Lee", "0001", "Spare for guests")


@pytest.mark.parametrize("printed", ["f0:00:00:00:0a:01", "F0000000 0A01", "F0-00-00-00-0A-01"])
def test_a_badge_is_added_by_the_address_printed_on_it(printed):
    form = EquipmentForm("badge", [], [], {"name": "Spare", "s-mac": printed, "s-hold_kind": ""})
    assert form.is_valid(), form.errors
    assert form.values()["device"] == "blebadge/F00000000A01" and form.values()["settings"]["mac"] == "F00000000A01"
    assert not EquipmentForm("badge", [], [], {"name": "Spare", "s-mac": printed[:-1] + "x"}).is_valid()
    assert "badge" in KINDS
