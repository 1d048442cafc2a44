"""The gateway's process is killed in the middle, its mailing stopped, and it comes back: what was never given to the
carrier does not go out and is told so; of what was just under way nobody knows."""

import asyncio
import os
import signal
import sys

import msgspec

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


async def test_stopped_while_its_gateway_is_dead(installation: Installation, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("WATCHBELL_GATEWAY_SMS_PORT", "0")
    heard: list[dict[str, object]] = []
    carrier = Smsc(0, heard.append, password=SECRET)
    await carrier.start()
    entry = {**KNOWN, "endpoint": "smpp", "name": "By SMPP", "style": "smpp", "host": "127.0.0.1", "test": False,
             "port": carrier.port, "per_second": 20, "window": 4}  # fmt: skip
    await installation.put_config("sms", [entry], {"smpp": SECRET})
    begun = batch([number(at) for at in range(60)], endpoint="smpp")
    process = await start()
    await give(installation, begun)
    async with asyncio.timeout(30):
        while len(heard) < 10:
            await asyncio.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    await process.wait()
    # the hub asks again for what it has heard nothing of, gives one more, and then it is stopped: nobody is there
    await give(installation, begun)
    untouched = msgspec.structs.replace(begun, id="f" * 32, recipients=[
        msgspec.structs.replace(one, id=f"{at:032x}") for at, one in enumerate(begun.recipients, 1000)
    ])  # fmt: skip
    await give(installation, untouched)
    stopped = signing.Signer().signed(Stopped(district=DISTRICT, mailing=begun.mailing, at=clock.unix()))
    await installation.bus.js.publish(key_subject(STOPPED, stopped_key(DISTRICT, begun.mailing)), encode(stopped))
    had = len(heard)
    process = await start()
    async with asyncio.timeout(30):
        while len(ends(installation)) < 2:
            await asyncio.sleep(0.05)
    process.terminate()
    await process.wait()
    assert len(heard) == had, "nothing more went to the carrier"
    known: dict[str, Result] = {one.id: one for told in installation.messages(Told, "told") for one in told.results}
    first, second = ends(installation)[begun.id], ends(installation)[untouched.id]
    assert second.untried == [one.id for one in untouched.recipients] and second.results == []
    everybody = {one.id for one in begun.recipients}
    assert everybody == known.keys() | set(first.untried) and not known.keys() & set(first.untried)
    assert len(first.untried) >= 40, "of sixty, ten or a few more had gone"
    unsure = [one for one in known.values() if one.state == "unsure"]
    assert len(unsure) <= 4 + 4 and all("may have arrived" in one.because for one in unsure), "a window's worth"
    went = {one["to"] for one in heard}
    by_id = {one.id: one.to for one in begun.recipients}
    assert not went & {by_id[one] for one in first.untried}, "what is told as never sent was never sent"
    await carrier.stop()
