"""Independent implementations on the other end: smpp34 as a server for us, aiosmpplib as a client of our carrier."""

import asyncio
import socket
from typing import Any

import aiosmpplib
import pytest
import smpp34
from aiosmpplib import state

from watchbell.gateways.sms.names import Names
from watchbell.gateways.sms.peer_smsc import Smsc
from watchbell.gateways.sms.service import Sms
from watchbell.gateways.sms.tests.office import KNOWN, NUMBER, SECRET, Office, batch
from watchbell.line.spool import Memory
from watchbell.wire.tell import Heard, Told


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_our_gateway_serves_an_independent_server(installation: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHBELL_GATEWAY_SMS_PORT", "0")
    port = free_port()
    server = smpp34.Server("127.0.0.1", port, system_id="SMSC")
    await server.start()
    said: list[bytes] = []
    bound: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    async def serve() -> None:
        while True:
            event = await server.next()
            if isinstance(event, smpp34.Esme) and not bound.done():
                bound.set_result(event)
            elif isinstance(event, smpp34.SubmitSmEvent):
                said.append(event.short_message)
                event.accept(f"their-{event.short_message[-1:].decode()}")

    serving = asyncio.create_task(serve())
    entry = {
        **KNOWN,
        "endpoint": "smpp",
        "name": "Theirs",
        "style": "smpp",
        "host": "127.0.0.1",
        "port": port,
        "test": False,
    }
    await installation.put_config("sms", [entry], {"smpp": SECRET})
    office = Office(installation)
    office.gateway = await installation.run(Sms())
    told = await office.give(batch([NUMBER, "+15735550200"], endpoint="smpp"))
    assert told.carrier == "ok" and sorted(said) == [b"Hello no. 0", b"Hello no. 1"]
    esme = await asyncio.wait_for(bound, 5)
    receipt = b"id:their-1 sub:001 dlvrd:001 submit date:2611270230 done date:2611270231 stat:DELIVRD err:000 text:"
    answer = await esme.deliver_sm("15735550199", receipt, source_addr="15735550200", source_addr_ton=1, esm_class=4)
    assert answer.is_success
    answer = await esme.deliver_sm("15735550199", b"Stop", source_addr="15735550100", source_addr_ton=1)
    assert answer.is_success
    await office.until(lambda: office.words() and office.results("delivered"))
    assert office.results("delivered")[0].id == f"{1:032x}"
    heard: Heard = office.words()[0]
    assert (heard.kind, heard.sender, heard.delivery) == ("opt_out", NUMBER, f"{0:032x}")
    assert isinstance(office.told()[0], Told)
    serving.cancel()
    await installation.halt()
    await server.stop()


class Hook(aiosmpplib.AbstractHook):
    """Keeps what the independent client hears."""

    def __init__(self) -> None:
        self.received_messages: list[Any] = []

    async def sending(self, smpp_message: Any, pdu: bytes, client_id: str) -> None:
        """Nothing is done with it."""

    async def received(self, smpp_message: Any, pdu: bytes, client_id: str) -> None:
        self.received_messages.append(smpp_message)

    async def send_error(self, smpp_message: Any, error: Exception, client_id: str) -> None:
        raise error


async def test_an_independent_client_speaks_with_our_carrier() -> None:
    smsc = Smsc(0, lambda heard: None, system_id="other", password="secret")
    await smsc.start()
    hook = Hook()
    esme = aiosmpplib.ESME(smsc_host="127.0.0.1", smsc_port=smsc.port, system_id="other", password="secret", hook=hook)
    running = asyncio.create_task(esme.start())
    await esme.broker.enqueue(aiosmpplib.SubmitSm(
        short_message="Mañana sí", source=aiosmpplib.PhoneNumber("12345"), log_id="1",
        destination=aiosmpplib.PhoneNumber("15735550100", state.TON.INTERNATIONAL),
        encoding="ucs2",
    ))  # fmt: skip
    async with asyncio.timeout(10):
        while not any(isinstance(one, aiosmpplib.DeliverSm) for one in hook.received_messages):
            await asyncio.sleep(0.02)
    assert list(smsc.sent) == [("+15735550100", "Mañana sí")]
    receipt = next(one for one in hook.received_messages if isinstance(one, aiosmpplib.DeliverSm))
    assert receipt.is_receipt() and receipt.parse_receipt()["stat"] == "DELIVRD"
    writer = esme._writer
    await esme.stop()
    assert writer is not None
    writer.close()  # it leaves that to the collector
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await smsc.stop()


def test_parts_are_counted_once_each(tmp_path: Any) -> None:
    names = Names(Memory(tmp_path / "names", 100.0, 0.0))
    names.keep("a", "d1", ["1", "2"], 1.0)
    names.keep("b", "d2", ["1"], 1.0)
    first, second = names.find("a", "1"), names.find("a", "02")
    assert names.find("c", "1") == "" and names.find("b", "1") != first
    assert names.arrive(first, 2.0) == "" and names.arrive(first, 2.0) == "" and names.arrive(second, 2.0) == "d1"
    assert names.arrive(names.find("b", "1"), 2.0) == "d2"
    names.keep("a", "d3", ["7", "8"], 1.0)
    assert names.fail(names.find("a", "7"), 2.0) == "d3" and names.fail(names.find("a", "8"), 2.0) == ""
