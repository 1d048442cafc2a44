"""CAP against OASIS's schema, the profile's schema and rules, every sample, and any bytes."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from tests.vectors import vector_folder
from watchbell.gateways.cap.codec import (
    Alert,
    Area,
    Info,
    build_alert,
    circle_around,
    moment_at,
    parse_cap,
    polygon_around,
    say_moment,
)
from watchbell.gateways.cap.feed import build_feed
from watchbell.gateways.cap.profile import judge_profile
from watchbell.gateways.cap.schema import CAP, find_faults, read_moment
from watchbell.gateways.cap.words import KINDS, make_alert, read_subject
from watchbell.wire.base import Malformed

ENTRY = {"sender": "watchbell@schools.example.org", "same": ["029159"], "profile": "ipaws", "sender_name": "Cedar"}
PARAMS = {"site_name": "Lincoln High", "address": {"HNO": "1200", "RD": "Oak", "A3": "Springfield"},
          "site_position": [38.9, -92.3]}  # fmt: skip
CENTRAL = ZoneInfo("America/Chicago")


@pytest.fixture(scope="session")
def folder(vectors: Path) -> Path:
    return vectors / "cap"


@pytest.fixture(scope="session")
def schema(folder: Path) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(folder / "xsd" / "CAP-v1.2.xsd"))


@pytest.fixture(scope="session")
def profile_schema(folder: Path) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(folder / "xsd" / "capv1.2-ipaws-profile-v1.0-pr02.xsd"))


def expected() -> list[Any]:
    found = json.loads((vector_folder() / "cap" / "expectations.json").read_text())["results"]
    return [one for one in found if (vector_folder() / "cap" / "samples" / one["file"]).exists()]


def made(kind: str = "lockdown", mode: str = "real", earlier: list[Alert] | None = None, is_over: bool = False,
         sent: float = 1_772_460_000.0, params: dict[str, Any] | None = None, **entry: Any) -> Alert:  # fmt: skip
    subject = read_subject(kind, mode, PARAMS if params is None else params)
    return make_alert(
        subject, ENTRY | entry, f"watchbell-{kind}-{sent:g}", moment_at(sent, CENTRAL), moment_at(sent + 7200, CENTRAL),
        earlier or [], is_over=is_over,
    )  # fmt: skip


@pytest.mark.parametrize("one", expected(), ids=lambda one: one["file"])
def test_every_sample_is_read_and_judged_as_the_schemas_do(one: dict[str, Any], folder: Path) -> None:
    found = parse_cap((folder / "samples" / one["file"]).read_bytes())
    if not one["well_formed"]:
        assert isinstance(found, Malformed)
        return
    assert not isinstance(found, Malformed) and found.root == one["root"]
    assert len(found.messages) == one["alerts"]
    assert sorted({message.alert.namespace for message in found.messages}) == sorted(one["cap_ns"])
    now = [message for message in found.messages if message.alert.namespace == CAP]
    assert [not message.faults for message in now] == one["valid_cap12"], [m.faults for m in now]
    assert [not message.profile_faults for message in now] == one["valid_ipaws_profile_xsd"]


@pytest.mark.parametrize("one", expected(), ids=lambda one: one["file"])
def test_our_own_judgement_agrees_with_the_real_schema_validator(
    one: dict[str, Any], folder: Path, schema: etree.XMLSchema, profile_schema: etree.XMLSchema
) -> None:
    if not one["well_formed"]:
        return
    root = etree.fromstring((folder / "samples" / one["file"]).read_bytes())
    for element in root.iter(f"{{{CAP}}}alert"):
        alone = etree.fromstring(etree.tostring(element, with_tail=False))
        assert bool(find_faults(alone)) != schema.validate(alone)
        assert bool(find_faults(alone, is_profile=True)) != profile_schema.validate(alone)


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("language", ["en", "en-US", "", "  ", " en ", "en_US", "englishxx", "x-y"]),
        ("expires", ["2026-03-02T14:00:05+14:00", "2026-03-02T14:00:05+14:01", "2026-03-02T14:00:05-13:59",
                     "2026-12-31T23:59:60-00:00", " 2026-03-02T24:00:00+00:00 ", "0000-01-01T00:00:00+00:00"]),
        ("web", ["http://a.example/b?c=d#e", "a b", "/x", "#a#b", "%zz", "%41", ":::", "http://[::1", "http://[::1]/",
                 "http://a.example:port/", "mailto:a@b.example", "urn:x:y", "1:b", "./1:b", "a[b]", "http://é.example/ü",
                 "http://a@b@c/", "", " http://a.example/ ", "a_b:c"]),
    ],
)  # fmt: skip
def test_texts_at_the_edge_are_judged_as_the_real_schemas_judge_them(
    name: str, texts: list[str], schema: etree.XMLSchema, profile_schema: etree.XMLSchema
) -> None:
    import msgspec

    first = made()
    whole = msgspec.structs.replace(first, infos=[msgspec.structs.replace(first.infos[0], web="x")])
    for text in texts:
        root = etree.fromstring(build_alert(whole))
        next(root.iter(f"{{{CAP}}}{name}")).text = text
        root = etree.fromstring(etree.tostring(root))
        assert bool(find_faults(root)) != schema.validate(root), text
        assert bool(find_faults(root, is_profile=True)) != profile_schema.validate(root), text


@pytest.mark.parametrize("name", ["alert", "info", "event", "value"])
def test_an_element_that_says_it_is_nil_is_judged_as_the_real_schemas_judge_it(
    name: str, schema: etree.XMLSchema, profile_schema: etree.XMLSchema
) -> None:
    for value in ("true", "false", "x"):
        root = etree.fromstring(build_alert(made()))
        next(root.iter(f"{{{CAP}}}{name}")).set("{http://www.w3.org/2001/XMLSchema-instance}nil", value)
        assert find_faults(root) and not schema.validate(root), value
        assert find_faults(root, is_profile=True) and not profile_schema.validate(root), value


def test_signatures_and_what_is_enciphered_stand_where_the_schemas_let_them() -> None:
    """By the schemas' text: xmldsig at the end of both, then one element of xmlenc in the profile's alone."""
    signed, sealed = "{http://www.w3.org/2000/09/xmldsig#}Signature", "{http://www.w3.org/2001/04/xmlenc#}EncryptedData"
    for ends, is_valid, is_profile_valid in (
        ((signed,), True, True), ((signed, signed), True, True), ((sealed,), False, True),
        ((signed, sealed), False, True), ((sealed, sealed), False, False), ((sealed, signed), False, False),
    ):  # fmt: skip
        root = etree.fromstring(build_alert(made()))
        for name in ends:
            etree.SubElement(root, name)
        assert (not find_faults(root), not find_faults(root, is_profile=True)) == (is_valid, is_profile_valid), ends


@pytest.mark.parametrize("kind", [*KINDS, "staff_assist", "anything"])
@pytest.mark.parametrize("mode", ["real", "drill", "test"])
def test_what_is_built_is_valid_by_both_schemas_and_the_profile_s_rules(
    kind: str, mode: str, schema: etree.XMLSchema, profile_schema: etree.XMLSchema
) -> None:
    first = made(kind, mode)
    update = made(kind, mode, [first], sent=1_772_460_060.0)
    cancel = made(kind, mode, [first, update], is_over=True, sent=1_772_460_120.0)
    for alert, message in ((first, "Alert"), (update, "Update"), (cancel, "Cancel")):
        raw = build_alert(alert)
        assert schema.validate(etree.fromstring(raw)), schema.error_log
        assert profile_schema.validate(etree.fromstring(raw)), profile_schema.error_log
        assert judge_profile(alert) == [] and alert.message_type == message
        assert alert.status == {"real": "Actual", "drill": "Exercise", "test": "Test"}[mode]
        assert [info.language for info in alert.infos] == ["en-US", "es-US"]
        assert parse_cap(raw).messages[0].alert == alert  # type: ignore[union-attr]
    assert cancel.references == [(a.sender, a.identifier, a.sent) for a in (first, update)]
    assert "SIMULACRO" in first.infos[1].headline if mode != "real" else "SIMULACRO" not in str(first)


def test_what_is_built_is_valid_by_the_schema_as_others_keep_it(folder: Path) -> None:
    other = etree.XMLSchema(etree.parse(folder / "xsd" / "cap12.xsd"))
    for kind in KINDS:
        for raw in (build_alert(made(kind)), build_alert(made(kind, "drill", [made(kind)], is_over=True))):
            assert other.validate(etree.fromstring(raw)), other.error_log


def test_a_sender_written_like_a_name_keeps_references_whole() -> None:
    # CAP 1.2 §3.2.1: no spaces, commas, "<" or "&" in sender and identifier, for references are split at them.
    first = made(sender="Cedar Valley, Schools & more <x@y>", same=["٠٢٩١٥٩", "029159"])
    assert not set(first.sender) & set(" ,<&>") and first.sender.startswith("Cedar-Valley")
    assert first.infos[0].areas[0].geocodes == [("SAME", "029159")]
    update = parse_cap(build_alert(made(earlier=[first], sender="Cedar Valley, Schools & more <x@y>")))
    assert not isinstance(update, Malformed)
    assert update.messages[0].alert.references == [(first.sender, first.identifier, first.sent)]
    assert made(sender=" , ").sender == "watchbell"


def test_the_short_texts_keep_their_length_and_no_phone_is_told_to_ring() -> None:
    texts = dict(made(params=PARAMS | {"site_name": "A very long name of a school " * 9}).infos[0].parameters)
    assert len(texts["CMAMtext"]) <= 90 and len(texts["CMAMlongtext"]) <= 360 and "WEAHandling" not in texts
    assert "no" in made().note or made().note


def test_moments_have_no_z_no_fraction_and_always_an_offset() -> None:
    assert say_moment(datetime(2026, 3, 2, 14, 0, 5, 999, tzinfo=UTC)) == "2026-03-02T14:00:05-00:00"
    assert say_moment(datetime(2026, 7, 2, 14, 0, tzinfo=CENTRAL)) == "2026-07-02T14:00:00-05:00"
    for wrong in ("2026-03-02T14:00:05Z", "2026-03-02T14:00:05.1-05:00", "2026-02-30T00:00:00-05:00", "", "x" * 25):
        assert read_moment(wrong) is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"codes": []}, "IPAWSv1.0"),
        ({"sent": "2026-03-02T14:00:05-00:00"}, "offset"),
        ({"message_type": "Update", "references": []}, "references"),
        ({"infos": [Info(event_codes=[("SAME", "LAE")]), Info(event_codes=[("SAME", "EVI")])]}, "same eventCode"),
        ({"infos": [Info()]}, "expires is required"),
        ({"infos": [Info(event_codes=[("SAME", "LAEX")])]}, "three letters"),
        ({"infos": [Info(effective="2026-03-02T14:00:05-06:00")]}, "ignored"),
        ({"infos": [Info(areas=[Area(description="x", geocodes=[("SAME", "29159")])])]}, "six digits"),
        ({"infos": [Info()]}, "description and instruction"),
        ({"infos": [Info()]}, "At least one area"),
    ],
)
def test_each_rule_of_the_profile_is_kept(change: dict[str, Any], words: str) -> None:
    import msgspec

    found = judge_profile(msgspec.structs.replace(made(), **change))
    assert any(words in remark.text for remark in found)


def test_fema_s_own_test_alert_keeps_the_rules(folder: Path) -> None:
    told = json.loads((folder / "ipaws_fema_test_alert.json").read_text())["alert"]
    info = told["info"]
    pairs = [(one["valueName"], one["value"]) for one in info["parameter"]]
    area = Area(description=info["area"]["areaDesc"], polygons=[info["area"]["polygon"]],
                geocodes=[("SAME", info["area"]["geocode"]["value"])])  # fmt: skip
    alert = Alert(
        identifier=told["identifier"], sender=told["sender"], sent=told["sent"], status=told["status"],
        message_type=told["msgType"], source=told["source"], scope=told["scope"], codes=told["code"],
        infos=[Info(categories=[info["category"]], event=info["event"], responses=[info["responseType"]],
                    urgency=info["urgency"], severity=info["severity"], certainty=info["certainty"],
                    event_codes=[("SAME", "CAE")], effective=info["effective"], expires=info["expires"],
                    sender_name=info["senderName"], headline=info["headline"], parameters=pairs, areas=[area])],
    )  # fmt: skip
    found = parse_cap(build_alert(alert))
    assert not isinstance(found, Malformed) and found.messages[0].faults == found.messages[0].profile_faults == []
    assert [one.level for one in judge_profile(alert)] == ["REC", "REC"]


def test_a_document_type_is_refused_and_nothing_elsewhere_is_read() -> None:
    raw = b'<!DOCTYPE alert [<!ENTITY x SYSTEM "file:///etc/passwd">]><alert xmlns="' + CAP.encode() + b'">&x;</alert>'
    found = parse_cap(raw)
    assert isinstance(found, Malformed) and "passwd" not in found.because


@given(st.floats(-85, 85), st.floats(-180, 180), st.floats(0.1, 50))
def test_a_ring_is_closed_and_on_the_globe(latitude: float, longitude: float, kilometres: float) -> None:
    points = [tuple(map(float, pair.split(","))) for pair in polygon_around(latitude, longitude, kilometres).split()]
    assert points[0] == points[-1] and len(points) == 13
    assert all(abs(y) <= 90 and abs(x) <= 180 for y, x in points)
    assert circle_around(latitude, longitude, kilometres).count(" ") == 1


TEXT = st.text(max_size=30)


@settings(deadline=None, max_examples=60)
@given(name=TEXT, place=st.dictionaries(st.sampled_from(["HNO", "RD", "A3"]), TEXT),
       position=st.none() | st.lists(st.floats() | st.none() | st.text(max_size=2), max_size=3), kind=TEXT)  # fmt: skip
def test_whatever_an_order_holds_the_message_is_valid(name: str, place: Any, position: Any, kind: str) -> None:
    alert = made(kind, params={"site_name": name, "address": place, "site_position": position})
    found = parse_cap(build_alert(alert))
    assert not isinstance(found, Malformed) and found.messages[0].faults == []
    assert not isinstance(parse_cap(build_feed(name, "http://x/cap/e", alert.sent, [alert])), Malformed)


@given(st.binary(max_size=400))
def test_any_bytes_are_answered(raw: bytes) -> None:
    parse_cap(raw)


@settings(deadline=None, max_examples=200)
@given(st.integers(0, 10_000), st.binary(min_size=1, max_size=6))
def test_a_message_with_any_bytes_in_its_middle_is_answered(at: int, piece: bytes) -> None:
    raw = build_alert(made())
    at %= len(raw)
    parse_cap(raw[:at] + piece + raw[at + len(piece) :])
