"""Telephones: what is wrong with a location, a file taken whole or not at all, walk-rounds, the audit, pages."""

from datetime import date
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from watchbell.district.equipment import actions, api, pages, queries, rules
from watchbell.district.equipment.facts import TelephoneFacts
from watchbell.district.equipment.models import Equipment, TelephoneAudit
from watchbell.district.sites.facts import PlaceFacts
from watchbell.district.sites.models import Place, Site
from watchbell.district.sites.tests.builders import SITE, build_site, room_of
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.models import Announcement, AuditRow
from watchbell.line import clock
from watchbell.line.errors import Refused
from watchbell.line.ids import same_uuid
from watchbell.line.pidflo import Location, parse_pidf_lo

TODAY = date(2026, 11, 26)
PHONE, LOST = same_uuid("test phone"), same_uuid("test lost phone")
ROOM = same_uuid("a room")
SITES, ROOMS = {"tst": SITE}, {(SITE, "101"): ROOM}


def _phone(**more):
    words = {"id": PHONE, "name": "Telephone", "extension": "4312", "site": SITE, "site_name": "Lincoln",
             "place": ROOM, "place_name": "Room 101", "civic": {"ROOM": "101"}, "confirmed_on": TODAY}  # fmt: skip
    return TelephoneFacts(**(words | more))


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({}, ""),
        ({"place": None}, "no_room"),
        ({"place": None, "is_place_closed": True}, "room_gone"),
        ({"has_address": False}, "no_address"),
        ({"confirmed_on": None}, "never_confirmed"),
        ({"confirmed_on": date(2025, 11, 25)}, "stale"),
        ({"confirmed_on": date(2025, 11, 26)}, ""),
    ],
)
def test_the_gravest_problem_of_a_location(more, problem):
    assert rules.judge_telephone(_phone(**more), TODAY) == problem


def test_a_room_is_written_as_a_civic_address():
    place = PlaceFacts(ROOM, "Art room", "Main", "2", "204", "Door 3", None, None, "room", None)
    assert rules.civic_of({"HNO": "1200", "RD": "Main", "A3": ""}, "Lincoln High", place) == {
        "country": "US", "NAM": "Lincoln High", "PLC": "school", "HNO": "1200", "RD": "Main", "BLD": "Main", "FLR": "2",
        "ROOM": "204", "LOC": "Art room, nearest exterior door Door 3",
    }  # fmt: skip
    assert rules.civic_of({"HNO": "1200"}, "Lincoln High", None) == {}


def test_a_file_is_read():
    line = b"4312,TST,101,+1 (573) 555-4312,00:1b:44:11:3a:b7,2026-08-24"
    raw = b"Extension,Site,Room,ELIN,MAC,Confirmed on\n" + line + b"\n*71,tst,,,,\n"
    lines, faults = rules.read_telephones(raw, SITES, ROOMS)
    assert faults == [] and [(one.extension, one.place) for one in lines] == [("4312", ROOM), ("*71", None)]
    assert lines[0].settings == {"elin": "+15735554312", "mac": "00:1b:44:11:3a:b7", "confirmed_on": "2026-08-24"}


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (",tst,,,", "no extension"), ("43a,tst,,,", "is no extension"), ("1,elsewhere,,,", "no site 'elsewhere'"),
        ("1,tst,999,,", "no room '999' at tst"), ("1,tst,101,12x,", "is no ELIN"), ("1,tst,101,,soon", "is no date"),
        ("4312,tst,,,", "stands in line 2 too"),
    ],
)  # fmt: skip
def test_each_fault_is_named_with_its_line(row, words):
    raw = f"Extension,Site,Room,ELIN,Confirmed on\n4312,tst,101,,\n{row}\n".encode()
    _, faults = rules.read_telephones(raw, SITES, ROOMS)
    assert [(fault.line, words in fault.because) for fault in faults] == [(3, True)], faults


@pytest.mark.parametrize(
    "raw", [b"", b"a,b\n1,2\n", b"Extension,Site\n", b"\xff\xfe\x00", b"Extension,Site\n" + b"\0,\n"]
)
def test_what_is_no_file_of_telephones_is_said_so(raw):
    lines, faults = rules.read_telephones(raw, SITES, ROOMS)
    assert lines == [] and faults


@pytest.fixture
def school(district):
    site = build_site()
    with recorded_batch("test"):
        Site.objects.filter(pk=site).update(address={"HNO": "1", "RD": "Main"})
    phone = {"kind": "phone", "name": "Telephone 4312", "site_id": site, "gateway": "pbx"}
    actions.load_equipment([
        {**phone, "id": PHONE, "device": "4312", "place_id": room_of(site),
         "settings": {"extension": "4312", "elin": "+15735554312", "confirmed_on": clock.now().date().isoformat()}},
        {**phone, "id": LOST, "name": "Telephone 4313", "device": "4313", "settings": {"extension": "4313"}},
    ])  # fmt: skip
    return site


def test_the_audit_finds_what_no_responder_would_find(school, actor):
    audit = actions.audit_telephones(actor)
    assert audit.checked == 2 and [(one["extension"], one["problem"]) for one in audit.problems] == [
        ("4313", "no_room")
    ]
    row = Equipment.objects.get(pk=LOST)
    assert (row.state, row.state_because) == ("trouble", "Without a room.")
    assert AuditRow.objects.filter(action="equipment.audit_telephones").count() == 1
    actions.place_telephone(actor, LOST, place=room_of(school))
    actions.audit_telephones(actor)
    assert Equipment.objects.get(pk=LOST).state == "unknown" and queries.newest_audit().problems == []
    assert TelephoneAudit.objects.count() == 2


