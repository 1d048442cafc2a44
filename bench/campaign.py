"""One message to 15,000 guardians by text, e-mail and push, 45,000 in all, through the whole hub to sinks that answer.

`campaign.py [COUNT] [presses]`; COUNT guardians, 1,500 unless said, "15000" for the district. The sinks stand for the
carriers: a message centre that sends a receipt for each text, a mail server, a push host. Told: seconds until the
first message is at a sink, the last, and until the ledger knows of each; the rate beside the sinks' bare limit in the
same run (prebuilt octets, no state); what each process used; how long pages take meanwhile, and with "presses" a press.
"""

import asyncio
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "src"))

from bench.notices_text import Blast, RestSink, SmppSink

FEW, WHOLE = 1_500, 15_000
PRESSES = 8
LIMIT_SECONDS = 900.0
WORDS = {"language": "en", "title": "School is closed", "short": "School is closed today because of ice. Stay home.",
         "text": "All schools are closed today because of ice. Stay home. Buses do not run."}  # fmt: skip
ROLES = ("worker/slow", "worker", "web", "reflex", "gateway/sms", "gateway/smtp", "gateway/webpush", "postgres", "nats")


# -- sinks, each in a process of its own ----------------------------------------------------------------------------


class Stamp:
    """When the first and the last message came, on the clock of this machine."""

    first = last = 0.0

    @classmethod
    def note(cls, before: int, after: int) -> None:
        if after > before:
            cls.last = time.monotonic()
            cls.first = cls.first or cls.last


class Centre(SmppSink):
    """A message centre: answers submits, and sends a receipt for each right after its answer."""

    def data_received(self, data: bytes) -> None:
        from watchbell.gateways.sms.codec import DELIVER_SM, Message, build_message, build_pdu

        before = SmppSink.count
        super().data_received(data)
        Stamp.note(before, SmppSink.count)
        out = []
        for at in range(before + 1, SmppSink.count + 1):
            text = (
                b"id:%d sub:001 dlvrd:001 submit date:2601010000 done date:2601010000 stat:DELIVRD err:000 text:" % at
            )
            receipt = Message(source_addr="15735550100", destination_addr="12345", esm_class=4, short_message=text)
            out.append(build_pdu(DELIVER_SM, 0, at, build_message(receipt)))
        self.transport.write(b"".join(out))


class Host(RestSink):
    """A push host."""

    def data_received(self, data: bytes) -> None:
        before = RestSink.count
        super().data_received(data)
        Stamp.note(before, RestSink.count)


async def serve(kind: Any) -> None:
    """Says its port, then at each line: messages, first, last, its CPU seconds."""
    loop = asyncio.get_running_loop()
    if kind == "mail":
        from bench.sink import Sink

        class Server(Sink):
            def data_received(self, data: bytes) -> None:
                before = Sink.mails
                super().data_received(data)
                Stamp.note(before, Sink.mails)

        kind, count = Server, lambda: Sink.mails
    else:
        kind, count = (Centre, lambda: SmppSink.count) if kind == "text" else (Host, lambda: RestSink.count)
    server = await loop.create_server(kind, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps([count(), Stamp.first, Stamp.last, time.process_time()]), flush=True)
        Stamp.first = Stamp.last = 0.0


class Far:
    """A sink as this program sees it."""

    def __init__(self, kind: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, "sink", kind], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None and self._process.stdin is not None
        self._in, self._out = self._process.stdin, self._process.stdout
        self.port = int(self._out.readline())

    def look(self) -> tuple[int, float, float, float]:
        """(messages, when the first and the last since the look before, CPU seconds)."""
        self._in.write("\n")
        self._in.flush()
        return tuple(json.loads(self._out.readline()))

    def stop(self) -> None:
        self._in.close()
        self._process.terminate()
        self._process.wait(10)
        self._out.close()


# -- the bare limit -------------------------------------------------------------------------------------------------


