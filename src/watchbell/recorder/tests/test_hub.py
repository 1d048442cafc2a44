"""Cameras over real sockets: who watches gets pictures, at once, again after every fault, and never delays others."""

import asyncio
import contextlib
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from watchbell.line import clock
from watchbell.recorder import hub as hub_module
from watchbell.recorder import pulse as pulse_module
from watchbell.recorder import rtsp as rtsp_module
from watchbell.recorder.hub import DELTA, INIT, KEY, WORDS, Camera, Hub, Piece, Viewer, entry_of
from watchbell.recorder.peer import Cameras, PlayedCamera
from watchbell.recorder.pulse import Pulse, Verdict, ask
from watchbell.recorder.rtsp_codec import Address
from watchbell.recorder.viewing import Wish, read_wish, serve
from watchbell.wire.base import Malformed

DISTRICT, SITE = "d1", "s1"


@pytest.fixture
async def played() -> AsyncIterator[Cameras]:
    cameras = Cameras(0, [
        PlayedCamera("one", "corridor", user="viewer", password="secret"),
        PlayedCamera("two", "entrance"), PlayedCamera("three", "parking"),
    ])  # fmt: skip
    await cameras.start()
    yield cameras
    await cameras.stop()


def told(cameras: Cameras, name: str, district: str = DISTRICT, **more: Any) -> dict[str, Any]:
    url = f"rtsp://127.0.0.1:{cameras.port}/{name}/live"
    return {"endpoint": name, "district": district, "site": SITE, "name": name, "live": url, **more}


@pytest.fixture
async def hub(played: Cameras) -> AsyncIterator[Hub]:
    made = Hub()
    made.apply([
        entry_of(told(played, "one", username="viewer"), "secret"), entry_of(told(played, "two"), ""),
        entry_of(told(played, "three", district="d2"), ""),
    ])  # fmt: skip
    yield made
    await made.close()


async def until(viewer: Viewer, kind: bytes, seconds: float = 5.0) -> Piece:
    async with asyncio.timeout(seconds):
        while (piece := await viewer.take()).kind != kind:
            pass
        return piece


async def until_state(viewer: Viewer, state: str, seconds: float = 10.0) -> dict[str, Any]:
    async with asyncio.timeout(seconds):
        while (words := json.loads((await until(viewer, WORDS, seconds)).body))["state"] != state:
            pass
        return dict(words)


def camera_of(hub: Hub, name: str) -> Camera:
    found = hub.find(name, DISTRICT)
    assert found is not None
    return found


async def test_a_viewer_gets_words_the_first_piece_and_a_key_frame(hub: Hub, played: Cameras) -> None:
    viewer = Viewer()
    camera_of(hub, "one").join(viewer)
    words = await until_state(viewer, "live")
    assert words["codec"] == "avc1.4d401f" and (words["width"], words["height"]) == (640, 360)
    assert (await viewer.take()).kind == INIT and (await viewer.take()).kind == KEY
    assert (await until_state(viewer, "live"))["clock"] == "camera", "the sender report has come"
    assert [(await viewer.take()).kind for _ in range(3)] == [DELTA] * 3
    assert len(played.watched["corridor", 0]) == 1, "one session"


async def test_a_second_viewer_has_a_picture_at_once_and_makes_no_second_session(hub: Hub, played: Cameras) -> None:
    camera, first, second = camera_of(hub, "two"), Viewer(), Viewer()
    camera.join(first)
    await until(first, DELTA)
    camera.join(second)
    kinds = [(await asyncio.wait_for(second.take(), 0.01)).kind for _ in range(3)]
    assert kinds == [WORDS, INIT, KEY]
    assert len(played.watched["entrance", 0]) == 1 and hub.viewer_count == 2 and hub.open_count == 1


async def test_the_session_ends_some_seconds_after_the_last_viewer(
    hub: Hub, played: Cameras, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "LINGER_SECONDS", 0.2)
    camera, viewer = camera_of(hub, "two"), Viewer()
    camera.join(viewer)
    await until(viewer, KEY)
    camera.leave(viewer)
    async with asyncio.timeout(3):
        while camera.is_open or played.watched:
            await asyncio.sleep(0.05)
    again = Viewer()
    camera.join(again)
    await until(again, KEY)


