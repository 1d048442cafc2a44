"""Pages over real multicast sockets on loopback."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from watchbell.gateways.rtppaging.peer import ZoneReceiver
from watchbell.gateways.rtppaging.programme import Cycle as Programme
from watchbell.gateways.rtppaging.service import RtpPaging, read_page
from watchbell.gateways.rtppaging.tests.bench import make_order
from watchbell.gateways.rtppaging.words import cut_cycle, shipped_prompt

Reports = list[dict[str, Any]]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WATCHBELL_HOME", str(tmp_path))
    return tmp_path


@asynccontextmanager
async def speakers(count: int) -> AsyncIterator[tuple[list[ZoneReceiver], Reports]]:
    reports: Reports = []
    peers = [ZoneReceiver(f"239.192.70.{number + 1}", 0, "127.0.0.1", reports.append) for number in range(count)]
    for peer in peers:
        await peer.start()
    try:
        yield peers, reports
    finally:
        for peer in peers:
            await peer.stop()


def entries(peers: list[ZoneReceiver]) -> list[dict[str, Any]]:
    return [
        {"endpoint": f"z{n}", "name": f"Zone {n}", "district": "d", "site": "s", "group": peer.group,
         "port": peer.port, "interface": "127.0.0.1", "ttl": 1, "test": False}
        for n, peer in enumerate(peers)
    ]  # fmt: skip


@asynccontextmanager
async def running(peers: list[ZoneReceiver]) -> AsyncIterator[RtpPaging]:
    gateway = RtpPaging()
    await gateway.apply(entries(peers), {})
    await gateway.start()
    try:
        yield gateway
    finally:
        await gateway.stop()
        gateway.spool.close()
        gateway.done.close()


async def until(check: Callable[[], Any], seconds: float = 5.0) -> None:
    async with asyncio.timeout(seconds):
        while not check():
            await asyncio.sleep(0.01)


def told(reports: Reports, what: str) -> Reports:
    return [report for report in reports if report["body"]["what"] == what]


async def test_a_page_is_heard_until_it_is_stopped(tmp_path: Path) -> None:
    async with speakers(1) as (peers, reports), running(peers) as gateway:
        outcome = await gateway.carry_out(make_order("start_page", "z0", prompt="lockdown", priority=9))
        assert outcome.state == "done" and outcome.detail["first_audio_ms"] < 2000
        await asyncio.sleep(1.2)
        assert (await gateway.carry_out(make_order("stop_page", "z0"))).state == "done"
        await until(lambda: told(reports, "page_stopped"))
    body = told(reports, "page_stopped")[0]["body"]
    assert body["lost"] == 0 and 0.5 < body["seconds_heard"] < 5
    expected = b"".join(cut_cycle("lockdown", b"", "en", "real", 12.0))
    assert bytes(peers[0].last.sound) == expected[: len(peers[0].last.sound)]
    assert peers[0].record(tmp_path / "page.wav") == body["seconds_heard"]
    assert (tmp_path / "page.wav").stat().st_size == 44 + body["packets"] * 320


async def test_many_zones_stay_in_step() -> None:
    async with speakers(15) as (peers, reports), running(peers) as gateway:
        orders = [make_order("start_page", f"z{n}", prompt="lockdown") for n in range(15)]
        outcomes = await asyncio.gather(*map(gateway.carry_out, orders))
        assert {outcome.state for outcome in outcomes} == {"done"}
        await asyncio.sleep(1.0)
        lengths = [len(peer.last.sound) for peer in peers]
        assert max(lengths) - min(lengths) <= 320
        sounds = [bytes(peer.last.sound[-1600:]) for peer in peers]
        assert sum(sounds[0][-800:] in sound for sound in sounds) == 15 and not any(p.last.lost for p in peers)
    assert len(told(reports, "page_started")) == 15


async def test_a_zone_that_joins_later_plays_the_same_moment() -> None:
    frames = tuple(bytes([n]) * 160 for n in range(5))
    programme = Programme(frames, times=2)
    heard = [(programme.frame(tick), programme.frame(tick)) for tick in range(1, 11)]
    assert [one for one, _ in heard] == [*frames, *frames] and all(one == two for one, two in heard)
    assert programme.frame(11) is None


async def test_new_sound_begins_with_a_new_round() -> None:
    programme = Programme((b"a", b"b"))
    first = programme.frame(1)
    programme.upcoming = (b"c",)
    assert [first, programme.frame(2), programme.frame(3), programme.frame(4)] == [b"a", b"b", b"c", b"c"]


async def test_higher_priority_pre_empts_and_the_lower_page_resumes() -> None:
    async with speakers(1) as (peers, _), running(peers) as gateway:
        zone = gateway.zones.by_id["z0"]
        await gateway.carry_out(make_order("start_page", "z0", press="a", prompt="hold", priority=3))
        await gateway.carry_out(make_order("start_page", "z0", press="b", prompt="lockdown", priority=9))
        assert zone.track.playing.page.prompt == "lockdown"
        refused = await gateway.carry_out(make_order("start_page", "z0", press="c", prompt="secure", priority=5))
        assert refused.state == "failed" and "higher priority" in refused.because
        await gateway.carry_out(make_order("stop_page", "z0", press="b"))
        assert zone.track.playing.page.prompt == "hold"


async def test_a_page_that_was_stopped_before_its_order_came_stays_off() -> None:
    async with speakers(1) as (peers, _), running(peers) as gateway:
        late = make_order("start_page", "z0", prompt="lockdown")
        assert (await gateway.carry_out(make_order("stop_page", "z0"))).state == "done"
        assert (await gateway.carry_out(late)).state == "failed"


async def test_the_all_clear_replaces_its_own_alarm_and_ends_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    async with speakers(1) as (peers, reports), running(peers) as gateway:
        await gateway.carry_out(make_order("start_page", "z0", prompt="lockdown", priority=9))
        monkeypatch.setattr(gateway.sounds.speaker, "recall", lambda text, language: b"\x80" * 800)
        outcome = await gateway.carry_out(
            make_order("start_page", "z0", prompt="all_clear", priority=2, text="x", repeat_seconds=1, times=1)
        )
        assert outcome.state == "done"
        await until(lambda: told(reports, "page_stopped"), 8)
        assert gateway.zones.by_id["z0"].pages == []


async def test_a_page_goes_on_after_a_restart_until_it_is_stopped() -> None:
    async with speakers(1) as (peers, reports):
        async with running(peers) as gateway:
            await gateway.carry_out(make_order("start_page", "z0", prompt="shelter"))
        await until(lambda: told(reports, "page_stopped"))
        reports.clear()
        async with running(peers) as gateway:
            await until(lambda: told(reports, "page_started"))
            assert gateway.zones.by_id["z0"].track.playing.page.prompt == "shelter"
            await gateway.carry_out(make_order("stop_page", "z0"))
        reports.clear()
        async with running(peers):
            await asyncio.sleep(0.2)
            assert not told(reports, "page_started")


async def test_a_page_nobody_stops_ends_at_its_time() -> None:
    async with speakers(1) as (peers, reports), running(peers) as gateway:
        await gateway.carry_out(make_order("start_page", "z0", prompt="hold", until_seconds=1))
        await until(lambda: told(reports, "page_stopped"), 5)


async def test_a_new_text_is_played_as_soon_as_it_is_spoken() -> None:
    async with speakers(1) as (peers, _), running(peers) as gateway:
        order = make_order("start_page", "z0", prompt="lockdown", text="Intruder near the gym.", repeat_seconds=1)
        assert (await gateway.carry_out(order)).state == "done"
        programme = next(iter(gateway.zones._programmes.values()))
        assert shipped_prompt("lockdown", "en") in b"".join(programme.frames)
        await until(lambda: programme.upcoming is not None, 15)
        unknown = make_order("start_page", "z0", press="q", prompt="announcement", text="Buses are late.")
        assert (await gateway.carry_out(unknown)).state == "done"


async def test_orders_that_cannot_be_done_say_why() -> None:
    async with speakers(1) as (peers, _), running(peers) as gateway:
        for order in (make_order("start_page", "z9"), make_order("start_page", "z0", prompt="nonsense")):
            assert (await gateway.carry_out(order)).state == "failed"
        gateway.zones.by_id["z0"].track.sender._socket.close()
        outcome = await gateway.carry_out(make_order("start_page", "z0", prompt="lockdown"))
        assert outcome.state == "failed" and "cannot be sent" in outcome.because


async def test_wrong_entries_and_params_do_no_harm() -> None:
    async with speakers(1) as (peers, _), running(peers) as gateway:
        await gateway.apply([{"endpoint": "bad", "group": "x", "port": "y"}, {}, *entries(peers)], {})
        assert "bad: " in gateway.because and set(gateway.zones.by_id) == {"z0"}
    page = read_page(make_order("start_page", "z0", priority="x", repeat_seconds=-1, until_seconds=1e9), "z0")
    assert (page.priority, page.repeat_seconds, page.ends_at - page.began_at) == (5, 1, 4 * 3600)


async def test_a_broken_speaker_hears_nothing_and_noise_is_counted() -> None:
    async with speakers(1) as (peers, reports):
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
        sender.sendto(b"noise", (peers[0].group, peers[0].port))
        await until(lambda: peers[0].malformed == 1)
        peers[0].fail("silent", 5)
        async with running(peers) as gateway:
            await gateway.carry_out(make_order("start_page", "z0", prompt="hold"))
            await asyncio.sleep(0.2)
        sender.close()
    assert not reports
