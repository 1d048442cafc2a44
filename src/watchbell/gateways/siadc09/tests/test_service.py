"""The receiver over real sockets, with a real NATS server."""

import asyncio
import statistics
import threading
import uuid

import pytest
from my_dc09_spt.dc09_spt import dc09_spt

from watchbell.gateways.siadc09.codec import read_body, read_frame, write_frame
from watchbell.gateways.siadc09.codes import read_events
from watchbell.gateways.siadc09.peer import Panel
from watchbell.gateways.siadc09.service import Service, _identity
from watchbell.line import clock
from watchbell.wire.press import PanicPressed, PressRefused
from watchbell.wire.status import DeviceStatus

KEY = b"0123456789ABCDEF"
DISTRICT, SITE, PLACE, BUTTON, PANEL = (str(uuid.UUID(int=number)) for number in range(1, 6))
ENTRY = {
    "account": "5678", "receiver": "", "line": "", "site": SITE, "district": DISTRICT, "place": None, "endpoint": PANEL,
    "supervision_seconds": 0, "fallback": False, "test_session": None,
    "zones": {
        "12": {"endpoint": BUTTON, "place": PLACE, "place_name": "Room 12", "kind": "lockdown"},
        "013": {"endpoint": BUTTON, "place": PLACE, "place_name": "Office", "kind": "staff_assist"},
    },
}  # fmt: skip


@pytest.fixture
async def panel(installation):
    """Makes panels connected to a running receiver; `panel(...)` takes Panel's options and entry changes."""
    made: list[Panel] = []

    async def make(entries=(ENTRY,), secrets=None, **options) -> Panel:
        if not made:
            await installation.put_config("siadc09", list(entries), secrets or {})
            made_gateway.append(await installation.run(Service()))
        host, port = made_gateway[0].address.rsplit(":", 1)
        made.append(Panel(options.pop("account", "5678"), host, int(port), **options))
        return made[-1]

    made_gateway: list[Service] = []
    make.gateway = lambda: made_gateway[0]
    yield make
    for one in made:
        await one.stop()


@pytest.mark.parametrize("transport", ["tcp", "udp"])
@pytest.mark.parametrize("key", [None, KEY, KEY + KEY])
async def test_a_press_is_raised_and_answered(installation, panel, transport, key):
    one = await panel(secrets={"5678": key.hex()} if key else {}, key=key, transport=transport)
    reply = await one.press("12")
    assert (reply.answer, reply.attempts) == ("ACK", 1)
    (press,) = await installation.wait_for(PanicPressed, "press")
    assert (press.kind, press.mode, press.place, press.known) == ("lockdown", "real", PLACE, True)
    assert (press.device, press.district, press.site) == ("siadc09/5678/12", DISTRICT, SITE)
    assert abs(press.device_at - press.received_at) < 2
    subjects = [subject for subject, _ in installation.heard if ".press." in subject]
    assert subjects == [f"wb.{DISTRICT}.{SITE}.press.siadc09.siadc09_5678_12"]


@pytest.mark.parametrize(
    ("zone", "code", "kind"),
    [("12", "PA", "lockdown"), ("13", "HA", "staff_assist"), ("012", "120", "lockdown"), ("13", "122", "staff_assist"),
     ("12", "MA", "medical"), ("12", "100", "medical"), ("12", "FA", "fire"), ("12", "110", "fire")],
)  # fmt: skip
async def test_codes_become_kinds(installation, panel, zone, code, kind):
    one = await panel()
    assert (await one.press(zone, code)).answer == "ACK"
    (press,) = await installation.wait_for(PanicPressed, "press")
    assert press.kind == kind and press.known


async def test_restores_tests_and_supervision_never_raise(installation, panel):
    one = await panel()
    replies = [await one.restore("12"), await one.restore("12", "120"), await one.test(), await one.report("602", "0")]
    replies += [await one.supervise(), await one.send("XNM", b""), await one.report("BA", "12")]
    assert {reply.answer for reply in replies} == {"ACK"}
    await installation.wait_for(DeviceStatus, "status", 3)
    assert installation.messages(PanicPressed, "press") == []


async def test_a_repeat_is_answered_and_raised_once_and_again_after_ten_minutes(installation, panel):
    one = await panel(stamps=False)
    frame = (await one.press("12")).frame
    for _ in range(3):
        assert (await one._exchange(frame, one.sequence)).ident == "ACK"
    assert len(await installation.wait_for(PanicPressed, "press")) == 1
    clock.shift(601)
    try:
        assert (await one._exchange(frame, one.sequence)).ident == "ACK"
        presses = await installation.wait_for(PanicPressed, "press", 2)
    finally:
        clock.shift(0)
    assert presses[0].id != presses[1].id


