"""EIDOs against NENA's schema and sample, PIDF-LO, and any bytes."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from watchbell.gateways.eido.codec import (
    KIND_CODES,
    Eido,
    Sender,
    build_eido,
    make_tracking_id,
    parse_eido,
    parse_moment,
    say_moment,
)
from watchbell.gateways.eido.peer import load_schema
from watchbell.gateways.eido.tests.bench import ADDRESS, PLACE, make_order
from watchbell.line.pidflo import Location, build_pidf_lo, parse_pidf_lo
from watchbell.wire.base import Malformed
from watchbell.wire.press import KINDS, MODES

SENDER = Sender(
    agency_id="schools.example.org",
    element_id="watchbell.schools.example.org",
    callback=("tel:+1555",),
    to_agency="county.invalid",
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@pytest.fixture(scope="session")
def schema(vectors: Path) -> Draft202012Validator:
    return load_schema(vectors / "eido" / "schema")


def errors(schema: Draft202012Validator, document: dict[str, Any]) -> list[str]:
    return [f"{list(error.absolute_path)}: {error.message[:200]}" for error in schema.iter_errors(document)]


def references(part: Any) -> set[str]:
    if isinstance(part, list):
        return set().union(*map(references, part), set())
    if not isinstance(part, dict):
        return set()
    own = {part["$ref"]} if isinstance(part.get("$ref"), str) else set()
    return own.union(*map(references, part.values()), set())


def test_the_schema_refuses_what_is_wrong(schema: Draft202012Validator) -> None:
    document = build_eido(make_order(), SENDER, 1.7e9)
    assert errors(schema, document) == []
    assert errors(schema, document | {"eidoVersion": "9"}) and errors(schema, document | {"notesComponent": [{}]})
    assert errors(schema, {})


def test_nenas_sample_is_valid_and_read_whole(schema: Draft202012Validator, vectors: Path) -> None:
    raw = (vectors / "eido" / "sample_call_transfer_eido.json").read_bytes()
    assert errors(schema, json.loads(raw)) == []
    found = parse_eido(raw)
    assert isinstance(found, Eido) and found.id == "urn:emergency:uid:incidentid:a56e556d871:bcf.state.pa.us"
    assert (found.agency, found.agent) == ("state.pa.us", "tjones.atroop@state.pa.us")
    assert say_moment(found.updated_at) == "2021-04-30T18:43:49.439+00:00"
    assert found.location is not None
    assert found.location.civic == {
        "country": "US", "A1": "DE", "A3": "Wilmington", "PRD": "W", "RD": "Cellular", "STS": "Street", "HNO": "42"
    }  # fmt: skip


@pytest.mark.parametrize("kind", [*KINDS, "", "something new"])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("status", ["Active", "Closed"])
def test_every_kind_and_mode_is_valid_and_refers_to_what_it_holds(
    kind: str, mode: str, status: str, schema: Draft202012Validator
) -> None:
    closing = "It is over." if status == "Closed" else ""
    document = build_eido(make_order(kind=kind, mode=mode), SENDER, 1.7e9, status=status, closing=closing)
    assert errors(schema, document) == []
    held = {part["$id"] for name in document if name.endswith("Component") for part in _listed(document[name])}
    assert references(document) <= held
    found = parse_eido(json.dumps(document).encode())
    assert isinstance(found, Eido) and found.is_exercise == (mode != "real") and found.is_ended == bool(closing)


def _listed(part: Any) -> list[dict[str, Any]]:
    return part if isinstance(part, list) else [part]


def test_the_codes_are_in_apcos_lists(vectors: Path) -> None:
    lists = (vectors / "eido" / "schema" / "NIEMComponents" / "apco.yaml").read_text()
    assert set(KIND_CODES) == set(KINDS)
    for code, category, _ in KIND_CODES.values():
        assert f"        - {code}\n" in lists and f"        - {category}\n" in lists


def test_a_real_alarm_says_where_to_go() -> None:
    document = build_eido(make_order(), SENDER, 1.7e9)
    found = parse_eido(json.dumps(document).encode())
    assert isinstance(found, Eido) and found.location is not None
    assert found.location.civic == ADDRESS | {
        "BLD": "Main", "FLR": "2", "ROOM": "214", "NAM": "Lincoln High", "PLC": "school",
        "LOC": "Nearest exterior door: 7",
    }  # fmt: skip
    assert (found.location.latitude, found.location.longitude) == (PLACE["latitude"], PLACE["longitude"])
    assert "exterior door 7" in found.notes[0] and "3 people" in found.notes[0] and found.notes[1] == "Seen at gym"
    assert document["callbackComponent"][0]["callBackInformationUri"] == ["tel:+1555"]
    assert document["incidentComponent"]["incidentTypeCommonRegistryText"] == "ALRPANS"


@pytest.mark.parametrize("mode", ["drill", "test"])
def test_an_exercise_cannot_be_taken_for_real(mode: str) -> None:
    document = build_eido(make_order(mode=mode), SENDER, 1.7e9)
    incident = document["incidentComponent"]
    assert incident["incidentTypeCommonRegistryText"] == "NONEMERG"
    assert incident["incidentTypeInternalText"].startswith("EXERCISE")
    assert all(note["notesActionComments"].startswith("EXERCISE") for note in document["notesComponent"])


def test_an_update_has_the_same_identifiers_and_a_newer_stamp() -> None:
    first, later = (build_eido(make_order(), SENDER, at) for at in (1.7e9, 1.7e9 + 0.001))
    assert first["$id"] == later["$id"] == make_tracking_id("a1b2c3d4e5f60718", SENDER.agency_id)
    assert first["lastUpdateTimeStamp"] < later["lastUpdateTimeStamp"]
    assert [n["$id"] for n in first["notesComponent"]] == [n["$id"] for n in later["notesComponent"]]
    assert make_tracking_id("ä b", "x") == make_tracking_id("ä b", "x") != make_tracking_id("ä c", "x")


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    params=st.fixed_dictionaries(
        {},
        optional={
            "incident": JSON
            | st.fixed_dictionaries({"kind": JSON, "opened_at": JSON, "note": JSON, "site_name": JSON}),
            "address": JSON | st.dictionaries(st.sampled_from(["HNO", "RD", "A3", "PC", "x"]), st.text(max_size=9)),
            "place": JSON | st.fixed_dictionaries(dict.fromkeys(PLACE, JSON)),
            "callers": JSON,
            "by_name": JSON,
        },
    ),
    mode=st.sampled_from(MODES),
)
def test_whatever_the_order_says_the_document_is_valid(
    params: dict[str, Any], mode: str, schema: Draft202012Validator
) -> None:
    document = build_eido(make_order(mode=mode, **(params or {"x": 1})), SENDER, 1.7e9)
    assert errors(schema, document) == []
    found = parse_eido(json.dumps(document).encode())
    assert isinstance(found, Eido) and found.location is not None


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_answered(raw: bytes) -> None:
    assert isinstance(parse_eido(raw), Eido | Malformed)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(list(build_eido(make_order(), SENDER, 1.7e9))), JSON, max_size=5))
def test_a_document_with_wrong_parts_is_answered(wrong: dict[str, Any]) -> None:
    document = build_eido(make_order(), SENDER, 1.7e9) | wrong
    assert isinstance(parse_eido(json.dumps(document).encode()), Eido | Malformed)


@given(st.text(max_size=300))
def test_any_text_is_answered_as_location(text: str) -> None:
    assert isinstance(parse_pidf_lo(text), Location | Malformed)
    built = build_pidf_lo(Location(civic={"ROOM": text, "FLR": "1"}), "pres:x@y", "2026-01-01", "2026-01-01")
    assert isinstance(parse_pidf_lo(built), Location)


def test_entities_and_deep_nesting_are_refused() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'
    assert isinstance(parse_pidf_lo(bomb), Malformed)
    assert isinstance(parse_eido(b"[" * 100_000), Malformed)
    assert isinstance(parse_pidf_lo("<a>" * 100), Malformed)


def test_a_unit_without_a_second_status_has_its_first_one(schema: Draft202012Validator) -> None:
    document = build_eido(make_order(), SENDER, 1.7e9)
    prologue = {name: document[name] for name in ("lastUpdateTimeStamp", "updatedByAgencyReference")}
    unit = prologue | {
        "agentReference": [], "emergencyResourceTypeCommonRegistryText": "Engine", "resourceAttributeRegistryText": [],
    }  # fmt: skip
    document["emergencyResourceComponent"] = [
        unit | {"$id": "e1", "primaryUnitStatusRegistryText": "Available", "secondaryUnitStatusRegistryText": []},
        unit | {"$id": "e2", "primaryUnitStatusRegistryText": "Unavailable", "emergencyResourceName": "Engine 2",
                "secondaryUnitStatusRegistryText": ["EnRoute"]},
    ]  # fmt: skip
    assert errors(schema, document) == []
    found = parse_eido(b"\xef\xbb\xbf" + json.dumps(document).encode())
    assert isinstance(found, Eido)
    assert [(one.name, one.states) for one in found.units] == [("e1", ["Available"]), ("Engine 2", ["EnRoute"])]


def test_words_that_nobody_can_keep_become_readable() -> None:
    document = build_eido(make_order(), SENDER, 1.7e9)
    document["notesComponent"][0]["notesActionComments"] = "a\0b &lt;c&gt; \x07"
    document["agentComponent"][0]["agentJcard"] = '["vcard",[["fn",{},"text","An\\u0000a \\ud83d"]]]'
    document["incidentComponent"]["incidentStatusCommonRegistryText"] = ["Act\0ive"]
    found = parse_eido(json.dumps(document).encode())
    assert isinstance(found, Eido) and found.notes[0] == "a b <c>" and found.states == ["Act ive"]
    name = found.agents[found.agent]
    assert name.startswith("An a") and name.encode()


def test_a_leap_second_is_a_moment() -> None:
    assert parse_moment("2026-12-31T23:59:60Z") == parse_moment("2027-01-01t00:00:00z")


def test_moments_without_sense_are_no_moments() -> None:
    assert parse_moment("yesterday") is None and parse_moment("9999-12-31T23:59:59-14:00") is not None
    assert parse_moment("2021-04-30T14:43:49") == parse_moment("2021-04-30T14:43:49Z")


def test_recorded_locations_are_read_or_refused(vectors: Path) -> None:
    read = {}
    for path in sorted((vectors / "ng911" / "pidf_lo").glob("*.xml")):
        text = path.read_text(errors="replace")
        start, end = text.find("<presence"), text.rfind("</presence>")
        read[path.name[:2]] = parse_pidf_lo(text[start : end + len("</presence>")] if 0 <= start < end else text)
    assert all(isinstance(found, Location | Malformed) for found in read.values())
    found = read["06"]
    assert isinstance(found, Location) and found.civic["A3"] == "Laurel" and found.civic["STS"] == "Ave"
    assert found == read["04"] == read["05"], "the reference that fails is not in the document"
    city = Location(civic={}, latitude=40.71668300756087, longitude=-73.99069756654683)
    assert read["01"] == read["07"] == read["09"] == city
    assert read["02"] == Location(civic={}, latitude=50.6199, longitude=26.2516)
    assert isinstance(read["03"], Malformed) and isinstance(read["08"], Malformed), "no place, and no XML"
