"""The gateway's process is killed in the middle, its mailing stopped, and it comes back: what was never given to the
carrier does not go out and is told so; of what was just under way nobody knows."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator

import msgspec
import pytest

from watchbell.gateways.conftest import Installation
from watchbell.gateways.sms.peer_smsc import Smsc
from watchbell.gateways.sms.tests.office import DISTRICT, KNOWN, SECRET, batch, number
from watchbell.line import clock, signing
from watchbell.wire.base import encode
from watchbell.wire.subjects import STOPPED, key_subject, stopped_key, subject
from watchbell.wire.tell import Batch, Result, Stopped, Told

RUN = "import asyncio; from watchbell.gateways.sms.service import Sms; asyncio.run(Sms().run(asyncio.Event()))"


async def start() -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(sys.executable, "-c", RUN, env={**os.environ})


async def give(place: Installation, wanted: Batch) -> None:
    where = subject(DISTRICT, None, "tell", "sms", wanted.endpoint.id)
    await place.bus.js.publish(where, encode(signing.Signer().signed(wanted)))


def ends(place: Installation) -> dict[str, Told]:
    return {one.batch: one for one in place.messages(Told, "told") if one.is_last}


async def kill_in_the_middle(place: Installation, heard: list[dict[str, object]], begun: Batch) -> None:
    """The gateway dies while it is at work with the batch."""
    process = await start()
    await give(place, begun)
    async with asyncio.timeout(30):
        while len(heard) < 10:
            await asyncio.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    await process.wait()


async def come_back(place: Installation) -> None:
    """It lives again until it has told of both batches."""
    process = await start()
    async with asyncio.timeout(30):
        while len(ends(place)) < 2:
            await asyncio.sleep(0.05)
    process.terminate()
    await process.wait()


async def stop(place: Installation, mailing: str) -> None:
    stopped = signing.Signer().signed(Stopped(district=DISTRICT, mailing=mailing, at=clock.unix()))
    await place.bus.js.publish(key_subject(STOPPED, stopped_key(DISTRICT, mailing)), encode(stopped))


@pytest.fixture
async def carrier(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[list[dict[str, object]]]:  # fmt: skip
    """A slow carrier; what it has heard."""
    monkeypatch.setenv("WATCHBELL_GATEWAY_SMS_PORT", "0")
    heard: list[dict[str, object]] = []
    smsc = Smsc(0, heard.append, password=SECRET)
    await smsc.start()
    entry = {**KNOWN, "endpoint": "smpp", "name": "By SMPP", "style": "smpp", "host": "127.0.0.1", "test": False,
             "port": smsc.port, "per_second": 20, "window": 4}  # fmt: skip
    await installation.put_config("sms", [entry], {"smpp": SECRET})
    yield heard
    await smsc.stop()


async def test_stopped_while_its_gateway_is_dead(installation: Installation, carrier: list[dict[str, object]]) -> None:
    begun = batch([number(at) for at in range(60)], endpoint="smpp")
    await kill_in_the_middle(installation, carrier, begun)
    # the hub asks again for what it has heard nothing of, gives one more, and then it is stopped: nobody is there
    await give(installation, begun)
    fresh = [msgspec.structs.replace(one, id=f"{at:032x}") for at, one in enumerate(begun.recipients, 1000)]
    untouched = msgspec.structs.replace(begun, id="f" * 32, recipients=fresh)
    await give(installation, untouched)
    await stop(installation, begun.mailing)
    had = len(carrier)
    await come_back(installation)
    assert len(carrier) == had, "nothing more went to the carrier"
    known: dict[str, Result] = {one.id: one for told in installation.messages(Told, "told") for one in told.results}
    first, second = ends(installation)[begun.id], ends(installation)[untouched.id]
    assert second.untried == [one.id for one in fresh] and second.results == []
    by_id = {one.id: one.to for one in begun.recipients}
    assert by_id.keys() == known.keys() | set(first.untried) and not known.keys() & set(first.untried)
    assert len(first.untried) >= 40, "of sixty, ten or a few more had gone"
    unsure = [one for one in known.values() if one.state == "unsure"]
    assert len(unsure) <= 4 + 4 and all("may have arrived" in one.because for one in unsure), "a window's worth"
    went = {one["to"] for one in carrier}
    assert not went & {by_id[one] for one in first.untried}, "what is told as never sent was never sent"
