"""A gateway in a process of its own is killed while it sends: what it may have sent goes out no second time."""

import asyncio
import os
import signal
import sys

import msgspec

from watchbell.gateways.conftest import Installation
from watchbell.gateways.smtp.peer import Relay
from watchbell.gateways.smtp.tests.builders import entry, give, make_batch, people, results
from watchbell.wire.tell import Batch, Told

RUN = "import asyncio; from watchbell.gateways.smtp.service import Smtp; asyncio.run(Smtp().run(asyncio.Event()))"


async def start() -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(sys.executable, "-c", RUN, env={**os.environ})


async def again(installation: Installation, batch: Batch) -> Batch:
    """What a relay that answered too slowly left untried is handed out once more, as the hub does."""
    told = [one for one in installation.messages(Told, "told") if one.batch == batch.id and one.is_last]
    if not any(one.attempt == batch.attempt and one.carrier != "ok" for one in told):
        return batch
    print("handed out again:", [(one.carrier, one.because) for one in told])
    batch = msgspec.structs.replace(batch, attempt=batch.attempt + 1)
    await give(installation, batch)
    return batch


async def test_killed_in_the_middle_of_batches(installation: Installation) -> None:
    relay = Relay(0, lambda what: None)
    await relay.start()
    await installation.put_config("smtp", [entry(relay.port, per_second=300, lanes=2)], {})
    listed = people(*(f"p{n}@example.org" for n in range(600)))
    batches = [make_batch(listed[at : at + 200]) for at in range(0, 600, 200)]
    process = await start()
    for batch in batches:
        await give(installation, batch)
    async with asyncio.timeout(30):
        while len(relay.mails) < 100:
            await asyncio.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    await process.wait()
    process = await start()
    async with asyncio.timeout(90):  # the batches come again after the consumer's 30 s
        while len(results(installation)) < 600:
            batches = [await again(installation, batch) for batch in batches]
            await asyncio.sleep(0.1)
    process.terminate()
    await process.wait()
    sent = [mail.to for mail in relay.mails]
    assert len(sent) == len(set(sent))
    found = results(installation)
    assert len(found) == 600 and {one.state for one in found.values()} <= {"sent", "unsure"}
    for one in listed:  # who is told "sent" has it; who has it is told "sent" or "unsure"
        assert one.to in sent or found[one.id].state == "unsure", one
    assert sum(one.state == "unsure" for one in found.values()) <= 2 * 2 * 50
    await relay.stop()
