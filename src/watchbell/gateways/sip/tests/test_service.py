"""Pages and code calls through a played telephone system and through SIPp, over real sockets."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from watchbell.gateways.sip.peer import Pbx
from watchbell.gateways.sip.service import SipGateway
from watchbell.line import clock, ids, signing
from watchbell.wire.order import Endpoint, Order, Receipt
from watchbell.wire.press import PanicPressed, PressRefused
from watchbell.wire.status import DeviceStatus
from watchbell.wire.subjects import subject

SITE, PLACE = "s1", "p12"


class School:
    """A gateway, its telephone system, two speakers and a page group."""

    def __init__(self, installation: Any, **options: Any) -> None:
        self.place = installation
        self.heard: list[dict[str, Any]] = []
        self.pbx = Pbx(self.heard.append, accounts={"watchbell": "secret"}, **options)
        self.gateway: SipGateway

    def entries(self, transport: str = "udp") -> list[dict[str, Any]]:
        common = {"district": "d1", "site": SITE, "test": False}
        where = {"host": "127.0.0.1", "port": self.pbx.port, "transport": transport}
        return [
            {"kind": "pbx", "endpoint": "x1", "name": "Telephone system", "device": "pbx-1", "user": "watchbell",
             "codes": {"*99": "lockdown", "*33": "staff_assist", "*1": "nonsense"}, **common, **where},
            {"kind": "sip_speaker", "endpoint": "e1", "name": "Gym speaker", "device": "gym", "user": "7001",
             "ring_seconds": 1, **common, **where},
            {"kind": "sip_speaker", "endpoint": "e2", "name": "Hall speaker", "device": "hall", "user": "7002",
             "ring_seconds": 1, **common, **where},
            {"kind": "sip_group", "endpoint": "g1", "name": "All telephones", "device": "all", "user": "*71",
             "pbx": "pbx-1", "ring_seconds": 1, **common},
            {"kind": "phone", "endpoint": "t1", "extension": "4312", "callback": "+1 573 555 4312",
             "site_name": "Lincoln High", "place": PLACE, "place_name": "Room 12", **common},
        ]  # fmt: skip

    async def start(self, transport: str = "udp") -> None:
        await self.pbx.start()
        await self.place.put_config("sip", self.entries(transport), {"x1": "secret"})
        self.gateway = await self.place.run(SipGateway())
        async with asyncio.timeout(5):
            while "watchbell" not in self.pbx.contacts:
                await asyncio.sleep(0.02)

    async def order(self, action: str, endpoint: str = "e1", press: str = "press1", **params: Any) -> Receipt:
        now = clock.unix()
        order = Order(
            id=ids.same_id(endpoint, action, press, now), attempt=1, press=press, district="d1", site=SITE, step="page",
            mode="real", action=action, made_at=now, expires_at=now + 60, deadline_seconds=4.0, kind="lockdown",
            endpoint=Endpoint(id=endpoint, name="Gym speaker", gateway="sip", device="gym"), params=params,
        )  # fmt: skip
        before = len(self.place.messages(Receipt, "receipt"))
        signed = signing.Signer().signed(order)
        assert await self.place.bus.keep(subject("d1", SITE, "order", "sip", "gym"), signed, order.id)
        return (await self.place.wait_for(Receipt, "receipt", before + 1, 9))[-1]

    def told(self, what: str) -> list[dict[str, Any]]:
        return [one for one in self.heard if one["body"]["what"] == what]

    async def wait_told(self, what: str, count: int = 1) -> list[dict[str, Any]]:
        async with asyncio.timeout(6):
            while len(self.told(what)) < count:
                await asyncio.sleep(0.02)
        return self.told(what)


def voices() -> set[str]:
    """The voices this process has as children, by their numbers."""
    tasks = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    children = [child for path in tasks for child in path.read_text().split()]
    return {child for child in children if "\0piper\0" in command_of(child)}


def command_of(process: str) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_text()
    except OSError:
        return ""  # it has just ended


@pytest.fixture
async def school(installation: Any, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[School]:
    monkeypatch.setenv("WATCHBELL_GATEWAY_SIP_PORT", "0")
    found, before = School(installation), voices()
    await found.start()
    yield found
    await installation.halt()
    await found.pbx.stop()
    assert voices() <= before, "the gateway ends the voice it started"


async def test_a_speaker_answers_and_plays_until_the_page_is_stopped(school: School) -> None:
    receipt = await school.order("start_page", prompt="lockdown", repeat_seconds=12)
    assert receipt.state == "done" and receipt.detail["first_audio_ms"] < 1500, receipt
    await school.wait_told("page_started")
    await asyncio.sleep(0.6)
    assert (await school.order("stop_page")).detail == {"stopped": 1}
    ended = (await school.wait_told("page_stopped"))[0]["body"]
    assert ended["packets"] > 20 and ended["loudness"] > 500
    invite = school.pbx.invites[0].request
    assert "answer-after=0" in invite.first("call-info") and not invite.first("require")
    assert "alert-autoanswer" in invite.first("alert-info") and invite.first("priority") == "emergency"


async def test_speakers_of_one_page_hear_the_same_frame_at_the_same_moment(school: School) -> None:
    receipts = [await school.order("start_page", endpoint) for endpoint in ("e1", "e2", "g1")]
    assert [one.state for one in receipts] == ["done"] * 3, receipts
    await asyncio.sleep(0.5)
    sounds = [bytes(call.stream.sound) for call in school.pbx.calls]
    assert len(sounds) == 3 and all(sounds)
    # The last to answer joins in the middle: what it hears is the end of what the first one heard.
    tail = sounds[2][: 160 * 5]
    assert tail in sounds[0] and tail in sounds[1]
    await school.order("stop_page", "e1")
    await school.order("stop_page", "e2")
    await school.order("stop_page", "g1")
    assert len(await school.wait_told("page_stopped", 3)) == 3


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("busy", "busy"), ("refuses", "refused"), ("unknown", "not known"), ("rings", "nobody answered"),
        ("silent", "nothing there answers"),
    ],
)  # fmt: skip
async def test_a_call_that_comes_to_nothing_says_why_and_works_the_next_time(
    school: School, fault: str, words: str
) -> None:
    school.pbx.faults["7001"] = fault
    receipt = await school.order("start_page")
    assert receipt.state == "failed" and words in receipt.because and "Gym speaker" in receipt.because
    del school.pbx.faults["7001"]
    assert (await school.order("start_page", press="press2")).state == "done"


async def test_a_lost_call_is_dialled_again(school: School) -> None:
    assert (await school.order("start_page")).state == "done"
    await school.wait_told("page_started")
    await school.pbx.calls[0].hang_up()
    await school.wait_told("page_started", 2)
    await school.order("stop_page")


async def test_a_graver_page_goes_first_and_the_other_goes_on_after_it(school: School) -> None:
    assert (await school.order("start_page", press="a", priority=5, prompt="hold")).state == "done"
    assert (await school.order("start_page", press="b", priority=9, prompt="lockdown")).state == "done"
    refused = await school.order("start_page", press="c", priority=4, prompt="test")
    assert refused.state == "failed" and "higher priority" in refused.because
    line = school.gateway.lines.by_id["e1"]
    assert [page.owner for page in line.pages] == ["a", "b"] and len(school.pbx.calls) == 1
    await school.order("stop_page", press="b")
    assert [page.owner for page in line.pages] == ["a"] and line.call is not None and not line.call.ended.is_set()


async def test_a_page_goes_on_after_the_gateway_was_started_again(school: School) -> None:
    assert (await school.order("start_page")).state == "done"
    await school.place.halt()
    await school.wait_told("page_stopped")
    school.gateway = await school.place.run(SipGateway())
    await school.wait_told("page_started", 2)


async def test_a_quiet_test_calls_and_hangs_up(school: School) -> None:
    receipt = await school.order("test_zone")
    assert receipt.state == "done" and receipt.detail["sent"] > 20 and receipt.detail["verdict"] == "answered"
    assert "Took the call after" in receipt.because and "sound back" in receipt.because
    body = (await school.wait_told("page_stopped"))[0]["body"]
    assert 0 < body["loudness"] < 600


async def test_a_speaker_that_hangs_up_during_its_test_has_failed_it(school: School) -> None:
    asked = asyncio.ensure_future(school.order("test_zone"))
    await school.wait_told("page_started")
    await school.pbx.calls[-1].hang_up()
    receipt = await asked
    assert receipt.state == "failed" and receipt.detail["verdict"] == "unsent" and "hung up" in receipt.because


async def test_a_dialled_code_is_a_press_and_the_caller_hears_that_help_comes(school: School) -> None:
    told = await school.pbx.dial("4312", "*99", name="Room 12")
    assert told["answer"] == 200 and told["heard_seconds"] > 2 and told["loudness"] > 300, told
    press = (await school.place.wait_for(PanicPressed, "press"))[0]
    assert (press.kind, press.mode, press.site, press.place, press.place_name) == (
        "lockdown", "real", SITE, PLACE, "Room 12",
    )  # fmt: skip
    assert press.known and press.detail["extension"] == "4312" and press.device == "sip/4312"
    assert press.detail["callback"] == "+1 573 555 4312"
    assert school.gateway.spool.pending() == []


async def test_an_unknown_extension_still_raises(school: School) -> None:
    assert (await school.pbx.dial("9999", "*33"))["answer"] == 200
    press = (await school.place.wait_for(PanicPressed, "press"))[0]
    assert (press.kind, press.known, press.place, press.site) == ("staff_assist", False, None, SITE)
    assert "find out where" in press.note


@pytest.mark.parametrize("code", ["*98", "*1", "911"])
async def test_a_wrong_code_is_refused_and_kept(school: School, code: str) -> None:
    assert (await school.pbx.dial("4312", code))["answer"] == 404
    refused = (await school.place.wait_for(PressRefused, "status"))[-1]
    assert code in refused.because and "4312" in refused.because
    assert school.place.messages(PanicPressed, "press") == []


async def test_with_the_bus_away_the_caller_is_answered_only_once_it_is_back(school: School) -> None:
    await school.place.stop_nats()
    dialling = asyncio.create_task(school.pbx.dial("4312", "*99", seconds=15))
    await asyncio.sleep(1.5)
    assert not dialling.done() and not school.told("confirmed")
    assert len(school.gateway.spool.pending()) == 1
    await school.place.start_nats()
    assert (await dialling)["answer"] == 200
    assert school.gateway.spool.pending() == []


async def test_a_call_from_elsewhere_is_refused(school: School) -> None:
    school.gateway.book.systems[0] = school.gateway.book.systems[0].__class__(
        **{**{f: getattr(school.gateway.book.systems[0], f) for f in school.gateway.book.systems[0].__struct_fields__},
           "hop": school.gateway.book.systems[0].hop._replace(host="192.0.2.1")}
    )  # fmt: skip
    assert (await school.pbx.dial("4312", "*99"))["answer"] == 403
    assert school.place.messages(PanicPressed, "press") == []


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
async def test_it_registers_with_its_password_and_says_so(
    installation: Any, monkeypatch: pytest.MonkeyPatch, algorithm: str
) -> None:
    monkeypatch.setenv("WATCHBELL_GATEWAY_SIP_PORT", "0")
    school = School(installation, algorithm=algorithm)
    await school.start("tcp")
    async with asyncio.timeout(10):
        while not any(
            s.device == "pbx-1" and s.state == "online" for s in installation.messages(DeviceStatus, "status")
        ):
            await asyncio.sleep(0.02)
    assert (await school.pbx.dial("4312", "*99"))["answer"] == 200, "and a call over TCP is taken"
    assert (await school.order("start_page")).state == "done"
    await installation.halt()
    assert school.pbx.contacts == {}, "the registration is taken back at the end"
    await school.pbx.stop()
