"""Buttons and strobes over real Modbus/TCP, with a real NATS server; Debian's mbpoll as a second master."""

import asyncio
import shutil
import statistics
import uuid

import pytest

from watchbell.gateways.modbus.peer import IoModule
from watchbell.gateways.modbus.service import Service
from watchbell.line import clock, signing
from watchbell.wire.order import Endpoint, Order, Receipt
from watchbell.wire.press import PanicPressed
from watchbell.wire.status import DeviceStatus
from watchbell.wire.subjects import subject

DISTRICT, SITE, PLACE = (str(uuid.UUID(int=number)) for number in range(1, 4))


def entry(port: int, **more) -> dict:
    common = {"place": PLACE, "place_name": "Main office"}
    return {
        "module": "n-io", "endpoint": "module", "name": "I/O module", "host": "127.0.0.1", "port": port, "unit": 1,
        "district": DISTRICT, "site": SITE, "poll_ms": 100, "timeout_seconds": 0.5,
        "inputs": [
            {"endpoint": "office", "input": 0, "kind": "lockdown", **common},
            {"endpoint": "nurse", "input": 3, "kind": "medical", "closed_is_pressed": True, **common},
            {"endpoint": "gym", "input": 1, "style": "supervised", "kind": "lockdown", **common},
        ],
        "outputs": [{"endpoint": "strobe", "name": "Strobe, gym", "coils": [2]},
                    {"endpoint": "two", "coils": [4, 5], "patterns": {"lockdown": [True, False]}}],
        **more,
    }  # fmt: skip


@pytest.fixture
async def module(installation):
    """(played module, running service)."""
    played = IoModule(0, "I/O module")
    await played.start()
    await installation.put_config("modbus", [entry(played.port)], {})
    service = await installation.run(Service())
    await installation.wait_for(DeviceStatus, "status", 6)
    yield played, service
    await played.stop()


async def order(installation, action: str, endpoint: str, attempt: int = 1, **more) -> Receipt:
    now = clock.unix()
    asked = Order(
        id=f"{action}-{endpoint}", attempt=attempt, press="p", district=DISTRICT, site=SITE, step="s", action=action,
        endpoint=Endpoint(id=endpoint, name=endpoint, gateway="modbus", device=f"modbus/n-io/{endpoint}"), mode="real",
        kind="lockdown", made_at=now, expires_at=now + 60, deadline_seconds=5.0, **more,
    )  # fmt: skip
    known = len(installation.messages(Receipt, "receipt"))
    where = subject(DISTRICT, SITE, "order", "modbus", endpoint)
    await installation.bus.keep(where, signing.Signer().signed(asked), f"{asked.id}:{attempt}")
    return (await installation.wait_for(Receipt, "receipt", known + 1))[-1]


async def state_of(installation, endpoint: str, state: str, seconds: float = 6.0) -> DeviceStatus:
    """The newest status of `endpoint`, once its state is `state`."""
    async with asyncio.timeout(seconds):
        while True:
            found = [s for s in installation.messages(DeviceStatus, "status") if s.endpoint == endpoint]
            if found and found[-1].state == state:
                return found[-1]
            await asyncio.sleep(0.01)


async def test_contacts_and_loops_press(installation, module):
    played, _ = module
    played.press(0)
    (press,) = await installation.wait_for(PanicPressed, "press")
    assert (press.kind, press.place, press.place_name, press.device) == (
        "lockdown",
        PLACE,
        "Main office",
        "modbus/n-io/0",
    )
    played.press(1, is_loop=True)
    played.press(3)
    presses = await installation.wait_for(PanicPressed, "press", 3)
    assert sorted(one.device for one in presses) == ["modbus/n-io/0", "modbus/n-io/1", "modbus/n-io/3"]
    await asyncio.sleep(0.5)
    assert len(installation.messages(PanicPressed, "press")) == 3
    played.release(0)
    await asyncio.sleep(0.4)
    played.press(0)
    presses = await installation.wait_for(PanicPressed, "press", 4)
    assert len({one.id for one in presses}) == 4


async def test_a_spike_shorter_than_a_confirmation_is_no_press(installation, module):
    _, service = module
    readings = service.runners["modbus/n-io"].link
    real, count = readings.read_inputs, 0

    async def spiky():
        nonlocal count
        count += 1
        found = await real()
        return {**found, 0: "pressed"} if count == 1 else found

    readings.read_inputs = spiky
    async with asyncio.timeout(3):
        while count < 4:
            await asyncio.sleep(0.02)
    assert installation.messages(PanicPressed, "press") == []


async def test_wires_cut_and_shorted_are_trouble_and_no_press(installation, module):
    played, _ = module
    played.cut_wire(1)
    cut = await state_of(installation, "gym", "trouble")
    assert "cut" in cut.because and cut.is_tampered
    played.short_wire(1)
    async with asyncio.timeout(3):
        while "shorted" not in (await state_of(installation, "gym", "trouble")).because:
            await asyncio.sleep(0.02)
    played.mend_wire(1)
    await state_of(installation, "gym", "online")
    assert installation.messages(PanicPressed, "press") == []


async def test_a_strobe_is_started_read_back_held_and_stopped(installation, module):
    played, _ = module
    receipt = await order(installation, "start_strobe", "strobe")
    assert (receipt.state, played.coils[2]) == ("done", True) and "read back" in receipt.because
    assert (await order(installation, "start_strobe", "two")).state == "done"
    assert played.coils[4:6] == [True, False]
    played.restart()
    async with asyncio.timeout(4):
        while not (played.coils[2] and played.coils[4]):
            await asyncio.sleep(0.02)
    assert (await order(installation, "stop_strobe", "strobe")).state == "done" and not played.coils[2]
    assert (await order(installation, "stop_strobe", "two")).state == "done" and not any(played.coils)