def test_a_closed_room_is_no_room(school, actor):
    with recorded_batch("test"):
        Place.objects.filter(pk=room_of(school)).update(is_closed=True)
    problems = {one["extension"]: one["problem"] for one in actions.audit_telephones(actor).problems}
    assert problems == {"4312": "room_gone", "4313": "no_room"}


def test_whoever_says_where_it_is_has_confirmed_it(school, actor):
    actions.place_telephone(actor, LOST, place=room_of(school), elin=" +15735554313 ")
    phone = queries.one_telephone(actor, LOST)
    assert (
        phone.elin == "+15735554313" and phone.confirmed_on == clock.now().date() and phone.confirmed_by == actor.name
    )
    assert phone.civic["ROOM"] and Announcement.objects.exists()
    with pytest.raises(Refused):
        actions.place_telephone(actor, LOST, place=same_uuid("a room elsewhere"))


def test_a_walk_round_confirms_what_has_a_room(school, actor):
    assert actions.confirm_telephones(actor, [PHONE, LOST]) == 1
    assert queries.one_telephone(actor, PHONE).confirmed_by == actor.name
    assert actions.confirm_telephones(actor, []) == 0


def test_a_file_is_taken_whole_or_not_at_all(school, actor):
    code, room = Site.objects.get(pk=school).code, Place.objects.get(pk=room_of(school))
    name = room.number or room.name
    good = f"Extension,Name,Site,Room\n4313,Office,{code},{name}\n5000,New,{code},\n"
    made, changed, faults = actions.import_telephones(actor, f"{good}5001,Bad,nowhere,\n".encode())
    assert (made, changed, [fault.line for fault in faults]) == (0, 0, [4])
    assert Equipment.objects.filter(kind="phone").count() == 2
    assert actions.import_telephones(actor, good.encode()) == (1, 1, [])
    assert queries.one_telephone(actor, LOST).place == room.pk
    assert Equipment.objects.get(device="5000").settings["extension"] == "5000"


@pytest.fixture
def ask(rf, actor, school):
    def run(view, path="/", data=None, **kwargs):
        request = rf.get(path) if data is None else rf.post(path, data)
        request.actor = actor
        request.session, request._messages = {}, _Messages()
        return view(request, **kwargs)

    return run


class _Messages(list):
    def add(self, level, message, extra_tags=""):
        self.append(message)


def test_the_table_shows_problems_first_and_filters(ask):
    body = ask(pages.telephones_page).content.decode()
    assert body.index("4313") < body.index(">4312<") and "Without a room" in body and "+15735554312" in body
    assert b"4312<" not in ask(pages.telephones_page, "/?problem=no_room").content
    assert b"4312" in ask(pages.telephones_page, "/?q=431&format=csv").content
    assert b"4313" not in ask(pages.telephones_page, "/?q=4312").content
    assert b"No telephone found" in ask(pages.telephones_page, "/?q=nothing").content


def test_a_csv_can_be_sent_back_as_it_came(ask, actor):
    raw = ask(pages.telephones_page, "/?format=csv").content
    assert actions.import_telephones(actor, raw) == (0, 2, [])
    assert queries.one_telephone(actor, PHONE).elin == "+15735554312"


def test_a_wrong_file_is_told_line_by_line_on_the_page(ask):
    file = SimpleUploadedFile("t.csv", b"Extension,Site\n1,nowhere\n")
    body = ask(pages.telephones_import, data={"telephones": file}).content.decode()
    assert "Nothing was taken over" in body and 'class="num">2</td>' in body


def test_one_telephone_is_given_its_room_and_shown_as_pidf_lo(ask, school):
    assert b"No room" in ask(pages.telephone_page, telephone_id=LOST).content
    assert ask(pages.telephone_pidf, telephone_id=LOST).status_code == 404
    data = {"place": str(room_of(school)), "elin": "", "callback": "15735550000"}
    assert ask(pages.telephone_change, data=data, telephone_id=LOST).status_code == 302
    found = parse_pidf_lo(ask(pages.telephone_pidf, telephone_id=LOST).content.decode())
    assert isinstance(found, Location) and found.civic["ROOM"]
    wrong = ask(pages.telephone_change, data=data | {"elin": "12x"}, telephone_id=LOST)
    assert b"Digits only" in wrong.content


def test_ticked_ones_are_confirmed_and_the_audit_runs_on_demand(ask):
    assert ask(pages.telephones_confirm, data={"telephone": [str(PHONE), "x"], "back": "q=4"}).status_code == 302
    assert ask(pages.telephones_audit, data={}).status_code == 302
    assert ask(api.read_telephone_audit)["checked"] == 2


def test_the_api_tells_locations_and_problems(ask):
    told = ask(api.list_telephones, problem="any")
    assert [(one["extension"], one["problem"]) for one in told["items"]] == [("4313", "no_room")]
    assert ask(api.read_telephone, telephone_id=PHONE)["civic"]["ROOM"]
    assert ask(api.confirm_telephone, data={}, telephone_id=PHONE) == {"confirmed": 1}
    assert UUID(told["items"][0]["id"]) == LOST
