"""The process: what it takes over, which cameras are nearest, and what it opens at an alarm."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from watchbell.line import signing
from watchbell.recorder import run as run_module
from watchbell.recorder.hub import Viewer
from watchbell.recorder.run import NAME, Recorder
from watchbell.wire.press import OrdersAsked, PanicPressed
from watchbell.wire.snapshot import GatewayConfig

ENTRIES: list[dict[str, Any]] = [
    {"what": "plan", "endpoint": "plan-s", "site": "s", "district": "d",
     "places": {"r101": ["f1", 100.0, 100.0], "r201": ["f2", 100.0, 100.0]},
     "floors": {"f1": ["Main", 1, 0.1], "f2": ["Main", 2, 0.1]}},
    *({"endpoint": name, "name": name, "district": district, "site": site, "live": live, "username": "u",
       "floor": floor, "x": x, "y": 100.0, "is_live": is_live}
      for name, district, site, live, floor, x, is_live in (
          ("far", "d", "s", "rtsp://c/1", "f1", 900.0, True), ("near", "d", "s", "rtsp://c/2", "f1", 120.0, True),
          ("above", "d", "s", "rtsp://c/3", "f2", 100.0, True),
          ("elsewhere", "d", "t", "rtsp://c/4", "f1", 100.0, True),
          ("theirs", "e", "s", "rtsp://c/5", "f1", 100.0, True), ("never", "d", "s", "rtsp://c/6", "f1", 100.0, False),
          ("bare", "d", "s", "", "f1", 100.0, True))),
    {"name": "without an id"},
]  # fmt: skip


class Heard:
    """A message on the bus, from the hub or a gateway of a district."""

    def __init__(self, told: msgspec.Struct, by: str = "siadc09.x", district: str = "d") -> None:
        self.subject, self.data = f"wb.{district}.s.press.{by}", msgspec.json.encode(told)


def press_of(name: str, mode: str = "real") -> PanicPressed:
    return PanicPressed(id=name, district="d", site="s", kind="lockdown", mode=mode, device="x", gateway="siadc09",
                        received_at=1.0, place="r101")  # fmt: skip


@pytest.fixture
def recorder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    monkeypatch.setenv("WATCHBELL_HOME", str(tmp_path))
    return Recorder()


def config_of(version: int = 1) -> GatewayConfig:
    sealed = signing.seal(signing.box_public_key(signing.box_name(NAME)), {"near": "hunter2"})
    made = GatewayConfig(
        gateway="recorder", version=version, made_at=1.0, valid_from=1.0, entries=ENTRIES, secrets=sealed
    )
    return signing.Signer().signed(made)


async def test_a_genuine_configuration_is_kept_and_a_forged_one_is_not(recorder: Recorder) -> None:
    forged = msgspec.structs.replace(config_of(), version=9)
    await recorder._take_told(msgspec.json.encode(forged))
    assert not recorder.hub.cameras and not recorder.is_told
    await recorder._take_told(b"nonsense")
    await recorder._take_told(msgspec.json.encode(config_of()))
    assert set(recorder.hub.cameras) == {"far", "near", "above", "elsewhere", "theirs", "never", "bare"}
    assert recorder.hub.cameras["near"].entry.login.password == "hunter2"
    assert "hunter2" not in repr(recorder.hub.cameras["near"].entry)
    again = Recorder()
    again._read_kept()
    assert set(again.hub.cameras) == set(recorder.hub.cameras), "it starts with the hub away"


async def test_the_nearest_come_first_and_only_those_that_may_be_looked_at(recorder: Recorder) -> None:
    recorder._take(config_of())
    assert [one.entry.id for one in recorder.nearest("d", "s", "r101")] == ["near", "far", "above"]
    assert [one.entry.id for one in recorder.nearest("d", "s", "r201")] == ["above", "near", "far"]
    assert recorder.nearest("d", "s", "") == recorder.nearest("d", "t", "r101") == []


async def test_an_alarm_opens_the_nearest_after_doors_and_speakers_had_their_time(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_module, "AFTER_PRESS_SECONDS", 0.1)
    monkeypatch.setattr(run_module, "NEAREST", 2)
    recorder._take(config_of())

    for told in (Heard(press_of("a test", "test")), Heard(press_of("theirs"), district="e")):
        await recorder._hear_press(told)  # type: ignore[arg-type]
    await asyncio.sleep(0.2)
    assert recorder.hub.open_count == 0, "a test, and one that speaks for another district"
    await recorder._hear_press(Heard(press_of("real")))  # type: ignore[arg-type]
    await asyncio.sleep(0.05)
    assert recorder.hub.open_count == 0
    await asyncio.sleep(0.15)
    assert {one.entry.id for one in recorder.hub.cameras.values() if one.is_open} == {"near", "far"}
    await recorder.hub.close()


async def test_after_the_all_clear_only_what_somebody_looks_at_stays_open(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_module, "AFTER_PRESS_SECONDS", 0.05)
    monkeypatch.setattr(run_module, "NEAREST", 2)
    recorder._take(config_of())
    near, far = recorder.hub.cameras["near"], recorder.hub.cameras["far"]

    async def press(name: str) -> None:
        await recorder._hear_press(Heard(press_of(name)))  # type: ignore[arg-type]

    async def clear(*names: str, district: str = "d") -> None:
        told = OrdersAsked(id="over", district="d", site="s", incident="i", clears=list(names))
        await recorder._hear_press(Heard(told, "hub.reset", district))  # type: ignore[arg-type]

    for name in ("p1", "p2"):
        await press(name)
    await asyncio.sleep(0.1)
    await clear("p1")
    await clear("p2", district="e")
    assert near.is_wanted and far.is_wanted, "another alarm holds them, whatever another district says"
    viewer = Viewer()
    near.viewers.add(viewer)
    await clear("p2")
    assert near.is_wanted and not far.is_wanted
    near.viewers.discard(viewer)
    await clear("p3")
    await press("p3")
    await asyncio.sleep(0.1)
    assert not near.is_wanted and not far.is_wanted, "it was over before its cameras were opened"
    await recorder.hub.close()