async def test_other_coils_are_never_written(installation, module):
    played, _ = module
    assert (await order(installation, "start_strobe", "office")).state == "failed"
    receipt = await order(installation, "unlock_door", "strobe")
    assert receipt.state == "failed" and "no strobe" in receipt.because
    played.coils[9] = True
    await order(installation, "start_strobe", "two")
    assert played.coils[9] and played.coils[3] is False


async def test_a_module_that_refuses_or_is_away_fails_the_order_and_is_silent(installation, module):
    played, _ = module
    played.fail("refuses", 1.0)
    assert (await order(installation, "start_strobe", "strobe")).state == "failed"
    await asyncio.sleep(1.1)
    await played.stop()
    silent = await state_of(installation, "module", "silent")
    assert "No answer" in silent.because
    assert "does not answer" in (await state_of(installation, "office", "trouble")).because
    assert (await order(installation, "start_strobe", "strobe", 2)).state == "failed"
    await played.start()
    await state_of(installation, "module", "online")
    assert not played.coils[2], "a failed order is not carried out later"
    played.press(0)
    await installation.wait_for(PanicPressed, "press")


async def test_a_press_with_nats_away_arrives_once_when_it_is_back(installation, module):
    played, service = module
    await installation.stop_nats()
    played.press(0)
    async with asyncio.timeout(5):
        while not service.spool.pending():
            await asyncio.sleep(0.02)
    await installation.start_nats()
    async with asyncio.timeout(8):
        while service.spool.pending() or not installation.bus.is_up:
            await asyncio.sleep(0.05)
    assert (await installation.bus.js.stream_info("PRESS")).state.messages == 1


async def test_presses_over_a_restart_are_neither_lost_nor_doubled(installation, module):
    played, _ = module
    played.press(0)
    (first,) = await installation.wait_for(PanicPressed, "press")
    await asyncio.sleep(0.2)
    await installation.halt()
    played.press(3)
    await installation.run(Service())
    presses = await installation.wait_for(PanicPressed, "press", 2)
    assert presses[1].device == "modbus/n-io/3"
    await asyncio.sleep(0.6)
    assert [one.id for one in installation.messages(PanicPressed, "press")].count(first.id) == 1
    assert (await installation.bus.js.stream_info("PRESS")).state.messages == 2


async def test_a_test_session_gives_its_mode(installation, module):
    played, _ = module
    listed = entry(played.port)
    listed["inputs"][0] |= {"test_session": "test", "test_until": clock.unix() + 60}
    await installation.put_config("modbus", [listed], {})
    await asyncio.sleep(0.5)
    played.press(0)
    assert (await installation.wait_for(PanicPressed, "press"))[0].mode == "test"


async def test_mbpoll_reads_what_the_gateway_reads(installation, module):
    played, _ = module
    mbpoll = shutil.which("mbpoll")
    assert mbpoll, "mbpoll is missing: run tools/debian_packages"
    played.contacts[2] = True
    command = [
        mbpoll,
        "-m",
        "tcp",
        "-p",
        str(played.port),
        "-a",
        "1",
        "-0",
        "-r",
        "0",
        "-c",
        "4",
        "-1",
        "-t",
        "1",
        "127.0.0.1",
    ]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    said = (await process.communicate())[0].decode()
    assert [line.split()[-1] for line in said.splitlines() if line.startswith("[")] == ["0", "0", "1", "0"]


async def test_how_long_a_press_takes(installation, module):
    """Prints the time from the closing contact to the press on the bus, polled every 100 ms."""
    played, _ = module
    took = []
    for number in range(1, 9):
        began = clock.monotonic()
        played.press(0 if number % 2 else 3)
        await installation.wait_for(PanicPressed, "press", number)
        took.append((clock.monotonic() - began) * 1000)
        played.release(0 if number % 2 else 3)
        await asyncio.sleep(0.35)
    print(f"\ncontact to press: median {statistics.median(took):.0f} ms, most {max(took):.0f} ms")
    assert max(took) < 1000


async def test_a_button_the_module_does_not_have_is_trouble_and_the_others_press(installation, module):
    played, _ = module
    odd = entry(played.port)
    odd["inputs"].append({"endpoint": "ghost", "input": 40, "kind": "lockdown"})
    await installation.put_config("modbus", [odd], {})
    told = await state_of(installation, "ghost", "trouble")
    assert "does not read this input" in told.because
    await state_of(installation, "module", "online")
    played.press(0)
    (press,) = await installation.wait_for(PanicPressed, "press")
    assert press.device == "modbus/n-io/0"


async def test_a_strobe_the_module_does_not_have_is_trouble_and_the_buttons_press(installation, module):
    played, _ = module
    odd = entry(played.port, outputs=[{"endpoint": "ghost", "name": "Strobe", "coils": [900]}])
    await installation.put_config("modbus", [odd], {})
    told = await state_of(installation, "ghost", "trouble")
    assert "refuses to read its coils" in told.because
    await asyncio.sleep(2.5)
    states = [s.state for s in installation.messages(DeviceStatus, "status") if s.endpoint == "office"]
    assert states and set(states) == {"online"}
    played.press(0)
    (press,) = await installation.wait_for(PanicPressed, "press")
    assert press.device == "modbus/n-io/0"
