"""The way of a picture to a browser: tickets, districts, closing, the recorder's death, and who is slow."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from watchbell.line import clock, config, signing
from watchbell.project import pictures
from watchbell.project.pictures import CLOSED, ENDED, MOST_OWED, NO_TICKET, TOLD, Look, Watching
from watchbell.recorder.hub import DELTA, INIT, KEY, Hub, entry_of
from watchbell.recorder.peer import Cameras, PlayedCamera
from watchbell.recorder.viewing import serve

CEDAR, BIRCH = "cedar", "birch"


class Line:
    """What the server hands to the application for one WebSocket."""

    def __init__(self, camera: str, ticket: str) -> None:
        self.scope = {"type": "websocket", "path": f"/live/video/{camera}", "query_string": f"ticket={ticket}".encode()}
        self.incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.sent: list[dict[str, Any]] = []
        self.incoming.put_nowait({"type": "websocket.connect"})

    async def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)

    def say(self, **words: Any) -> None:
        self.incoming.put_nowait({"type": "websocket.receive", "text": json.dumps(words)})

    def words(self) -> list[dict[str, Any]]:
        return [json.loads(one["text"]) for one in self.sent if one.get("text")]

    def states(self) -> list[str]:
        return [one["state"] for one in self.words() if "state" in one]

    def pieces(self) -> list[bytes]:
        return [one["bytes"] for one in self.sent if one.get("bytes")]

    def codes(self) -> list[int]:
        return [one["code"] for one in self.sent if one["type"] == "websocket.close"]


def ticket_for(camera: str, district: str = CEDAR, seconds: float = 60, **more: Any) -> str:
    claims = {"kind": "video", "camera": camera, "district": district, "user": "u", "look": "l", "gate": "", **more}
    return signing.make_ticket(claims, seconds)


@pytest.fixture
async def recorder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Hub]:
    """A recorder with a camera in each of two districts."""
    played = Cameras(0, [PlayedCamera("c", "corridor"), PlayedCamera("b", "parking")])
    await played.start()
    hub = Hub()
    hub.apply([
        entry_of({"endpoint": name, "district": district, "live": f"rtsp://127.0.0.1:{played.port}/{name}/live"}, "")
        for name, district in (("c", CEDAR), ("b", BIRCH))
    ])  # fmt: skip
    monkeypatch.setattr(config, "run_folder", lambda: tmp_path)
    server = await serve(hub)
    yield hub
    server.close()
    await hub.close()
    await played.stop()


async def until(true: Any, seconds: float = 6.0) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.02)


def watch(watching: Watching, line: Line) -> "asyncio.Task[None]":
    return asyncio.create_task(watching.show(line.scope, line.incoming.get, line.send))


async def leave(line: Line, task: "asyncio.Task[None]") -> None:
    line.incoming.put_nowait({"type": "websocket.disconnect"})
    await asyncio.wait_for(task, 2)


@pytest.mark.parametrize(
    "ticket",
    ["", "forged.00", ticket_for("other"), ticket_for("c", seconds=-1), ticket_for("c", kind="live"),
     ticket_for("c", kind="press")],
)  # fmt: skip
async def test_no_ticket_no_picture(ticket: str) -> None:
    line, watching = Line("c", ticket), Watching()
    await watch(watching, line)
    assert line.codes() == [NO_TICKET] and not line.pieces() and not watching.looks


async def test_a_picture_comes_with_the_servers_clock_beside_it(recorder: Hub) -> None:
    line, watching = Line("c", ticket_for("c")), Watching()
    task = watch(watching, line)
    await until(lambda: len(line.pieces()) > 5)
    assert line.pieces()[0][4:8] == b"ftyp" and line.pieces()[1][4:8] == b"prft"
    assert any(abs(one["now"] - clock.unix() * 1000) < 5000 for one in line.words() if "now" in one)
    assert "live" in line.states() and recorder.viewer_count == 1
    await leave(line, task)
    await until(lambda: recorder.viewer_count == 0)


async def test_a_ticket_of_one_district_never_opens_another_ones_camera(recorder: Hub) -> None:
    line, watching = Line("b", ticket_for("b", CEDAR)), Watching()
    task = watch(watching, line)
    await until(lambda: "none" in line.states())
    assert not line.pieces() and recorder.viewer_count == recorder.open_count == 0
    await leave(line, task)
    mine = Line("b", ticket_for("b", BIRCH))
    task = watch(watching, mine)
    await until(lambda: len(mine.pieces()) > 1)
    await leave(mine, task)


async def test_a_look_ends_with_its_ticket_and_goes_on_with_a_new_one_of_its_own(recorder: Hub) -> None:
    short, renewed, foreign = (Line("c", ticket_for("c", seconds=1.2)) for _ in range(3))
    watching = Watching()
    tasks = [watch(watching, line) for line in (short, renewed, foreign)]
    await until(lambda: len(watching.looks) == 3)
    renewed.say(ticket=ticket_for("c"))
    foreign.say(ticket=ticket_for("c", user="somebody else"))
    foreign.say(ticket="nonsense")
    await until(lambda: short.codes() and foreign.codes())
    assert short.codes() == foreign.codes() == [ENDED] and not renewed.codes()
    await leave(renewed, tasks[1])


async def test_when_an_incident_closes_its_looks_end_at_once_and_no_others(recorder: Hub) -> None:
    gated, other, director = (
        Line("c", ticket_for("c", gate="i1")), Line("c", ticket_for("c", gate="i2")), Line("c", ticket_for("c"))
    )  # fmt: skip
    watching = Watching()
    tasks = [watch(watching, line) for line in (gated, other, director)]
    await until(lambda: all(len(line.pieces()) > 1 for line in (gated, other, director)))
    watching.hear_topic(BIRCH, "gate:i1")
    watching.hear_topic(CEDAR, "incident:i1")
    await asyncio.sleep(0.1)
    assert not gated.codes(), "another district's, and another word"
    watching.hear_topic(CEDAR, "gate:i1")
    await asyncio.wait_for(tasks[0], 1)
    assert gated.codes() == [CLOSED] and "is over" in gated.words()[-1]["because"]
    count = len(other.pieces())
    await until(lambda: len(other.pieces()) > count)
    assert not other.codes() and not director.codes()
    await leave(other, tasks[1])
    await leave(director, tasks[2])


async def test_the_picture_is_back_after_the_recorder_was_away(
    recorder: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "AGAIN_SECONDS", 0.05)
    where = pictures.path_file()
    path = where.read_text()
    where.write_text(str(tmp_path / "nothing"))
    line, watching = Line("c", ticket_for("c")), Watching()
    task = watch(watching, line)
    await until(lambda: "none" in line.states())
    assert "comes back by itself" in str(line.words())
    where.write_text(path)
    await until(lambda: len(line.pieces()) > 1)
    await leave(line, task)


async def test_a_trial_says_what_was_found_and_shows_nothing(recorder: Hub) -> None:
    line = Line("c", ticket_for("c", kind="video-test"))
    await asyncio.wait_for(watch(Watching(), line), 8)
    found = next(one for one in line.words() if one.get("state") == "seen")
    assert (found["width"], found["height"]) == (640, 360) and not line.pieces() and line.codes() == [TOLD]


async def test_a_browser_that_takes_nothing_is_sent_nothing_more_until_it_has_caught_up() -> None:
    line = Line("c", "")
    look = Look({"exp": 0.0}, line.send)
    for kind in (INIT, KEY, *(DELTA,) * MOST_OWED, KEY):
        await look.show(kind, b"old")
    assert line.pieces() == [b"old"] * MOST_OWED, "what it owes is bounded"
    look.take_word(json.dumps({"got": 10}))
    await look.show(DELTA, b"needs what it never got")
    await look.show(KEY, b"anew")
    await look.show(DELTA, b"and on")
    assert line.pieces()[MOST_OWED:] == [b"anew", b"and on"]
    for words in ("{", "[]", '{"got": "x"}', '{"ticket": null}', "null"):
        look.take_word(words)
