"""Slow work goes on after the database was away, and says so."""

import asyncio

import pytest

from watchbell.kernel import jobs
from watchbell.kernel.acting import acting_district
from watchbell.kernel.models import District
from watchbell.project import worker
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


def test_what_fails_in_one_district_keeps_no_other_from_its_turn(committed_db, district, other_district):
    turns = []

    def duty():
        turns.append(acting_district())
        if len(turns) == 1:
            raise ValueError("a bad row")

    with pytest.raises(RuntimeError) as told:
        worker._everywhere(duty)()
    assert sorted(map(str, turns)) == sorted(map(str, District.objects.values_list("id", flat=True)))
    assert str(told.value) == f"{District.objects.get(pk=turns[0]).name}: a bad row"
    worker._everywhere(duty)()
    assert len(turns) == 4
