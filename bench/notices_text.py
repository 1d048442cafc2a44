"""45,000 text messages over SMPP and over a Twilio-shaped API, and 24,000 calls at a carrier's pace.

The gateway runs in a process of its own on a real bus, every recipient's state in its journal and told; the sinks are
the smallest that answer, in processes of their own. Beside it, in the same run: the sinks' bare limit (prebuilt octets,
no state) and two peers on the same work, aiosmpplib and apprise, with fewer messages as they take long.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "src"))

TEXTS, CALLS = (int(os.environ.get(name, most)) for name, most in (("TEXTS", 45_000), ("CALLS", 24_000)))
CALLS_PER_SECOND, BATCH = 240, 200
PEER_SMPP, PEER_APPRISE = 2_000, 300
DISTRICT, SECRET, SENDER = "0190d1f0-0000-7000-8000-000000000001", "carrier-secret", "+15735550199"
WORDS = "Cedar Valley: school is closed tomorrow, {{day}}, because of ice. Details: {{page}}"
TICK = os.sysconf("SC_CLK_TCK")


def number(at: int) -> str:
    return f"+1573{at:07d}"


class Child:
    """One of this file's parts in a process of its own; says its first line when it is ready."""

    def __init__(self, *words: str, **environment: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, *words], stdout=subprocess.PIPE, env=os.environ | environment, text=True
        )
        self.said = self._line()

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def ended(self) -> str:
        """Its next line, once it has said one."""
        return self._line()

    def cpu(self) -> float:
        """Seconds of CPU it has used."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def memory(self) -> float:
        """Its resident memory in MB."""
        return int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)


# -- sinks -------------------------------------------------------------------------------------------------------


class SmppSink(asyncio.Protocol):
    """Answers binds, submits and looks; nothing else."""

    count = 0

    def connection_made(self, transport: Any) -> None:
        from watchbell.gateways.sms.codec import Framer

        self.transport, self.framer = transport, Framer()

    def data_received(self, data: bytes) -> None:
        from watchbell.gateways.sms.codec import RESPONSE, SUBMIT_SM, build_pdu

        out = []
        for pdu in self.framer.feed(data):
            body = b"sink\0"
            if pdu.command == SUBMIT_SM:
                SmppSink.count += 1
                body = b"%d\0" % SmppSink.count
            if not pdu.command & RESPONSE:
                out.append(build_pdu(pdu.command | RESPONSE, 0, pdu.sequence, body))
        self.transport.write(b"".join(out))


class RestSink(asyncio.Protocol):
    """Answers each request that has a body with 201 and a name."""

    count = 0

    def connection_made(self, transport: Any) -> None:
        self.transport, self.kept = transport, b""

    def data_received(self, data: bytes) -> None:
        raw = self.kept + data
        while (end := raw.find(b"\r\n\r\n")) >= 0:
            at = raw.lower().find(b"content-length:", 0, end)
            length = int(raw[at + 15 : raw.find(b"\r\n", at)]) if at >= 0 else 0
            if len(raw) < end + 4 + length:
                break
            raw = raw[end + 4 + length :]
            RestSink.count += 1
            body = b'{"sid": "SM%032x", "status": "queued", "num_segments": "1", "error_code": null}' % RestSink.count
            head = b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
            self.transport.write(head % len(body) + body)
        self.kept = raw


async def serve(kind: Callable[[], asyncio.Protocol]) -> None:
    server = await asyncio.get_running_loop().create_server(kind, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


async def play_calls() -> None:
    """The played carrier: people answer after 50 ms and press 1, or do as their number says."""
    from watchbell.gateways.voicecall.peer import Carrier

    carrier = Carrier(0, lambda heard: None, token=SECRET, ring_seconds=0.05)
    await carrier.start()
    print(carrier.port, flush=True)
    await asyncio.Event().wait()


# -- senders -----------------------------------------------------------------------------------------------------


async def run_gateway(name: str) -> None:
    from watchbell.gateways.sms.service import Sms
    from watchbell.gateways.voicecall.service import VoiceCall

    gateway = {"sms": Sms, "voicecall": VoiceCall}[name]()
    running = asyncio.create_task(gateway.run(asyncio.Event()))
    while gateway.state == "starting":
        await asyncio.sleep(0.02)
    await asyncio.sleep(1)
    print("ready", flush=True)
    await running


class Blast(asyncio.Protocol):
    """Sends everything at once and counts what comes back by `mark`."""

    def __init__(self, raw: bytes, mark: bytes, count: int) -> None:
        self.raw, self.mark, self.left = raw, mark, count
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        transport.write(self.raw)

    def data_received(self, data: bytes) -> None:
        self.left -= data.count(self.mark)
        if self.left <= 0 and not self.done.done():
            self.done.set_result(None)


async def blast_smpp(port: int) -> None:
    """The bare limit: prebuilt submits, all outstanding at once, no state."""
    from watchbell.gateways.sms.codec import SUBMIT_SM, Message, build_message, build_pdu

    said = WORDS.encode()
    raw = b"".join(
        build_pdu(SUBMIT_SM, 0, at, build_message(
            Message(source_addr="12345", destination_addr=number(at)[1:], short_message=said)
        ))
        for at in range(1, TEXTS + 1)
    )  # fmt: skip
    await _time_blast([raw], b"\x80\x00\x00\x04\x00\x00\x00\x00", port)


async def blast_rest(port: int) -> None:
    """The bare limit: prebuilt requests, pipelined over 8 connections, no state."""
    from watchbell.gateways.sms.rest import build_form

    pieces: list[list[bytes]] = [[] for _ in range(8)]
    for at in range(TEXTS):
        form = build_form(number(at), SENDER, WORDS, f"http://127.0.0.1/sms/status/rest/{at:032x}")
        head = f"POST /2010-04-01/Accounts/AC/Messages.json HTTP/1.1\r\nHost: a\r\nContent-Length: {len(form)}\r\n\r\n"
        pieces[at % 8].append(head.encode() + form)
    await _time_blast([b"".join(one) for one in pieces], b"HTTP/1.1 201", port)


async def _time_blast(raws: list[bytes], mark: bytes, port: int) -> None:
    loop = asyncio.get_running_loop()
    began, cpu = time.perf_counter(), time.process_time()
    protocols = [Blast(raw, mark, TEXTS // len(raws)) for raw in raws]
    for one in protocols:
        await loop.create_connection(lambda one=one: one, "127.0.0.1", port)  # type: ignore[misc]
    await asyncio.gather(*(one.done for one in protocols))
    print(json.dumps([TEXTS, time.perf_counter() - began, time.process_time() - cpu]), flush=True)


async def peer_smpp(port: int) -> None:
    """aiosmpplib on the same work, as its documentation shows it; it keeps its requests in memory."""
    import aiosmpplib

    done = asyncio.Event()
    left = PEER_SMPP

    class Hook(aiosmpplib.AbstractHook):
        async def sending(self, smpp_message: Any, pdu: bytes, client_id: str) -> None:
            """Nothing."""

        async def received(self, smpp_message: Any, pdu: bytes, client_id: str) -> None:
            nonlocal left
            left -= isinstance(smpp_message, aiosmpplib.SubmitSmResp)
            if left <= 0:
                done.set()

        async def send_error(self, smpp_message: Any, error: Exception, client_id: str) -> None:
            raise error

    esme = aiosmpplib.ESME("127.0.0.1", port, "x", "y", hook=Hook(), log_level="ERROR")
    running = asyncio.create_task(esme.start())
    began, cpu = time.perf_counter(), time.process_time()
    for at in range(PEER_SMPP):
        await esme.broker.enqueue(aiosmpplib.SubmitSm(
            short_message=WORDS.format(day="Monday", page="x"), source=aiosmpplib.PhoneNumber("12345"), log_id=str(at),
            destination=aiosmpplib.PhoneNumber(number(at)[1:]),
        ))  # fmt: skip
    await done.wait()
    print(json.dumps([PEER_SMPP, time.perf_counter() - began, time.process_time() - cpu]), flush=True)
    running.cancel()


def peer_apprise(port: int) -> None:
    """apprise on the same work: its Twilio plugin, pointed at the sink, its own pause between requests taken out."""
    import apprise
    from apprise.plugins.twilio import NotifyTwilio

    NotifyTwilio.notify_url = f"http://127.0.0.1:{port}/2010-04-01/Accounts/{{sid}}/Messages.json"
    NotifyTwilio.request_rate_per_sec = 0
    sender = apprise.Apprise()
    targets = "/".join(number(at)[1:] for at in range(PEER_APPRISE))
    assert sender.add(f"twilio://AC{'a' * 32}:{'b' * 32}@{SENDER[1:]}/{targets}")
    began, cpu = time.perf_counter(), time.process_time()
    assert sender.notify(body=WORDS)
    print(json.dumps([PEER_APPRISE, time.perf_counter() - began, time.process_time() - cpu]), flush=True)


# -- the measurement ---------------------------------------------------------------------------------------------


def rates(count: int, wall: float, cpu: float, sink: float = 0.0) -> dict[str, Any]:
    """cpu: the sender's seconds, sink: the sink's; both count for a core-second."""
    return {
        "a second": round(count / wall),
        "a core-second": round(count / (cpu + sink)),
        "us of CPU each": round(cpu / count * 1e6, 1),
        "us of the sink each": round(sink / count * 1e6, 1),
    }


async def send_all(place: Any, gateway: str, count: int, entry: dict[str, Any]) -> tuple[Child, dict[str, Any]]:
    """Gives a gateway `count` messages in batches; what it told and used."""
    from watchbell.line import clock, signing
    from watchbell.line.ids import new_id
    from watchbell.wire.base import encode
    from watchbell.wire.order import Endpoint
    from watchbell.wire.subjects import subject
    from watchbell.wire.tell import Batch, Body, Recipient, Told

    common = {"endpoint": "carrier", "name": "Carrier", "district": DISTRICT, "site": None, "test": False,
              "from": SENDER,
              "account_sid": "ACtest", "system_id": "bench", "lanes": 4}  # fmt: skip
    await place.put_config(gateway, [{**common, **entry}], {"carrier": SECRET})
    child = await asyncio.to_thread(Child, "gateway", gateway)
    carrier = Endpoint(id="carrier", name="Carrier", gateway=gateway, device="carrier", test=False)
    signer, raws = signing.Signer(), []
    for first in range(0, count, BATCH):
        people = [
            Recipient(f"{at:032x}", number(at), "en", fields={"day": "Monday", "page": f"https://a.example/{at:x}"})
            for at in range(first, min(first + BATCH, count))
        ]
        raws.append(encode(signer.signed(Batch(
            id=new_id().hex, attempt=1, district=DISTRICT, site="", mailing="m", endpoint=carrier, recipients=people,
            channel="voice" if gateway == "voicecall" else "text", purpose="routine", mode="real",
            bodies=[Body(language="en", short=WORDS, spoken=WORDS)], made_at=clock.unix(),
            expires_at=clock.unix() + 3600,
        ))))  # fmt: skip
    place.heard.clear()
    began, cpu, memory = time.perf_counter(), child.cpu(), child.memory()
    where = subject(DISTRICT, None, "tell", gateway, "carrier")
    for raw in raws:
        await place.bus.js.publish(where, raw)
    newest: dict[str, str] = {}
    ended, at, halfway = 0, 0, 0.0
    wanted = {"sent"} if gateway == "sms" else {"answered", "machine", "busy", "no_answer", "failed", "unsure"}
    while ended < len(raws) or (counts := Counter(newest.values())).total() < count or not set(counts) <= wanted:
        await asyncio.sleep(0.05)
        told = place.messages(Told, "told") if len(place.heard) > at else []
        place.heard.clear()
        for one in told:
            ended += one.is_last
            newest.update((result.id, result.state) for result in one.results)
        halfway = halfway or (child.memory() if len(newest) > count / 2 else 0.0)
        if time.perf_counter() - began > 900:
            break
    wall = time.perf_counter() - began
    return child, {
        **rates(count, wall, child.cpu() - cpu),
        "states told": dict(Counter(newest.values())),
        "seconds": round(wall, 2),
        "memory MB": [round(memory), round(halfway), round(child.memory())],
        "cpu": round(child.cpu() - cpu, 2),
    }


async def measure_texts(place: Any, style: str) -> dict[str, Any]:
    sink = await asyncio.to_thread(Child, "sink", style)
    port, name = int(sink.said), "aiosmpplib" if style == "smpp" else "apprise"
    found = {}
    for what, part in (("bare limit", "blast"), (name, "peer")):
        before = sink.cpu()
        count, wall, cpu = json.loads((await asyncio.to_thread(Child, part, style, str(port))).said)
        found[what] = rates(count, wall, cpu, sink.cpu() - before)
    before = sink.cpu()
    entry = {"style": style, "host": "127.0.0.1", "port": port, "url": f"http://127.0.0.1:{port}", "window": 200}
    gateway, ours = await send_all(place, "sms", TEXTS, entry)
    ours |= rates(TEXTS, ours["seconds"], ours["cpu"], sink.cpu() - before)
    gateway.stop()
    sink.stop()
    each = {what: one["a core-second"] for what, one in found.items()}
    return {"Watchbell": ours, **found,
            "of the bare limit per core-second": round(ours["a core-second"] / each["bare limit"], 3),
            f"times {name} per core-second": round(ours["a core-second"] / each[name], 1)}  # fmt: skip


async def measure_calls(place: Any) -> dict[str, Any]:
    carrier = await asyncio.to_thread(Child, "carrier")
    entry = {"kind": "call_carrier", "url": f"http://127.0.0.1:{carrier.said}", "per_second": CALLS_PER_SECOND,
             "at_once": 1600, "connections": 32}  # fmt: skip
    gateway, ours = await send_all(place, "voicecall", CALLS, entry)
    gateway.stop()
    carrier.stop()
    return {**ours, "pace asked for": CALLS_PER_SECOND, "at 40 a second it would take s": CALLS / 40}


async def measure(parts: list[str]) -> dict[str, Any]:
    from watchbell.gateways.conftest import Installation

    found: dict[str, Any] = {"texts": TEXTS, "calls": CALLS}
    for part in parts:
        with tempfile.TemporaryDirectory(prefix="wb-bench-") as home:
            os.environ |= {"WATCHBELL_HOME": home, "WATCHBELL_NATS_URL": "", "WATCHBELL_BIND": "127.0.0.1",
                           "WATCHBELL_GATEWAY_SMS_PORT": "0", "WATCHBELL_GATEWAY_VOICECALL_PORT": "0"}  # fmt: skip
            place = Installation(Path(home))
            await place.start_nats()
            await place.connect()
            found[part] = await (measure_calls(place) if part == "calls" else measure_texts(place, part))
            await place.bus.close()
            await place.stop_nats()
    return found


def main() -> None:
    match sys.argv[1:]:
        case ["sink", "smpp"]:
            asyncio.run(serve(SmppSink))
        case ["sink", "rest"]:
            asyncio.run(serve(RestSink))
        case ["carrier"]:
            asyncio.run(play_calls())
        case ["gateway", name]:
            asyncio.run(run_gateway(name))
        case ["blast", style, port]:
            asyncio.run((blast_smpp if style == "smpp" else blast_rest)(int(port)))
        case ["peer", "smpp", port]:
            asyncio.run(peer_smpp(int(port)))
        case ["peer", "rest", port]:
            peer_apprise(int(port))
        case parts:
            print(json.dumps(asyncio.run(measure(parts or ["smpp", "rest", "calls"]))))


if __name__ == "__main__":
    main()