async def test_a_panel_without_a_clock_that_counts_from_one_again_is_heard(installation, panel):
    one = await panel(stamps=False)
    frame = (await one.press("12")).frame
    assert (await one.restore("12")).answer == "ACK"
    assert (await one._exchange(frame, 1)).ident == "ACK", "over its second path"
    assert (await one.restore("12")).answer == "ACK"
    clock.shift(120)
    try:
        assert (await one._exchange(frame, 1)).ident == "ACK"
        first, again = await installation.wait_for(PanicPressed, "press", 2)
        assert (await one._exchange(frame, 1)).ident == "ACK", "its own repeat"
    finally:
        clock.shift(0)
    assert first.id != again.id and len(installation.messages(PanicPressed, "press")) == 2


async def test_a_report_that_is_stamped_anew_as_it_is_sent_again_is_one_press(installation, panel):
    one = await panel()

    async def send(seconds: float, sequence: int = 7) -> str:
        one.skew_seconds = seconds
        return (await one._exchange(one._build("SIA-DCS", b"#5678|Nri1/PA12", sequence, b""), sequence)).ident

    assert [await send(seconds) for seconds in (0, 1, 2, 5)] == ["ACK"] * 4
    assert len(await installation.wait_for(PanicPressed, "press")) == 1
    assert await send(6, 8) == "ACK"
    assert len(await installation.wait_for(PanicPressed, "press", 2)) == 2, "another number is another press"
    assert await send(9, 7) == "ACK"
    presses = await installation.wait_for(PanicPressed, "press", 3)
    assert len({press.id for press in presses}) == 3, "the number of before, at another moment"


async def test_a_press_that_was_never_answered_does_not_swallow_one_of_the_same_number_later(installation, panel):
    one = await panel(stamps=False)
    frame = one._build("SIA-DCS", b"#5678|Nri1/PA12", 1, b"")
    gateway = panel.gateway()
    found = read_frame(frame)
    (event,) = read_events(found, read_body(found))
    gateway.seen.keep(
        _identity(gateway.book.find(found), found, read_body(found), event), clock.unix(), b"an-older-press++"
    )
    clock.shift(3600)
    try:
        assert (await one._exchange(frame, 1)).ident == "ACK"
        (press,) = await installation.wait_for(PanicPressed, "press")
    finally:
        clock.shift(0)
    assert press.id != "an-older-press"


async def test_a_panel_of_the_first_edition_is_heard_and_answered_in_its_form(installation, panel):
    one = await panel(stamps=False)
    for number in range(1, 300, 7):
        frame = write_frame("SIA-DCS", number, "5678", b"#5678|Nri1/PA12", is_binary=True)
        answer = await one._exchange(frame, number)
        assert (answer.ident, answer.is_binary) == ("ACK", True)
    assert len(await installation.wait_for(PanicPressed, "press", 43)) == 43


async def test_the_same_frame_on_two_connections_at_once_is_one_press(installation, panel):
    one = await panel()
    panels = [one] + [await panel() for _ in range(7)]
    frame = one._build("SIA-DCS", b"#5678|Nri1/PA12", 77, b"")
    answers = await asyncio.gather(*(each._exchange(frame, 77) for each in panels))
    assert {answer.ident for answer in answers} == {"ACK"}
    assert len(await installation.wait_for(PanicPressed, "press")) == 1


async def test_unknown_zones_and_accounts_still_raise(installation, panel):
    stand_in = {**ENTRY, "account": "0001", "fallback": True, "zones": {}}
    one = await panel(entries=[ENTRY, stand_in])
    stranger = await panel(account="99AA")
    assert (await one.press("77")).answer == (await stranger.press("5")).answer == "ACK"
    unlisted, unknown = await installation.wait_for(PanicPressed, "press", 2)
    assert (unlisted.known, unlisted.place, unlisted.kind) == (False, None, "lockdown")
    assert (unknown.known, unknown.device) == (False, "siadc09/99AA/5")
    assert "99AA" in unknown.note and "77" in unlisted.note


