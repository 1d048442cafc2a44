"""A zone's volume holds for announcements and bells; an alarm always has all of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from watchbell.gateways.rtppaging.audio import quieter
from watchbell.gateways.rtppaging.peer import ZoneReceiver
from watchbell.gateways.rtppaging.service import RtpPaging
from watchbell.gateways.rtppaging.tests.bench import make_order
from watchbell.gateways.rtppaging.tests.test_announcing import announce
from watchbell.gateways.rtppaging.tests.test_service import entries, home, speakers, told, until
from watchbell.line.sound import decode_mulaw

__all__ = ["home"]


def loudest(peer: ZoneReceiver) -> int:
    return max(abs(sample) for sample in decode_mulaw(bytes(peer.last.sound)))


@asynccontextmanager
async def sounding(peers: list[ZoneReceiver], *volumes: Any) -> AsyncIterator[RtpPaging]:
    gateway = RtpPaging()
    await gateway.apply([row | {"volume": one} for row, one in zip(entries(peers), volumes, strict=True)], {})
    await gateway.start()
    try:
        yield gateway
    finally:
        await gateway.stop()
        gateway.spool.close()
        gateway.done.close()


async def test_an_announcement_is_as_loud_as_its_zone_wants_and_an_alarm_as_loud_as_it_goes() -> None:
    async with speakers(2) as (peers, reports), sounding(peers, 100, 25) as gateway:
        for zone in ("z0", "z1"):
            assert (await gateway.carry_out(announce(zone, recording="", prompt="bell"))).state == "done"
        await until(lambda: len(told(reports, "page_stopped")) == 2, 30)
        assert loudest(peers[1]) == pytest.approx(loudest(peers[0]) / 4, rel=0.1)
        for zone in ("z0", "z1"):
            await gateway.carry_out(make_order("start_page", zone, press="p1", times=1))
        await until(lambda: all(len(peer.last.sound) > 8000 for peer in peers), 20)
        assert loudest(peers[1]) == loudest(peers[0]) > 8000


@pytest.mark.parametrize("volume", ["loud", None, -5, 1000, [], True])
async def test_a_volume_that_is_none_leaves_the_zone_sounding(volume: Any) -> None:
    async with speakers(1) as (peers, _), sounding(peers, volume) as gateway:
        assert (await gateway.carry_out(make_order("start_page", "z0", press="p1", times=1))).state == "done"


def test_half_of_the_amplitude_is_half_within_a_step_of_mu_law() -> None:
    table = quieter(50)
    assert table is not None and quieter(100) is None
    for code in range(256):
        (before,), (after,) = decode_mulaw(bytes([code])), decode_mulaw(bytes([code]).translate(table))
        assert after == pytest.approx(before / 2, abs=max(8, abs(before) * 0.03))
