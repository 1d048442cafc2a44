"""Updates of an incident: schema-valid, newer each time, nothing told before is lost, nothing older takes it back."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from watchbell.gateways.eido.codec import build_eido, parse_eido
from watchbell.gateways.eido.developing import read_development, read_numbers
from watchbell.gateways.eido.peer import load_schema
from watchbell.gateways.eido.tests.bench import make_order
from watchbell.gateways.eido.tests.test_codec import JSON, SENDER, errors, references
from watchbell.gateways.eido.tests.test_service import District, acknowledged, district
from watchbell.wire.base import Malformed
from watchbell.wire.order import Acknowledged

__all__ = ["district"]
ROOMS = [
    {"place": "r1", "name": "Room 204", "building": "Main", "floor": "2", "room": "204", "nearest_door": "7",
     "state": "injured", "people": 3, "note": "Tourniquet on, door barred"},
    {"place": "r2", "name": "Gym", "state": "help", "people": 0, "note": ""},
]  # fmt: skip
UPDATE = {
    "number": 1, "rooms": ROOMS, "notes": [{"by": "P. Ames", "text": "Students are in the north wing"}],
    "presses": [{"place_name": "Room 204", "by_name": "R. Vance"}, {"place_name": "Gym"}],
    "responders": [{"name": "Officer Diaz", "what": "is on the way"}], "words": ["It is a fire as well."],
}  # fmt: skip


@pytest.fixture(scope="session")
def schema(vectors: Path) -> Draft202012Validator:
    return load_schema(vectors / "eido" / "schema")


def update(number: int, **more: Any) -> dict[str, Any]:
    return {"update": UPDATE | {"number": number} | more, "link": f"https://watchbell.invalid/d/{number}"}


def test_an_update_is_valid_and_every_reference_has_its_part(schema: Draft202012Validator) -> None:
    whole = make_order()
    order = msgspec.structs.replace(whole, action="update_dispatch", params=whole.params | update(1))
    document = build_eido(order, SENDER, 1.7e9)
    assert errors(schema, document) == []
    ids = {part["$id"] for name, parts in document.items() if name.endswith("Component") and isinstance(parts, list)
           for part in parts}  # fmt: skip
    assert references(document) - ids <= {SENDER.agency_id, f"watchbell@{SENDER.agency_id}"}
    texts = " ".join(note["notesActionComments"] for note in document["notesComponent"])
    for words in ("Room 204: somebody injured, 3 people, exterior door 7", "Tourniquet", "north wing", "2 alarms",
                  "Officer Diaz is on the way", "a fire as well", "/d/1"):  # fmt: skip
        assert words in texts, words
    assert [p["personIncidentRoleRegistryText"] for p in document["personComponent"]] == [
        ["ReportingParty"],
        ["Victim"],
    ]
    assert "<ca:ROOM>204</ca:ROOM>" in document["locationComponent"][1]["locationByValue"]
    assert document["additionalDataComponent"][0]["additionalDataByReferenceUrl"].endswith("/d/1")


@given(JSON)
def test_whatever_an_update_holds_it_is_read(given_update: Any) -> None:
    found = read_development({"update": given_update})
    assert found.number >= 0 and all(isinstance(line, str) for line in found.lines)
    order = make_order(incident={"kind": "fire"}, update=given_update)
    assert not isinstance(parse_eido(msgspec.json.encode(build_eido(order, SENDER, 1.7e9))), Malformed)


@given(st.lists(st.dictionaries(st.sampled_from(["name", "state", "people", "note", "place"]), JSON), max_size=4))
def test_whatever_rooms_hold_the_document_is_readable(rooms: list[Any]) -> None:
    order = make_order(incident={"kind": "fire"}, update={"number": 1, "rooms": rooms})
    assert not isinstance(parse_eido(msgspec.json.encode(build_eido(order, SENDER, 1.7e9))), Malformed)


async def test_updates_are_the_same_incident_newer_and_an_older_one_takes_nothing_back(district: District) -> None:
    first = make_order()
    await district.order(first)
    await acknowledged(district, "dispatch_acknowledged")
    for number in (1, 3):
        assert (await district.order(make_order("update_dispatch", **update(number)))).state == "done"
    late = await district.order(make_order("update_dispatch", **update(2, rooms=[])))
    assert late.state == "done" and "newer update" in late.because
    bodies = district.bodies("County 911")
    assert len(bodies) == 3 and len({body["$id"] for body in bodies}) == 1
    stamps = [body["lastUpdateTimeStamp"] for body in bodies]
    assert stamps == sorted(set(stamps))
    assert "<ca:ROOM>214</ca:ROOM>" in bodies[-1]["locationComponent"][0]["locationByValue"], "told before, told still"
    assert "Room 204" in str(bodies[-1]["notesComponent"]) and district.psap.problems == []
    answers = district.place.messages(Acknowledged, "receipt")
    assert {one.order for one in answers} == {first.id}


async def test_after_the_all_clear_no_update_opens_the_incident_again(district: District) -> None:
    await district.order(make_order())
    await district.order(make_order("clear_dispatch", note="Over."))
    assert (await district.order(make_order("update_dispatch", **update(9)))).state == "done"
    assert len(district.bodies("County 911")) == 2


@pytest.mark.parametrize("mode", ["drill", "test"])
async def test_an_update_of_an_exercise_reaches_the_test_desk_only(district: District, mode: str) -> None:
    refused = await district.order(make_order("update_dispatch", mode=mode, test=True, **update(1)))
    assert refused.state == "failed" and "never reaches" in refused.because
    told = await district.order(make_order("update_dispatch", mode=mode, test=True, endpoint="e2", **update(1)))
    assert told.state == "done" and district.bodies("County 911") == []
    texts = [note["notesActionComments"] for note in district.bodies("Training desk")[0]["notesComponent"]]
    assert all(text.startswith("EXERCISE") for text in texts)


def test_two_troubles_in_one_room_are_two_parts(schema: Draft202012Validator) -> None:
    rooms = [
        {"place": "p", "name": "Gym", "state": "injured"},
        {"place": "p", "name": "Gym", "state": "injured"},
        {},
        {},
    ]
    order = make_order(update={"number": 1, "rooms": rooms})
    document = build_eido(order, SENDER, 1.7e9)
    assert errors(schema, document) == []
    for name in ("locationComponent", "personComponent", "notesComponent"):
        named = [part["$id"] for part in document[name]]
        assert len(named) == len(set(named)), name
    assert references(document["incidentComponent"]["locationReference"]) == {
        part["$id"] for part in document["locationComponent"]
    }


@pytest.mark.parametrize(
    ("given", "found"),
    [("tel:+15735550100", "tel:+15735550100"), ("(573) 555-0100", "tel:5735550100"), ("TEL:+1 573 555.0100",
      "tel:+15735550100"), ("tel:4312;phone-context=+1573555", "tel:4312;phone-context=+1573555"),
     ("SIP:desk@school.example", "sip:desk@school.example"), ("sip:a b", ""), ("ask for Ana", ""), ("", "")],
)  # fmt: skip
def test_numbers_become_addresses_a_centre_can_dial(given: str, found: str) -> None:
    assert read_numbers({"callback": given}) == read_numbers({"callback": [given, 7]}) == ([found] if found else [])