async def test_a_report_that_names_no_account_raises_by_the_one_that_stands_in(installation, panel):
    stand_in = {**ENTRY, "account": "0001", "fallback": True, "zones": {}}
    one = await panel(entries=[ENTRY, stand_in])
    frame = write_frame("SIA-DCS", 9, "", b"|NPA5")
    assert (await one._exchange(frame, 9)).ident == "ACK"
    (press,) = await installation.wait_for(PanicPressed, "press")
    assert (press.known, press.device, press.kind) == (False, "siadc09/none/5", "lockdown")
    assert "names no account" in press.note


async def test_an_account_without_a_stand_in_is_refused_where_people_see_it(installation, panel):
    await panel()
    stranger = await panel(account="99AA")
    assert (await stranger.press("5")).answer == "DUH"
    (refused,) = await installation.wait_for(PressRefused, "status")
    assert "99AA" in refused.because and refused.district == DISTRICT and "PA5" in refused.raw
    assert installation.messages(PanicPressed, "press") == []


async def test_wrong_keys_plain_text_and_garbling_raise_nothing_and_are_kept(installation, panel):
    one = await panel(secrets={"5678": KEY.decode()}, key=KEY, attempts=1, wait_seconds=0.3)
    one.has_wrong_key = True
    assert (await one.press("12")).answer == "DUH"
    one.has_wrong_key, one.garbles = False, True
    assert (await one.press("12")).answer == ""
    one.garbles, one.key = False, None
    assert (await one.press("12")).answer == "DUH"
    refusals = await installation.wait_for(PressRefused, "status", 3)
    assert ["wrong key" in refusals[0].because, "CRC" in refusals[1].because, "plain" in refusals[2].because] == [
        True
    ] * 3
    assert installation.messages(PanicPressed, "press") == []
    one.key = KEY
    assert (await one.press("12")).answer == "ACK"


@pytest.mark.parametrize(("skew", "is_right"), [(15, True), (-35, True), (25, False), (-45, False), (-86400, False)])
async def test_a_clock_that_is_off_is_told_the_time(installation, panel, skew, is_right):
    one = await panel(secrets={"5678": KEY.hex()}, key=KEY)
    one.skew_seconds = skew
    one.never_sets_clock = True
    reply = await one.press("12")
    assert reply.answer == ("ACK" if is_right else "NAK")
    one.never_sets_clock = False
    assert (await one.press("12")).answer == "ACK"
    await installation.wait_for(PanicPressed, "press", 2 if is_right else 1)


async def test_the_answer_is_withheld_while_nats_is_away_and_the_press_arrives_afterwards(installation, panel):
    one = await panel(secrets={"5678": KEY.hex()}, key=KEY, wait_seconds=1.5)
    assert (await one.supervise()).answer == "ACK"
    await installation.stop_nats()
    pressing = asyncio.create_task(one.press("12"))
    await asyncio.sleep(2.0)
    assert not pressing.done()
    assert panel.gateway().state == "degraded" and "down" in panel.gateway().because
    await installation.start_nats()
    reply = await asyncio.wait_for(pressing, 10)
    assert reply.answer == "ACK" and reply.attempts > 1
    stream = await installation.bus.js.stream_info("PRESS")
    assert stream.state.messages == 1
    await asyncio.sleep(0.6)
    assert panel.gateway().state == "ok"


async def test_a_press_spooled_before_the_bus_was_ever_there_is_sent_when_it_comes(installation, panel):
    one = await panel()
    await installation.halt()
    await one.stop()
    await installation.stop_nats()
    service = Service()
    await installation.run(service)
    host, port = service.address.rsplit(":", 1)
    again = Panel("5678", host, int(port), attempts=1, wait_seconds=0.5)
    assert (await again.press("12")).answer == ""
    await again.stop()
    await installation.start_nats()
    async with asyncio.timeout(8):  # the stream, because this test's own ears may come back later than the gateway
        while not installation.bus.is_up or service.spool.pending():
            await asyncio.sleep(0.1)
    assert (await installation.bus.js.stream_info("PRESS")).state.messages == 1


async def test_a_panel_falls_silent_and_comes_back(installation, panel):
    one = await panel(entries=[{**ENTRY, "supervision_seconds": 1}])
    await one.supervise()
    statuses = await installation.wait_for(DeviceStatus, "status", 6, seconds=5)
    panel_states = [status.state for status in statuses if status.device == "siadc09/5678"]
    assert panel_states == ["online", "silent"]
    assert {status.endpoint for status in statuses if status.device == "siadc09/5678"} == {PANEL}
    assert {status.endpoint for status in statuses if status.device == "siadc09/5678/12"} == {BUTTON}
    await one.supervise()
    statuses = await installation.wait_for(DeviceStatus, "status", 9)
    assert statuses[-1].state == "online"


