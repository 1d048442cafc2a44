"""Plays a telephone system that tells of 911 calls: by webhook, and by NOTIFY to whoever has subscribed."""

import asyncio
from typing import Any

import aiohttp

from watchbell.gateways.pbx.codec import build_dialog_info
from watchbell.gateways.sip.addresses import build_uri, parse_address, parse_uri
from watchbell.gateways.sip.agent import Agent, find_hop
from watchbell.gateways.sip.codec import Request, Response
from watchbell.gateways.sip.transactions import Incoming
from watchbell.line import ids
from watchbell.wire.base import Malformed

EVENT = (("event", "dialog"), ("subscription-state", "active;expires=600"))


class Switch:
    """subscribers: (Contact, headers of the dialog) by Call-ID. Port 0 takes any."""

    def __init__(self, port: int = 0, agent: Agent | None = None) -> None:
        self.agent = agent or Agent()
        self._is_own = agent is None
        self._wanted_port = port
        self.subscribers: dict[str, tuple[str, str, str]] = {}
        self._cseq = 0

    @property
    def port(self) -> int:
        return self.agent.port

    async def start(self) -> None:
        self.agent.handlers["SUBSCRIBE"] = self._take_subscribe
        if self._is_own:
            await self.agent.start("127.0.0.1", self._wanted_port)

    async def stop(self) -> None:
        if self._is_own:
            await self.agent.stop()

    async def _take_subscribe(self, incoming: Incoming) -> None:
        request = incoming.request
        contact = parse_address(request.first("contact"))
        if isinstance(contact, Malformed) or request.first("event") != "dialog":
            incoming.answer(489)
            return
        answered = incoming.answer(200, [("expires", request.first("expires") or "600"),
                                         ("contact", self.agent.contact(incoming.source))])  # fmt: skip
        if answered is not None:
            told = (contact.uri, answered.first("to"), request.first("from"))
            self.subscribers[request.call_id] = told
            to = parse_address(answered.first("to"))
            if not isinstance(to, Malformed):
                self.agent.dialogs[request.call_id, to.tag] = self._take_subscribe

    async def notify(
        self, extension: str, dialed: str = "911", *, call_id: str = "", state: str = "confirmed", to: str = "",
        body: bytes = b"", content_type: str = "application/dialog-info+xml",
    ) -> list[Response]:  # fmt: skip
        """NOTIFY of a call from `extension` to every subscriber, or unasked to the address `to`."""
        host = f"127.0.0.1:{self.port}"
        local = f"sip:{extension}@{host}"
        body = body or build_dialog_info(local, local, f"sip:{dialed}@{host}", call_id or ids.new_id().hex, state)
        self._cseq += 1
        tag = ids.new_id().hex[-8:]
        known = [(to, f"<{local}>;tag={tag}", f"<{to}>", ids.new_id().hex)] if to else [
            (contact, ours, theirs, call) for call, (contact, ours, theirs) in self.subscribers.items()
        ]  # fmt: skip
        return [await self._send(*one, body, content_type) for one in known]

    async def _send(
        self, target: str, ours: str, theirs: str, call_id: str, body: bytes, content_type: str
    ) -> Response:  # fmt: skip
        uri = parse_uri(target)
        assert not isinstance(uri, Malformed)
        request = Request(
            method="NOTIFY", uri=target, body=body,
            headers=(("max-forwards", "70"), ("from", ours), ("to", theirs), ("call-id", call_id),
                     ("cseq", f"{self._cseq} NOTIFY"), *EVENT, ("content-type", content_type)),
        )  # fmt: skip
        return await asyncio.wait_for(self.agent.ask(request, await find_hop(uri)), 15)


async def post_call(
    address: str, feed: str, token: str, body: dict[str, Any] | bytes, content_type: str = "application/json"
) -> tuple[int, dict[str, Any]]:
    """Tells of a call by webhook; (status, answer)."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": content_type}
    options: dict[str, Any] = {"data": body} if isinstance(body, bytes) else {"json": body}
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session,
        session.post(f"http://{address}/pbx/{feed}", headers=headers, **options) as answer,
    ):
        return answer.status, await answer.json(content_type=None)


def call_body(extension: str, dialed: str = "911", call_id: str = "", **more: Any) -> dict[str, Any]:
    """A call record as many telephone systems send it."""
    return {"call_id": call_id or ids.new_id().hex, "dialed": dialed, "extension": extension, **more}


__all__ = ["Switch", "build_uri", "call_body", "post_call"]