async def test_a_slow_viewer_loses_frames_up_to_a_key_frame_and_others_lose_none() -> None:
    viewer = Viewer()
    frame = bytes(100_000)
    viewer.offer(Piece(WORDS, b"{}"))
    viewer.offer(Piece(INIT, b"init"))
    viewer.offer(Piece(KEY, frame))
    for _ in range(40):
        viewer.offer(Piece(DELTA, frame))
    assert viewer._bytes <= hub_module.MOST_BEHIND_BYTES and viewer.skipped > 20
    viewer.offer(Piece(KEY, b"new"))
    viewer.offer(Piece(DELTA, b"after"))
    kinds = [(await viewer.take()) for _ in range(4)]
    assert [one.kind for one in kinds] == [WORDS, INIT, KEY, DELTA] and kinds[2].body == b"new"


async def test_a_wrong_password_is_told_in_words_and_the_right_one_helps_at_once(hub: Hub, played: Cameras) -> None:
    camera, viewer = camera_of(hub, "one"), Viewer()
    hub.apply([entry_of(told(played, "one", username="viewer"), "wrong")])
    camera.join(viewer)
    words = await until_state(viewer, "none")
    assert words["because"] == "It refuses our user or password." and "settings" in words["advice"]
    assert "wrong" not in repr(camera.entry)
    hub.apply([entry_of(told(played, "one", username="viewer"), "secret")])
    await until(viewer, KEY)


