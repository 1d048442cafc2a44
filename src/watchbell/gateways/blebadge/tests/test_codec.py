"""Gateways' reports and badges' advertisements: real ones, several makers', and anything at all."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell.gateways.blebadge.advertising import (
    Advertisement,
    read_advertisement,
    read_bthome,
    read_eddystone,
    read_ibeacon,
    read_minew,
)
from watchbell.gateways.blebadge.buttons import Layout, read_button
from watchbell.gateways.blebadge.codec import Report, read_mac, read_moment, read_report, read_rssi
from watchbell.gateways.blebadge.peer import advertise, write_report
from watchbell.wire.base import Malformed


@pytest.fixture(scope="module")
def samples(vectors):
    return json.loads((vectors / "ble" / "minew_gateway.json").read_text())["samples"]


def test_the_reports_quoted_in_public_code_are_read(samples):
    reports = [read_report(json.dumps(sample).encode()) for sample in samples]
    assert [report.gateway for report in reports] == ["AC233FC001EA", "AC233FC00001", "AC233FC00002"]
    assert [report.problems for report in reports] == [(), (), ()]
    assert [len(report.hearings) for report in reports] == [3, 1, 1]
    button, climate, empty = reports[0].hearings
    assert (button.mac, button.rssi, button.battery, button.at) == ("AC233FA03208", -79, 100, 1564638865.0)
    assert read_minew(button.said).kind == "button" and read_minew(button.said).mac == "AC233FA03208"
    assert (climate.name, climate.battery, climate.rssi) == ("S1", 100, -54)
    assert empty.said == Advertisement()
    assert reports[1].at == 1758600000.0 and reports[2].at == 1584691271.0
    for report in reports[1:]:
        frame = read_minew(report.hearings[0].said)
        assert (frame.kind, frame.battery, frame.temperature, frame.humidity) == ("climate", 100, 28.54, 47.32)


def test_strings_for_numbers_and_bad_rows_cost_only_themselves(samples):
    bad = [{"mac": "nonsense", "rssi": -50}, 7, None, {"rssi": -60}, {"mac": "AABBCCDDEE03", "rawData": "0xZZ"}]
    good = [{"mac": "AABBCCDDEE01", "rssi": "-61"}, {"mac": "aa:bb:cc:dd:ee:02", "rssi": "x", "rawData": "020106"}]
    rows = [*samples[0], *bad, *good]
    report = read_report(json.dumps(rows).encode())
    assert len(report.hearings) == 5 and len(report.problems) == 5
    assert [(one.mac, one.rssi) for one in report.hearings[3:]] == [("AABBCCDDEE01", -61), ("AABBCCDDEE02", -127)]
    assert "Row 5: it has no device address." in report.problems


@pytest.mark.parametrize("style", ["minew", "april", "openmqtt"])
def test_every_style_tells_the_same(style):
    raw = write_report(style, "AC233FC00007", [("F00DF00DF00D", advertise(515, 73, is_latched=True), -66)], 1.8e9)
    report = read_report(raw)
    (heard,) = report.hearings
    button = read_button(heard.said)
    assert (report.gateway, heard.mac, heard.rssi) == ("AC233FC00007", "F00DF00DF00D", -66)
    assert (button.counter, button.bits, button.is_latched, button.battery) == (515, 32, True, 73)


def test_a_report_in_messagepack_is_read():
    packed = bytes(1) + bytes.fromhex("F00DF00DF00D") + bytes((190,)) + advertise(3, 50, is_latched=False)
    report = read_report(msgspec.msgpack.encode({"v": "1.5", "mac": "AC233FC00007", "time": 5, "devices": [packed]}))
    assert (report.gateway, report.hearings[0].mac, report.hearings[0].rssi) == ("AC233FC00007", "F00DF00DF00D", -66)


def test_a_list_inside_an_object_and_rows_of_columns():
    body = {"gmac": "AC233FC00009", "obj": [{"dmac": "C30000000001", "rssi": -70, "data": "020106", "time": 1.8e12}]}
    report = read_report(json.dumps(body).encode())
    assert (report.gateway, report.hearings[0].mac, report.hearings[0].at) == ("AC233FC00009", "C30000000001", 1.8e9)
    columns = {
        "mac": "AC233FC00009",
        "devices": [["0", "C30000000001", -71, "020106"], ["C30000000002", -72, "020106"]],
    }
    assert [one.rssi for one in read_report(json.dumps(columns).encode()).hearings] == [-71, -72]


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[1", b"null", b"7", b'"x"', b"{}", b'{"a": 1}', b"\xff\xfe", b"[" * 3000, b"x" * (1 << 21)]
)
def test_what_is_no_report_is_malformed(raw):
    assert isinstance(read_report(raw), Malformed)


@pytest.mark.parametrize(
    ("value", "unix"),
    [("2019-08-01T05:54:25Z", 1564638865), ("2019-08-01 05:54:25", 1564638865), (1758600000000, 1758600000),
     ("1758600000000", 1758600000), (1758600000, 1758600000), (1758600000000000, 1758600000), ("yesterday", None),
     (-1, None), (True, None), (None, None), (float("inf"), None), (10**400, None), ("", None)],
)  # fmt: skip
def test_moments(value, unix):
    assert read_moment(value) == unix


@pytest.mark.parametrize(
    ("value", "dbm"),
    [(-60, -60), ("-60", -60), (" -60 dBm", -60), (-60.4, -60), (-200, None), ("", None), (None, None), (True, None),
     (float("nan"), None)],
)  # fmt: skip
def test_signals(value, dbm):
    assert read_rssi(value) == dbm


@pytest.mark.parametrize(
    ("value", "mac"),
    [("AC233FC001EA", "AC233FC001EA"), ("ac:23:3f:c0:01:ea", "AC233FC001EA"), ("AC-23-3F-C0-01-EA", "AC233FC001EA"),
     (bytes(5) + b"\x01", "000000000001"), ("AC233FC001", ""), ("ZZ233FC001EA", ""), (5, ""), (None, "")],
)  # fmt: skip
def test_addresses(value, mac):
    assert read_mac(value) == mac


def test_an_ibeacon():
    found = read_advertisement(bytes.fromhex("0201061aff4c000215" + "e2c56db5dffb48d2b060d0f5a71096e0" + "00010203c5"))
    beacon = read_ibeacon(found)
    assert (beacon.uuid[:8], beacon.major, beacon.minor, beacon.power) == ("e2c56db5", 1, 0x0203, -59)


def test_eddystone_frames():
    uid = read_advertisement(bytes.fromhex("0303aafe1516aafe00ee" + "00112233445566778899" + "aabbccddeeff"))
    assert read_eddystone(uid).namespace == "00112233445566778899" and read_eddystone(uid).power == -18
    tlm = read_advertisement(bytes.fromhex("1116aafe20000bb81a800000000500000064"))
    found = read_eddystone(tlm)
    assert (found.battery_volts, found.temperature, found.count, found.seconds) == (3.0, 26.5, 5, 10.0)
    url = read_advertisement(bytes.fromhex("0c16aafe10ee03" + b"goo.gl".hex()))
    assert read_eddystone(url).url == "https://goo.gl"
    eid = read_advertisement(bytes.fromhex("0d16aafe30ee0102030405060708"))
    assert read_eddystone(eid).instance == "0102030405060708"


def test_a_cut_off_structure_keeps_what_came_before():
    found = read_advertisement(bytes.fromhex("02010605094162"))
    assert found.flags == 6 and "cut off" in found.problems[0]
    assert read_advertisement(bytes.fromhex("020106000000")).problems == ()
    assert read_advertisement(bytes.fromhex("02010600FF")).problems == ("bytes follow the end of the structures",)


@pytest.mark.parametrize(
    ("body", "counter", "bits", "latched", "step", "held"),
    [("4400" "07" "0164" "3a01", 7, 8, True, 1, False), ("4400" "08" "3a03", 8, 8, True, 3, False),
     ("4400" "09" "3a04", 9, 8, True, 1, True), ("44" "3a00" "3d0500", 5, 16, False, 1, False),
     ("44" "3a01" "3e00010000", 256, 32, True, 1, False), ("44" "0164" "3a01", None, 8, True, 1, False),
     ("44" "000a" "12e204" "133301" "3a01", 10, 8, True, 1, False),  # CO2 and TVOC have two bytes
     ("44" "3a01" "59ea", 234, 8, True, 1, False), ("44" "3a01" "5aeaea", 60138, 16, True, 1, False),
     ("44" "3a01" "5b01000000" "6200000000" "6300000000" "6401", 1, 32, True, 1, False)],
)  # fmt: skip
def test_bthome_buttons(body, counter, bits, latched, step, held):
    said = Advertisement(services={"fcd2": bytes.fromhex(body)})
    found = read_button(said)
    assert (found.counter, found.bits, found.is_latched, found.step, found.is_held) == (
        counter,
        bits,
        latched,
        step,
        held,
    )


def test_an_eddystone_url_keeps_the_characters_of_a_url():
    body = b"\x10\x00\x03school.example\x07/a?b=c&d=%20#e~f\x7f"
    found = read_eddystone(Advertisement(services={"feaa": body}))
    assert found is not None and found.url == "https://school.example.com/a?b=c&d=%20#e~f%7F"


@pytest.mark.parametrize("body", ["", "4500073a01", "20073a01", "44", "4453ff41"])
def test_bthome_that_shows_no_button(body):
    said = Advertisement(services={"fcd2": bytes.fromhex(body)})
    assert read_button(said) is None
    read_bthome(said)


def test_a_layout_written_down_by_the_district():
    layout = Layout(
        name="Acme", where="maker:0639", prefix="ca", counter=(1, 2), latched=(3, 0x01), presses=4, battery=5
    )
    said = read_advertisement(bytes.fromhex("02010609ff3906ca0102010350"))
    found = read_button(said, (layout,))
    assert (found.counter, found.bits, found.is_latched, found.presses, found.battery) == (258, 16, True, 3, 80)
    assert read_button(said, (msgspec.structs.replace(layout, prefix="cb"),)) is None
    assert read_button(said, (msgspec.structs.replace(layout, battery=9),)) is None
    beacon = Layout(name="minor", where="maker:004c", prefix="0215", counter=(20, 2))
    ibeacon = read_advertisement(bytes.fromhex("1aff4c000215" + "00" * 16 + "00010007c5"))
    assert read_button(ibeacon, (beacon,)).counter == 7


@given(st.binary(max_size=120))
def test_any_bytes_are_an_advertisement(raw):
    found = read_advertisement(raw)
    for read in (read_ibeacon, read_eddystone, read_minew, read_bthome, read_button):
        read(found)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_report_or_malformed(raw):
    assert isinstance(read_report(raw), Report | Malformed)


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(["AC233FC001EA"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["mac", "rssi", "rawData", "timestamp", "type", "devices", "obj", "x"]), inner
        )
    ),
)


@given(_values)
def test_any_json_is_a_report_or_malformed(value):
    assert isinstance(read_report(json.dumps(value).encode()), Report | Malformed)


PRESSED = "0201060d16e1ffa1026401" + "0832a03f23ac"


@pytest.mark.parametrize(
    "stranger",
    [b'"bleName":"caf\xe9"', b'"bleName":"a\x01b"', b'"bleName":"12" screen"', b'"bleName":"\\ud83d"',
     b'"bleName":"a}b{c"', b'"bleName":"\xed\xa0\x80"', b'"n":NaN'],
)  # fmt: skip
@pytest.mark.parametrize(
    "form", [b"[%s,%s,%s]", b"%s\n%s\n%s\n", b'{"gmac":"AC233FC00009","obj":[%s,%s,%s]}', b"[%s,%s,%s"]
)
def test_a_stranger_s_name_does_not_silence_the_badges_beside_it(stranger, form):
    gateway = b'{"type":"Gateway","mac":"AC233FC00009"}'
    other = b'{"mac":"AABBCCDDEE01","rssi":-40,%s}' % stranger
    pressed = b'{"mac":"AC233FA03208","rssi":-60,"rawData":"%s"}' % PRESSED.encode()
    report = read_report(form % (gateway, other, pressed))
    assert isinstance(report, Report) and report.gateway == "AC233FC00009"
    badge = next(one for one in report.hearings if one.mac == "AC233FA03208")
    assert read_button(badge.said).is_latched
    msgspec.json.encode([one.name for one in report.hearings])


@pytest.mark.parametrize("raw", [b"[{]", b'{"mac":"AC233FA0', b'[{"mac":1}', b'{"a":{"mac":"x"', b'[{"rssi":-1},'])
def test_what_holds_no_device_is_malformed_still(raw):
    assert isinstance(read_report(raw), Malformed)


@pytest.mark.parametrize("last", ["0d16e1ffa1086408" + "32a03f23ac53", "0d16e1ffa1026400" + "0832a03f23ac"])
def test_a_second_frame_of_the_same_service_does_not_hide_the_button(last):
    said = read_advertisement(bytes.fromhex(PRESSED + last))
    assert said.problems == () and len(said.others) == 1
    assert read_button(said).is_latched
    layout = Layout(name="Acme", where="maker:0639", prefix="ca", latched=(1, 1))
    said = read_advertisement(bytes.fromhex("05ff3906ca01" + "05ff3906cb00"))
    assert read_button(said, (layout,)).is_latched


def test_a_signal_without_its_sign_is_the_same_signal():
    assert [read_rssi(196), read_rssi("181"), read_rssi(300), read_rssi(100)] == [-60, -75, None, None]
