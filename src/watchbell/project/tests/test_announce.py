"""The microphone's way in: tickets, one connection an announcement, its end told however it comes."""

import asyncio
import json
from typing import Any

import pytest

from watchbell.line import signing
from watchbell.project import announce
from watchbell.project.announce import ALREADY_OPEN, LAST_FRAME, NO_TICKET, OVER, Speakers


class Line:
    """What the server hands to the application for one WebSocket, and the bus it publishes on."""

    is_up = True

    def __init__(self, ticket: str) -> None:
        self.scope = {"type": "websocket", "path": "/live/announce", "query_string": f"ticket={ticket}".encode()}
        self.incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.sent: list[dict[str, Any]] = []
        self.said: list[bytes] = []
        self.incoming.put_nowait({"type": "websocket.connect"})

    async def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)

    async def say(self, subject: str, payload: bytes) -> None:
        self.said.append(payload)

    def codes(self) -> list[int]:
        return [message["code"] for message in self.sent if message["type"] == "websocket.close"]


class Told:
    def __init__(self, session: str, **body: Any) -> None:
        self.subject, self.data = f"wb.d.audio-told.{session}.rtppaging", json.dumps(body).encode()


@pytest.fixture
def ticket() -> str:
    return signing.make_ticket({"kind": "announce", "session": "a1", "district": "d"}, 60)


def _speak(speakers: Speakers, line: Line) -> "asyncio.Task[None]":
    return asyncio.create_task(speakers.speak(line.scope, line.incoming.get, line.send, line))  # type: ignore[arg-type]


async def test_a_ticket_of_another_kind_is_refused() -> None:
    line = Line(signing.make_ticket({"kind": "live", "session": "a1", "district": "d"}, 60))
    await _speak(Speakers(), line)
    assert line.codes() == [NO_TICKET] and line.said == []


async def test_frames_go_out_and_the_end_is_told_when_the_line_is_cut(ticket: str) -> None:
    line = Line(ticket)
    frame = b"\0\0\0\1" + b"\x7f" * 160
    for message in ({"bytes": frame}, {"bytes": b"\0\0\0\1"}, {"bytes": b"x" * 999}, {"bytes": LAST_FRAME}):
        line.incoming.put_nowait({"type": "websocket.receive", **message})
    line.incoming.put_nowait({"type": "websocket.disconnect"})
    await asyncio.wait_for(_speak(Speakers(), line), 5)
    assert line.said == [frame, b"\0\0\0\1", LAST_FRAME]


async def test_one_speaks_an_announcement_and_is_told_when_it_is_cut_off(ticket: str) -> None:
    speakers, line, second = Speakers(), Line(ticket), Line(ticket)
    speaking = _speak(speakers, line)
    await asyncio.sleep(0.05)
    await _speak(speakers, second)
    assert second.codes() == [ALREADY_OPEN]
    await speakers.hear_told(Told("a1", zone="z", state="on", because="", seconds=0.5))  # type: ignore[arg-type]
    await speakers.hear_told(Told("a1", zone="z", state="cut", because="An alarm."))  # type: ignore[arg-type]
    await asyncio.sleep(0.5)
    texts = [json.loads(message["text"])["state"] for message in line.sent if message["type"] == "websocket.send"]
    assert texts == ["on", "cut"] and line.codes() == [OVER]
    line.incoming.put_nowait({"type": "websocket.disconnect"})
    await speaking


async def test_zones_that_are_on_before_the_browser_is_there_are_told_when_it_comes(ticket: str) -> None:
    speakers, line = Speakers(), Line(ticket)
    await speakers.hear_told(Told("a1", zone="z", state="on", because="", seconds=0.5))  # type: ignore[arg-type]
    for other in range(500):
        await speakers.hear_told(Told(f"b{other}", zone="z", state="on"))  # type: ignore[arg-type]
        if other == 50:
            await speakers.hear_told(Told("a1", zone="y", state="on", because="", seconds=0.6))  # type: ignore[arg-type]
        if other == 90:
            speaking = _speak(speakers, line)
            await asyncio.sleep(0.05)
    texts = [json.loads(message["text"])["zone"] for message in line.sent if message["type"] == "websocket.send"]
    assert texts == ["z", "y"] and len(speakers._early) == 100
    line.incoming.put_nowait({"type": "websocket.disconnect"})
    await speaking


@pytest.mark.parametrize("begins", [False, True])
async def test_where_every_zone_refuses_the_speaker_is_told_why_and_where_one_begins_it_goes_on(
    ticket: str, monkeypatch: pytest.MonkeyPatch, begins: bool
) -> None:
    monkeypatch.setattr(announce, "OTHERS_SECONDS", 0.3)
    speakers, line = Speakers(), Line(ticket)
    speaking = _speak(speakers, line)
    await asyncio.sleep(0.05)
    await speakers.hear_told(Told("a1", zone="z", state="refused", because="An alarm is on."))  # type: ignore[arg-type]
    if begins:
        await speakers.hear_told(Told("a1", zone="y", state="on", because="", seconds=0.5))  # type: ignore[arg-type]
    await asyncio.sleep(0.6)
    closes = [(one["code"], one["reason"]) for one in line.sent if one["type"] == "websocket.close"]
    assert closes == ([] if begins else [(OVER, "An alarm is on.")])
    line.incoming.put_nowait({"type": "websocket.disconnect"})
    await speaking
