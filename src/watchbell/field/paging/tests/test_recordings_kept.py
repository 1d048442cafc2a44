"""Recordings lie in the database; the bucket from which gateways fetch them is filled again when it was lost."""

import asyncio
import hashlib

import pytest

from watchbell.field.paging import actions, jobs
from watchbell.field.paging.models import Recording
from watchbell.field.paging.tests.builders import wav
from watchbell.kernel import bus_rights, nats_engine
from watchbell.kernel.bus_thread import BusThread
from watchbell.line import config
from watchbell.line.bus import Bus, make_streams
from watchbell.wire.subjects import RECORDINGS, recording_key


@pytest.fixture
def worker(committed_db, tmp_path, monkeypatch):
    """A NATS server as an installation runs it, and a worker's own connection: its rights are those of the house."""
    monkeypatch.setenv("WATCHBELL_HOME", str(tmp_path))
    monkeypatch.setenv("WATCHBELL_TEST", "0")
    config._file.cache_clear()
    server = nats_engine.start_nats()
    _as_supervisor(lambda bus: make_streams(bus, bus_rights.followers()))
    thread = BusThread()
    thread.name_process("worker")
    monkeypatch.setattr(jobs, "bus_thread", thread)
    yield thread

    async def close():
        await (await thread.bus()).close()

    thread.start_soon(close()).result(10)
    server.terminate()
    server.wait(5)


def _as_supervisor(work):
    async def run():
        bus = await Bus.connect("supervisor", wait_seconds=5)
        try:
            return await work(bus)
        finally:
            await bus.close()

    return asyncio.run(run())


def _heard(district, digest):
    """What a gateway for loudspeakers finds under a recording's hash."""

    async def read():
        bus = await Bus.connect("gateway/rtppaging", wait_seconds=5)
        try:
            return await bus.read_key(RECORDINGS, recording_key(str(district.id), digest))
        finally:
            await bus.close()

    return asyncio.run(read())


def test_a_bucket_that_was_lost_is_filled_again_once(worker, district, actor):
    first = Recording.objects.get(id=actions.add_recording(actor, "Early dismissal", wav()))
    second = Recording.objects.get(id=actions.add_recording(actor, "Bus delay", wav(1.5)))
    retired = actions.add_recording(actor, "Old", wav(2.0))
    actions.retire_recording(actor, retired)
    jobs.publish_recording(str(first.id))
    assert jobs.publish_missing_recordings() == 1, "the second one alone was missing"
    assert jobs.publish_missing_recordings() == 0
    _as_supervisor(lambda bus: bus.js.purge_stream(f"KV_{RECORDINGS}"))
    assert _heard(district, first.digest) == b""
    assert jobs.publish_missing_recordings() == 2
    for one in (first, second):
        assert hashlib.sha256(_heard(district, one.digest)).hexdigest() == one.digest
    assert jobs.publish_missing_recordings() == 0
    actions.restore_recording(actor, retired)
    assert jobs.publish_missing_recordings() == 1, "what is brought back is there again, too"


def test_each_district_has_its_own(worker, district, actor, other_district, make_actor, act_in):
    digest = Recording.objects.get(id=actions.add_recording(actor, "Early dismissal", wav())).digest
    assert jobs.publish_missing_recordings() == 1
    with act_in(other_district):
        assert jobs.publish_missing_recordings() == 0
        actions.add_recording(make_actor(other_district, "director"), "The same", wav())
        assert jobs.publish_missing_recordings() == 1
    assert _heard(other_district, digest) == _heard(district, digest) != b""