async def test_tamper_and_trouble_show_in_the_status(installation, panel):
    one = await panel()
    await one.report("TA", "12")
    await one.report("301", "0", qualifier="1")
    await one.report("TR", "12")
    await installation.wait_for(DeviceStatus, "status", 9)
    states = [s for s in installation.messages(DeviceStatus, "status") if s.device == "siadc09/5678"]
    assert [(s.state, s.is_tampered) for s in states] == [("online", True), ("trouble", True), ("trouble", False)]


async def test_a_test_session_gives_its_mode(installation, panel):
    until = clock.unix() + 60
    one = await panel(entries=[{**ENTRY, "test_session": "drill", "test_until": until}])
    await one.press("12")
    (press,) = await installation.wait_for(PanicPressed, "press")
    assert press.mode == "drill"


async def test_a_test_session_of_one_button_leaves_the_others_real(installation, panel):
    session = {"test_session": "test", "test_until": clock.unix() + 60}
    zones = {"12": {**ENTRY["zones"]["12"], **session}, "13": {"kind": "medical"}}
    one = await panel(entries=[{**ENTRY, "zones": zones}])
    await one.press("12")
    await one.press("13")
    presses = await installation.wait_for(PanicPressed, "press", 2)
    assert {press.device: press.mode for press in presses} == {"siadc09/5678/12": "test", "siadc09/5678/13": "real"}


async def test_a_test_session_is_over_at_its_end_although_nobody_says_so(installation, panel):
    one = await panel(entries=[{**ENTRY, "test_session": "test", "test_until": clock.unix() - 1}])
    await one.press("12")
    (press,) = await installation.wait_for(PanicPressed, "press")
    assert press.mode == "real"


async def test_split_joined_and_dirty_streams(installation, panel):
    one = await panel()
    frames = [write_frame("SIA-DCS", n, "5678", b"#5678|NPA12", sent_at=clock.unix()) for n in (1, 2, 3)]
    stream = b"junk" + frames[0] + frames[1] + b"\n0042\x00\xff" + frames[2] + b"\n" + b"x" * 9000
    reader, writer = await asyncio.open_connection(one.host, one.port)
    for at in range(0, len(stream), 7):
        writer.write(stream[at : at + 7])
        await asyncio.sleep(0)
    found = b""
    async with asyncio.timeout(3):
        while found.count(b"\r") < 3:
            found += await reader.read(4096)
    writer.close()
    assert len(await installation.wait_for(PanicPressed, "press", 3)) == 3
    assert len(await installation.wait_for(PressRefused, "status", 3)) == 3


async def test_the_answer_to_an_enciphered_press_is_enciphered_with_the_time(panel):
    one = await panel(secrets={"5678": KEY.hex()}, key=KEY)
    frame = one._build("SIA-DCS", b"#5678|NPA12", 5, b"")
    answer = await one._exchange(frame, 5)
    assert answer.is_encrypted and answer.ident == "ACK" and answer.account == "5678"
    assert abs(read_body(answer, KEY).sent_at - clock.unix()) < 3
    assert read_frame(answer.raw) == answer


@pytest.mark.parametrize("kind", ["TCP", "UDP"])
async def test_an_independent_dialler_gets_its_press_through(installation, panel, kind):
    one = await panel(secrets={"5678": KEY.hex()})
    dialler = dc09_spt("5678", receiver=1, line=0)
    dialler.set_path("main", "primary", one.host, one.port, key=KEY, type=kind)
    thread = threading.Thread(target=dialler.send_msg, args=("SIA-DCS", {"code": "PA", "zone": "12", "area": "1"}))
    thread.start()
    (press,) = await installation.wait_for(PanicPressed, "press")
    assert press.place == PLACE
    await asyncio.to_thread(thread.join, 10)
    assert not thread.is_alive() and dialler.notSent() == 0


async def test_two_hundred_presses_in_a_row_are_all_answered(installation, panel):
    one = await panel(secrets={"5678": KEY.hex()}, key=KEY)
    replies = [await one.press("12") for _ in range(200)]
    assert {reply.answer for reply in replies} == {"ACK"}
    assert len(await installation.wait_for(PanicPressed, "press", 200)) == 200
    times = sorted(reply.seconds * 1000 for reply in replies)
    print(f"press to answer: p50 {statistics.median(times):.2f} ms, p95 {times[190]:.2f} ms")
