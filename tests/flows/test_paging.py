"""Announcements from the API to the speakers: two languages, cut off by an alarm, spoken live."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from typing import Any

from websockets.asyncio.client import connect

from tests.flows.installation import Installation
from watchbell.gateways.rtppaging.audio import cut_frames, strength, tone
from watchbell.gateways.rtppaging.peer import ZoneReceiver
from watchbell.gateways.rtppaging.words import Speaker
from watchbell.line.sound import decode_mulaw

SAY = [
    {"language": "en", "text": "Buses are twenty minutes late today."},
    {"language": "es", "text": "Los autobuses llegan veinte minutos tarde."},
]


def _zone(district: Installation, site: int = 0) -> dict[str, Any]:
    """A played zone of the site whose panel is pressed in these tests."""
    here = district.played()["panels"][site]["site"]
    return next(zone for zone in district.played()["paging_zones"] if zone["site"] == here)


@contextlib.asynccontextmanager
async def _speaker(zone: dict[str, Any]) -> AsyncIterator[ZoneReceiver]:
    """One more speaker in the zone, beside the played ones."""
    receiver = ZoneReceiver(zone["group"], zone["port"], "127.0.0.1", lambda told: None)
    await receiver.start()
    yield receiver
    await receiver.stop()


def _made(district: Installation, zones: list[str], **more: Any) -> dict[str, Any]:
    found = district.call("POST", "/announcements", {"zones": zones, "way": "text", "say": SAY, **more})
    assert "id" in found, found
    return dict(found)


def _until(district: Installation, announcement: str, states: set[str], seconds: float = 40) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        found = dict(district.call("GET", f"/announcements/{announcement}"))
        return found if found["state"] in states else None

    return dict(district.wait_until(look, seconds, f"the announcement is {' or '.join(states)}"))


def test_a_typed_text_is_heard_in_two_languages_and_told_to_its_end(district: Installation) -> None:
    zone = _zone(district)

    async def hear() -> tuple[dict[str, Any], bytes]:
        async with _speaker(zone) as receiver:
            made = await asyncio.to_thread(_made, district, [zone["endpoint"]])
            over = await asyncio.to_thread(_until, district, made["id"], {"over", "failed", "partly", "cut"})
            assert receiver.last is not None
            return over, bytes(receiver.last.sound)

    over, sound = asyncio.run(hear())
    assert over["state"] == "over" and over["zones"][0]["first_audio_ms"] < 2000, over
    kept = Speaker(district.home / "gateways" / "rtppaging" / "speech")
    places = [sound.find(kept.recall(one["text"], one["language"])[1600:4800]) for one in SAY]
    assert 0 < places[0] < places[1], "English, then Spanish"
    heard = [told["body"]["zone"] for told in district.outside("paging") if told["body"]["what"] == "page_stopped"]
    assert heard, "the played receivers heard it too"


def test_an_alarm_cuts_an_announcement_off_and_nothing_gets_in_its_way(district: Installation) -> None:
    zone = _zone(district)
    made = _made(district, [zone["endpoint"]], times=5, priority=10)
    _until(district, made["id"], {"on"})
    assert district.press().answer == "ACK"
    cut = _until(district, made["id"], {"cut"})
    assert "alarm" in cut["zones"][0]["because"]
    second = _made(district, [zone["endpoint"]], priority=10)
    refused = _until(district, second["id"], {"failed"})
    assert "An alarm is on" in refused["zones"][0]["because"]
    incident = district.settled(district.open_incident()["id"])
    pages = [r for r in incident["receipts"] if r["action"] == "start_page"]
    assert pages and all(r["state"] == "done" for r in pages)


def test_somebody_speaks_live_and_one_at_a_time(district: Installation) -> None:
    zone = _zone(district)
    frames = cut_frames(tone((400.0, 700.0, 1000.0, 1400.0, 600.0, 900.0), 0.35))

    async def speak() -> bytes:
        async with _speaker(zone) as receiver:
            made = await asyncio.to_thread(_made, district, [zone["endpoint"]], way="live", chime="none")
            url = f"ws://127.0.0.1:{district.port}/live/announce?ticket={made['ticket']}"
            async with connect(url) as line:
                told = json.loads(await asyncio.wait_for(line.recv(), 20))
                assert told["state"] == "on", told
                async with connect(url) as second:
                    assert json.loads(await second.recv())["state"] == "refused"
                began = time.monotonic()
                for count, frame in enumerate(frames):  # by the clock, as a microphone does
                    await asyncio.sleep(max(0.0, began + count * 0.02 - time.monotonic()))
                    await line.send(count.to_bytes(4, "big") + frame)
                busy = await asyncio.to_thread(
                    district.call, "POST", "/announcements", {"zones": [zone["endpoint"]], "way": "live"}
                )
                assert "speaking" in busy["detail"], busy
            over = await asyncio.to_thread(_until, district, made["id"], {"over"})
            assert over["zones"][0]["state"] == "played"
            assert receiver.last is not None
            return bytes(receiver.last.sound)

    heard = decode_mulaw(asyncio.run(speak()))
    wanted = decode_mulaw(b"".join(frames))
    assert (
        max(strength(heard, wanted[at : at + 4000]) for at in range(0, 12_001, 2000)) > 0.6
    )  # half a second in one piece


def test_a_ticket_of_another_kind_opens_no_microphone(district: Installation) -> None:
    async def knock(ticket: str) -> int | None:
        async with connect(f"ws://127.0.0.1:{district.port}/live/announce?ticket={ticket}") as line:
            await line.wait_closed()
            return line.close_code

    assert asyncio.run(knock("nonsense")) == 4401