async def test_basic_is_used_where_a_camera_knows_nothing_else() -> None:
    asked: list[str] = []

    async def attend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError), contextlib.closing(writer):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                asked.append(head)
                number = head.split("CSeq: ")[1].split("\r\n")[0]
                is_in = "Authorization: Basic dTpw" in head
                status = "404 Not Found" if is_in else '401 Unauthorized\r\nWWW-Authenticate: Basic realm="x"'
                writer.write(f"RTSP/1.0 {status}\r\nCSeq: {number}\r\n\r\n".encode())

    server = await asyncio.start_server(attend, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    hub = Hub()
    hub.apply([entry_of({"endpoint": "b", "district": DISTRICT, "live": f"rtsp://127.0.0.1:{port}/x",
                         "username": "u"}, "p")])  # fmt: skip
    viewer = Viewer()
    camera_of(hub, "b").join(viewer)
    assert (await until_state(viewer, "none"))["because"] == "It knows no such stream."
    assert "Authorization: Basic dTpw" in asked[1]
    await hub.close()
    server.close()
    await asyncio.sleep(0.05)


async def test_a_camera_that_is_not_h264_says_so_plainly(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("watchbell.recorder.peer._describe",
                        lambda scene: b"v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H265/90000\r\n")  # fmt: skip
    viewer = Viewer()
    camera_of(hub, "two").join(viewer)
    words = await until_state(viewer, "none")
    assert words["because"] == "This camera's live stream is H.265, not H.264: choose its sub stream."


@pytest.mark.parametrize("how", ["silent", "refuses", "garbles", "slow"])
async def test_after_each_fault_the_picture_is_back_by_itself(
    hub: Hub, played: Cameras, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rtsp_module, "STALL_SECONDS", 0.8)
    monkeypatch.setattr(rtsp_module, "ANSWER_SECONDS", 0.8)
    viewer, camera = Viewer(), camera_of(hub, "two")
    camera.join(viewer)
    await until(viewer, KEY)
    played.cameras["two"].fail(how, 2.0)
    if how != "slow":  # a running stream does not notice that answers come late
        words = await until_state(viewer, "none")
        assert words["because"] and words["since"] is not None, "since when there has been no picture"
    await until_state(viewer, "live", 12) if how != "slow" else None
    await until(viewer, KEY)


async def test_an_unreachable_camera_is_told_with_its_address_and_an_advice() -> None:
    hub = Hub()
    hub.apply([entry_of({"endpoint": "x", "district": DISTRICT, "live": "rtsp://127.0.0.1:9/x"}, ""),
               entry_of({"endpoint": "y", "district": DISTRICT, "live": ""}, "")])  # fmt: skip
    for name, because in (("x", "It cannot be reached at 127.0.0.1:9"), ("y", "Nobody has written down")):
        viewer = Viewer()
        camera_of(hub, name).join(viewer)
        words = await until_state(viewer, "none")
        assert words["because"].startswith(because) and words["advice"]
    await hub.close()


def test_cameras_of_another_district_and_private_ones_are_unknown() -> None:
    hub = Hub()
    hub.cameras = {
        "a": Camera(entry_of({"endpoint": "a", "district": "d1"}, "")),
        "b": Camera(entry_of({"endpoint": "b", "district": "d1", "is_live": False}, "")),
    }
    assert hub.find("a", "d1") is not None
    assert hub.find("a", "d2") is None and hub.find("b", "d1") is None and hub.find("c", "d1") is None


# -- the socket ----------------------------------------------------------------------------------------------------


async def read_piece(reader: asyncio.StreamReader) -> Piece:
    head = await reader.readexactly(5)
    return Piece(head[4:], await reader.readexactly(int.from_bytes(head[:4], "big")))


async def test_the_socket_gives_pictures_to_its_owner_and_tells_what_a_look_found(
    hub: Hub, played: Cameras, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHBELL_HOME", str(tmp_path))
    server = await serve(hub)
    path = Path((tmp_path / "run" / "recorder.path").read_text())
    assert path.stat().st_mode & 0o777 == 0o600

    async def opened(**wish: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(json.dumps(wish).encode() + b"\n")
        return reader, writer

    reader, writer = await opened(camera="one", district=DISTRICT)
    async with asyncio.timeout(5):
        while (await read_piece(reader)).kind != DELTA:
            pass
    writer.close()
    async with asyncio.timeout(2):
        while hub.viewer_count:
            await asyncio.sleep(0.02)
    for wish, state in (({"camera": "two"}, "seen"), ({"camera": "three"}, "none")):
        reader, writer = await opened(what="look", district=DISTRICT, **wish)
        words = json.loads((await asyncio.wait_for(read_piece(reader), 5)).body)
        assert words["state"] == state, words
        assert state == "none" or (words["took_ms"] < 3000 and words["width"] == 640)
        assert await reader.read() == b""
        writer.close()
    reader, writer = await opened(nonsense="x")
    assert await reader.read() == b""
    writer.close()
    server.close()
    os.unlink(path)
    assert isinstance(read_wish(b"{"), Malformed) and isinstance(read_wish(b'{"camera":"a","district":"b"}'), Wish)


# -- life ----------------------------------------------------------------------------------------------------------


async def test_a_question_proves_life_and_a_silent_camera_is_told(
    played: Cameras, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulse_module, "ANSWER_SECONDS", 0.3)
    here = Address(host="127.0.0.1", port=played.port, url=f"rtsp://127.0.0.1:{played.port}/one/live")
    assert await ask(here) == Verdict("online")
    played.cameras["one"].fail("garbles", 5)
    assert (await ask(here)).state == "trouble"
    played.cameras["one"].fail("silent", 5)
    found = await ask(here)
    assert found.state == "silent" and str(played.port) in found.because
    assert (await ask(Address(host="127.0.0.1", port=9, url="rtsp://127.0.0.1:9/x"))).state == "silent"


async def test_one_missed_answer_is_no_silence_and_news_is_told_once(
    hub: Hub, played: Cameras, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulse_module, "ANSWER_SECONDS", 0.1)
    monkeypatch.setattr(pulse_module, "EVERY_SECONDS", 0.4)
    monkeypatch.setattr(pulse_module, "AGAIN_SECONDS", 0.2)
    monkeypatch.setattr(pulse_module, "TICK_SECONDS", 0.02)
    said: list[tuple[str, str]] = []

    async def say(camera: Camera, verdict: Verdict, is_news: bool) -> None:
        said.append((camera.entry.id, verdict.state))

    pulse = Pulse(hub, say)
    pulse.follow()
    running = asyncio.create_task(pulse.run())
    await asyncio.sleep(0.7)
    assert sorted(said) == [("one", "online"), ("three", "online"), ("two", "online")]
    played.cameras["two"].fail("silent", 1.2)
    began = clock.monotonic()
    async with asyncio.timeout(5):
        while ("two", "silent") not in said:
            await asyncio.sleep(0.02)
    assert clock.monotonic() - began > 0.2, "asked twice"
    async with asyncio.timeout(5):
        while said[-1] != ("two", "online"):
            await asyncio.sleep(0.02)
    assert len(said) == 5 and pulse.silent_count == 0
    running.cancel()
