"""The played relay: mails arrive, a parent answers, it fails as asked."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP

from watchbell.gateways.smtp.returning import deliver
from watchbell.line.errors import NotFound, Refused, Unavailable
from watchbell.simulator import mail
from watchbell.simulator.acts import World
from watchbell.simulator.outside import Outside

RAW = (
    b"From: Cedar <alerts@cedar.invalid>\r\nTo: ana@example.org\r\nReply-To: <r+1@mail.invalid>\r\n"
    b"Subject: Early dismissal\r\nMessage-ID: <1@cedar.invalid>\r\n\r\nSchool ends at noon.\r\n"
)


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    monkeypatch.setenv("WATCHBELL_HOME", str(tmp_path))
    outside = Outside(mail.CHANNELS)
    parts = mail.play_mail([{"endpoint": "e1", "name": "Relay", "port": 0}], outside)
    found = World(parts, outside)
    for part in parts:
        await part.start()
    yield found
    for part in parts:
        await part.peer.stop()


async def test_a_parent_answers(world: World, tmp_path: Path) -> None:
    taken: list[Any] = []

    class Handler:
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
            taken.append(envelope)
            return "250 OK"

    relay = world.by_name["smtp"]
    with pytest.raises(NotFound):
        await mail.ACTS["mail_reply"](world, {"to": "ana@example.org", "text": "We come"})
    assert (await deliver(("127.0.0.1", relay.port), "b+1@mail.invalid", "ana@example.org", RAW)).startswith("250")
    (heard,) = world.outside.received("smtp") or []
    assert heard["to"] == "ana@example.org" and heard["body"]["subject"] == "Early dismissal"
    assert heard["body"]["text"].strip() == "School ends at noon." and "Subject: Early" in heard["raw"]
    with pytest.raises(Unavailable):
        await mail.ACTS["mail_reply"](world, {"to": "ana@example.org", "text": "We come"})
    with pytest.raises(Refused):
        await mail.ACTS["mail_reply"](world, {"to": "ana@example.org"})
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(Handler()), "127.0.0.1", 0)
    folder = tmp_path / "gateways" / "smtp"
    folder.mkdir(parents=True)
    (folder / "address").write_text(f"127.0.0.1:{server.sockets[0].getsockname()[1]}")
    told = await mail.ACTS["mail_reply"](world, {"to": "Ana@example.org", "text": "We come"})
    assert told["answer"].startswith("250") and taken[0].rcpt_tos == ["r+1@mail.invalid"]
    assert b"We come" in taken[0].content and taken[0].mail_from == "ana@example.org"
    server.close()


async def test_it_fails_as_asked(world: World) -> None:
    relay = world.by_name["e1"]
    relay.fail("refuses", 5)
    assert (await deliver(("127.0.0.1", relay.port), "a@b.c", "ana@example.org", RAW)).startswith("421")
    assert world.outside.received("smtp") == []