async def blast(kind: str, port: int, count: int) -> float:
    """Seconds in which a sink takes `count` prebuilt messages, nothing kept of them."""
    from watchbell.gateways.sms.codec import SUBMIT_SM, Message, build_message, build_pdu

    if kind == "text":
        body = build_message(Message(source_addr="12345", destination_addr="15735550100",
                                     short_message=WORDS["short"].encode()))  # fmt: skip
        raw = b"".join(build_pdu(SUBMIT_SM, 0, at, body) for at in range(1, count + 1))
        mark = b"\x80\x00\x00\x04\x00\x00\x00\x00"
    elif kind == "mail":
        letter = b"Subject: closed\r\n\r\n" + b"All schools are closed today because of ice. Stay home.\r\n" * 40
        one = b"MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nBDAT %d LAST\r\n" % len(letter) + letter
        raw, mark = b"EHLO bench\r\n" + one * count, b"queued as"
    else:
        head = b"POST /push/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 500\r\n\r\n"
        raw, mark = (head + b"x" * 500) * count, b"HTTP/1.1 201"
    began = time.perf_counter()
    _, protocol = await asyncio.get_running_loop().create_connection(lambda: Blast(raw, mark, count), "127.0.0.1", port)
    await protocol.done
    return time.perf_counter() - began


# -- the district ---------------------------------------------------------------------------------------------------


def move_carriers(ports: dict[str, int]) -> None:
    """The district's carriers are the sinks from now on; every guardian has a browser that takes pushes."""
    from datetime import timedelta

    from watchbell.communication.channels.models import Browser
    from watchbell.district.equipment.models import Equipment
    from watchbell.district.people.models import Person
    from watchbell.gateways.webpush.peer import make_keys
    from watchbell.kernel.acting import acting_in
    from watchbell.kernel.changes import recorded_change
    from watchbell.kernel.models import District
    from watchbell.kernel.permissions import system_actor
    from watchbell.line import clock, ids

    district, keys = District.objects.get(code="demo"), make_keys()
    with acting_in(district.id), recorded_change(system_actor(district.id, "bench"), "equipment.move_carriers"):
        for kind, port in (("text_carrier", ports["text"]), ("mail_relay", ports["mail"])):
            row = Equipment.objects.filter(kind=kind, is_test=False).order_by("settings__priority")[0]
            row.settings = row.settings | {"port": port}
            row.save(update_fields=["settings"])
        ends_at = clock.now() + timedelta(days=1)
        Browser.objects.bulk_create(
            [Browser(person_id=pk, device=ids.new_id(), endpoint=f"http://127.0.0.1:{ports['push']}/push/{pk.hex}",
                     p256dh=keys["p256dh"], auth=keys["auth"], ends_at=ends_at)
             for pk in Person.objects.filter(kind="guardian", status="active").values_list("pk", flat=True)],
            batch_size=2000,
        )  # fmt: skip


def send(made: Any, count: int) -> tuple[str, float]:
    """Written and sent by the director, confirmed where that takes two; the notice, and when it was sent."""
    from bench.home import send_confirmed

    sites = [site["id"] for site in made.call("GET", "/sites?limit=50")["items"]]
    audience = {"kinds": ["family"], "sites": sites, "grades": [] if count >= WHOLE else ["12"]}
    body = {"purpose": "attendance", "texts": [WORDS], "audience": audience, "channels": ["text", "email", "push"],
            "at_once": True}  # fmt: skip
    notice = made.call("POST", "/notices", body)["id"]
    began = time.monotonic()
    send_confirmed(made, notice)
    return str(notice), began


STATES = """
select d.channel, d.state, count(*) from channels_delivery d join channels_mailing m on m.id = d.mailing_id
where m.about = %s group by 1, 2
"""


def ledger(notice: str) -> dict[str, dict[int, int]]:
    from bench.answers import query

    found: dict[str, dict[int, int]] = {}
    for channel, state, count in query(STATES, f"notice:{notice}"):
        found.setdefault(channel, {})[state] = count
    return found


def is_known(states: dict[str, dict[int, int]]) -> bool:
    """Every text has its receipt, every mail and push is with its server."""
    return all(not states.get(channel, {}).get(0) for channel in states) and not states.get("text", {}).get(1)


