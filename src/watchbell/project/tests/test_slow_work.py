"""Slow work goes on after the database was away, and says so."""

import asyncio

from watchbell.kernel import jobs
from watchbell.project.worker import SlowWork


async def test_what_kept_it_is_over_once_it_works_again(monkeypatch):
    told, tries = [], []

    async def work(stop, *, begun):
        tries.append(1)
        if len(tries) == 1:
            begun()
            raise OSError("the connection is lost")
        told.append(slow.state())
        begun()
        told.append(slow.state())
        stop.set()

    monkeypatch.setattr(jobs, "work", work)
    slow = SlowWork()
    await slow.run(asyncio.Event())
    assert [one["state"] for one in told] == ["degraded", "ok"] and "the connection is lost" in told[0]["because"]
    assert slow.state()["state"] == "ok"