def follow(made: Any, notice: str, began: float, sinks: dict[str, Far]) -> dict[str, Any]:
    """Until every state is known. Pages are asked for as somebody who follows them has them."""
    pages: list[float] = []
    over = threading.Event()

    def look() -> None:
        while not over.wait(1.0):
            asked = time.perf_counter()
            made.call("GET", f"/notices/{notice}")
            pages.append(time.perf_counter() - asked)

    from bench.answers import used
    from watchbell.communication.channels.facts import OUTCOMES

    before, watching = used(made, ROLES), threading.Thread(target=look, daemon=True)
    watching.start()
    while time.monotonic() - began < LIMIT_SECONDS:
        time.sleep(0.5)
        if made.call("GET", f"/notices/{notice}")["state"] == "sent" and is_known(ledger(notice)):
            break
    known_at, after = time.monotonic(), used(made, ROLES)
    over.set()
    looked = {kind: far.look() for kind, far in sinks.items()}
    states = ledger(notice)
    count = sum(sum(words.values()) for words in states.values())
    asked = count - sum(words.get(9, 0) for words in states.values())
    last = max(one[2] for one in looked.values()) - began
    pages.sort()
    return {
        "messages": count, "asked of carriers": asked,
        "at the sinks": {kind: one[0] for kind, one in looked.items()},
        "seconds to the first": round(min(one[1] for one in looked.values() if one[1]) - began, 2),
        "seconds to the last": round(last, 1),
        "seconds to the last by way": {kind: round(one[2] - began, 1) for kind, one in looked.items()},
        "seconds until every state is known": round(known_at - began, 1),
        "messages a second": round(asked / last),
        "states": {channel: {OUTCOMES[key][0]: number for key, number in sorted(words.items())}
                   for channel, words in states.items()},
        "CPU seconds": {name: round(after[name] - before[name], 1) for name in before},
        "sinks' CPU seconds": round(sum(one[3] for one in looked.values()), 1),
        "a page's answer ms, p50 and max": [round(pages[at] * 1e3) for at in (len(pages) // 2, -1) if pages],
    }  # fmt: skip


async def beside_presses(made: Any, work: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    from bench.press import measure

    running = asyncio.create_task(asyncio.to_thread(work))
    await asyncio.sleep(2)
    pressing = asyncio.create_task(measure(made, PRESSES))
    result = await running
    with contextlib.suppress(AssertionError):  # the all-clear of a press took longer than its test allows
        return await pressing, result
    return {}, result


def measure_all(count: int, *, with_presses: bool) -> dict[str, Any]:
    from bench.load import _be_at_home
    from bench.press import measure
    from tests.flows.installation import Installation

    home = Path(tempfile.mkdtemp(prefix="wb-bench-")) / "home"
    home.mkdir()
    made, sinks = Installation(home), {kind: Far(kind) for kind in ("text", "mail", "push")}
    try:
        bare = {kind: asyncio.run(blast(kind, far.port, WHOLE)) for kind, far in sinks.items()}
        made.start()
        _be_at_home(home)
        move_carriers({kind: far.port for kind, far in sinks.items()})
        idle = asyncio.run(measure(made, PRESSES)) if with_presses else {}
        time.sleep(5)
        base = {kind: far.look() for kind, far in sinks.items()}
        notice, began = send(made, count)
        result: dict[str, Any] = {}
        if with_presses:
            meanwhile, result = asyncio.run(beside_presses(made, lambda: follow(made, notice, began, sinks)))
        else:
            result = follow(made, notice, began, sinks)
        result["at the sinks"] = {kind: seen - base[kind][0] for kind, seen in result["at the sinks"].items()}
        limit = round(3 * WHOLE / sum(bare.values()))
        result |= {"bare limit, messages a second": limit,
                   "bare limit by way": {kind: round(WHOLE / seconds) for kind, seconds in bare.items()},
                   "of the bare limit": round(result["messages a second"] / limit, 3)}  # fmt: skip
        for name, told in (("idle", idle), ("meanwhile", meanwhile if with_presses else {})):
            result |= {f"{name}: {key}": value for key, value in told.items() if key.startswith("(a)")}
        return result
    finally:
        made.stop()
        for far in sinks.values():
            far.stop()
        shutil.rmtree(home.parent, ignore_errors=True)


def main() -> None:
    match sys.argv[1:]:
        case ["sink", kind]:
            asyncio.run(serve(kind))
        case words:
            count = next((int(word) for word in words if word.isdigit()), FEW)
            print(json.dumps(measure_all(count, with_presses="presses" in words)))


if __name__ == "__main__":
    os.environ.setdefault("WATCHBELL_HOME", "/tmp/watchbell-bench")
    os.environ.setdefault("WATCHBELL_PUSH_HERE", "1")  # the push host is played here
    main()
