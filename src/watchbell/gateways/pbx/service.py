"""Hears of 911 calls: POST /pbx/<feed> (port 9721, the feed's token) and SIP NOTIFY (port 9722). It takes no orders.

Entries by "kind": "call_feed" {"endpoint", "name", "device", "district", "site" or "fallback", "host", "port",
"transport", "watch": [users subscribed to], "fields": {"dialed": "dotted.path"…}, "emergency", "test_numbers",
"callback"}; "phone" as gateways/sip has it. secrets: {endpoint of a feed: token}.
"""

import asyncio
import hmac
import json
import logging
from typing import Any

from aiohttp import web

from watchbell.gateways.base import Gateway
from watchbell.gateways.pbx.codec import CallEvent, parse_json, read_body
from watchbell.gateways.pbx.feeds import Feed, Feeds, identity_of, press_of, read_entries
from watchbell.gateways.sip.addresses import build_uri
from watchbell.gateways.sip.agent import Agent
from watchbell.gateways.sip.codec import Request, parts_of
from watchbell.gateways.sip.transactions import Incoming, NoAnswer
from watchbell.line import clock, config, ids
from watchbell.line.spool import Memory
from watchbell.wire.base import Malformed
from watchbell.wire.press import PressRefused
from watchbell.wire.status import DeviceStatus
from watchbell.wire.subjects import subject

log = logging.getLogger(__name__)
DEFAULT_PORT, DEFAULT_SIP_PORT = 9721, 9722
DAY_SECONDS = 86400.0
#: A telephone system that tells of one call both ways tells it within this time.
BOTH_WAYS_SECONDS = 20.0
SUBSCRIBED_SECONDS = 600
AGAIN_SECONDS = 15.0
MAX_BODY = 256_000
REFUSALS_PER_MINUTE = 60


class PbxGateway(Gateway):
    """Raises `call_911` for each call told once; any other call is neither kept nor passed on."""

    name = "pbx"

    def __init__(self) -> None:
        super().__init__()
        self.feeds = Feeds()
        self.agent = Agent()
        self.seen = Memory(self.folder / "seen", DAY_SECONDS, clock.unix())
        self._lately: dict[tuple[str, str, str], tuple[float, str, str]] = {}
        self._in_flight: dict[str, asyncio.Task[bool]] = {}
        self._runner: web.AppRunner | None = None
        self._subscribing: asyncio.Task[None] | None = None
        self._refusals: list[float] = []
        self._said: dict[str, tuple[str, str, float]] = {}

    async def apply(self, entries: list[dict[str, Any]], secrets: dict[str, Any]) -> None:
        self.feeds = read_entries(entries, secrets)
        if self.agent.port:
            self._subscribe()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(0.5)
            self.state, self.because = ("degraded" if self.feeds.problems else "ok"), "; ".join(self.feeds.problems)

    async def start(self) -> None:
        application = web.Application(client_max_size=MAX_BODY)
        application.router.add_post("/pbx/{feed}", self._take_webhook)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, config.bind(), config.gateway_port(self.name, DEFAULT_PORT)).start()
        host, port = self._runner.addresses[0][:2]
        self.agent.handlers |= {"NOTIFY": self._take_notify, "MESSAGE": self._take_notify}
        await self.agent.start(config.bind(), config.gateway_port("pbx_sip", DEFAULT_SIP_PORT))
        self.address = f"{host}:{port}"
        (self.folder / "sip_address").write_text(f"{host}:{self.agent.port}")
        self._subscribe()
        self.agent.run_task(self._watch())

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
        await self.agent.stop()

    # -- by HTTP -----------------------------------------------------------------------------------------------

    async def _take_webhook(self, request: web.Request) -> web.Response:
        feed = self.feeds.by_device.get(request.match_info["feed"])
        if (
            feed is None
            or not feed.token
            or not hmac.compare_digest(_token_of(request).encode("utf-8", "replace"), feed.token.encode())
        ):
            return _answer(401, because="There is no such feed, or the token is not its own.")
        raw = await request.read()
        kind = request.content_type
        found = (
            parse_json(raw, feed.fields) if kind == "application/octet-stream" else read_body(kind, raw, feed.fields)
        )
        if isinstance(found, Malformed):
            self._refuse(feed, request.remote or "", found.because, raw)
            return _answer(400, because=found.because)
        self._hear(feed)
        taken, is_safe = await self._take_calls(feed, found, "http")
        if not is_safe:
            return _answer(503, because="The call is kept here, but not passed on yet. Tell it again.")
        return _answer(200, taken=taken, ignored=len(found) - len(taken))

    # -- by SIP ------------------------------------------------------------------------------------------------

    async def _take_notify(self, incoming: Incoming) -> None:
        """A NOTIFY (asked for or not) or MESSAGE of a telephone system we know, answered when its call is safe."""
        request = incoming.request
        feed = self.feeds.at(incoming.source.host)
        if feed is None:
            incoming.answer(403)
            return
        self._hear(feed)
        events: list[CallEvent] = []
        faults: list[str] = []
        parts = parts_of(request)
        for part in parts:
            found = read_body(part.type, part.body, feed.fields)
            if isinstance(found, Malformed):  # a part that nobody here reads must not cost the call in another
                self._refuse(feed, incoming.source.host, found.because, part.body)
                faults.append(found.because)
            else:
                events += found
        if faults and len(faults) == len(parts):
            incoming.answer(400, reason=faults[0])
            return
        _, is_safe = await self._take_calls(feed, events, "sip")
        incoming.answer(200) if is_safe else incoming.answer(503, [("retry-after", "5")])

    def _subscribe(self) -> None:
        if self._subscribing is not None:
            self._subscribing.cancel()
        self._subscribing = self.agent.run_task(self._keep_subscribed(list(self.feeds.by_device.values())))

    async def _keep_subscribed(self, feeds: list[Feed]) -> None:
        await asyncio.gather(*(self._follow(feed, user) for feed in feeds if feed.hop for user in feed.watch))

    async def _follow(self, feed: Feed, user: str) -> None:
        """Subscribes to one user's dialogs (RFC 4235) for as long as the configuration says so."""
        assert feed.hop is not None
        call_id, tag, cseq, remote = ids.new_id().hex, ids.new_id().hex[-12:], 0, ""
        self.agent.dialogs[call_id, tag] = self._take_notify
        try:
            while True:
                cseq += 1
                to = build_uri(user, feed.hop.host, feed.hop.port)
                host = self.agent.transport.address_towards(feed.hop)
                request = Request(
                    method="SUBSCRIBE", uri=to,
                    headers=(
                        ("max-forwards", "70"), ("from", f"<{build_uri('watchbell', host)}>;tag={tag}"),
                        ("to", remote or f"<{to}>"), ("call-id", call_id), ("cseq", f"{cseq} SUBSCRIBE"),
                        ("contact", self.agent.contact(feed.hop)), ("event", "dialog"),
                        ("accept", "application/dialog-info+xml"), ("expires", str(SUBSCRIBED_SECONDS)),
                    ),
                )  # fmt: skip
                remote, pause = await self._subscribe_once(feed, request, remote)
                await asyncio.sleep(pause)
        finally:
            self.agent.dialogs.pop((call_id, tag), None)

    async def _subscribe_once(self, feed: Feed, request: Request, remote: str) -> tuple[str, float]:
        """(the To of the next request, seconds until it)."""
        assert feed.hop is not None
        try:
            async with asyncio.timeout(8):
                response = await self.agent.ask(request, feed.hop)
        except (NoAnswer, TimeoutError):
            await self._say(feed, "silent", "The telephone system does not answer our subscription.")
            return remote, 5.0
        if response.status >= 300:
            await self._say(feed, "trouble", f"It refuses our subscription: {response.status} {response.reason}.")
            return "", 30.0
        self._hear(feed)
        return response.first("to"), SUBSCRIBED_SECONDS / 30

    # -- presses -----------------------------------------------------------------------------------------------

    async def _take_calls(self, feed: Feed, events: list[CallEvent], how: str) -> tuple[list[str], bool]:
        """(ids of the presses, whether all of them are safe); calls to other numbers are passed over."""
        taken = {}
        for event in events:
            mode = feed.judge(event)
            if mode:
                press = self._identity(feed, event, mode, how)
                if press not in taken:
                    taken[press] = asyncio.ensure_future(self._raise_once(press, feed, event, mode))
        return list(taken), all(await asyncio.gather(*taken.values()))

    def _identity(self, feed: Feed, event: CallEvent, mode: str, how: str) -> str:
        now = clock.unix()
        press = identity_of(feed, event, now)
        if self.seen.get(press) is not None:
            return press
        key = (feed.district, event.extension, mode)
        known = self._lately.get(key)
        if known is not None and known[1] != how and now - known[0] < BOTH_WAYS_SECONDS:
            return known[2]  # the same call, told the other way too
        self._lately[key] = (now, how, press)
        return press

    async def _raise_once(self, press: str, feed: Feed, event: CallEvent, mode: str) -> bool:
        known = self.seen.get(press)
        if known is not None and known[1] == b"taken":
            return True
        running = self._in_flight.get(press)
        if running is None:
            running = self.agent.run_task(self._raise(press, feed, event, mode))
            self._in_flight[press] = running
            running.add_done_callback(lambda _: self._in_flight.pop(press, None))
        return await running

    async def _raise(self, press: str, feed: Feed, event: CallEvent, mode: str) -> bool:
        pressed = press_of(press, feed, self.feeds.phone(feed.district, event), event, mode, clock.unix())
        self.seen.keep(press, pressed.received_at)
        where = subject(pressed.district, pressed.site, "press", "pbx", pressed.device)
        if not await self.send_safely(where, pressed, press):
            log.warning("the call %s lies in the spool", press)
            return False
        self.seen.keep(press, pressed.received_at, b"taken")
        log.info("press %s: 911 called from %s", press, pressed.device)
        return True

    # -- proof of life, refusals -------------------------------------------------------------------------------

    def _hear(self, feed: Feed) -> None:
        self.agent.run_task(self._say(feed, "online", ""))

    async def _say(self, feed: Feed, state: str, because: str) -> None:
        known = self._said.get(feed.endpoint)
        if known is not None and known[:2] == (state, because) and clock.monotonic() - known[2] < AGAIN_SECONDS:
            return
        self._said[feed.endpoint] = (state, because, clock.monotonic())
        await self.say_status(
            DeviceStatus(
                district=feed.district, site=feed.site, gateway=self.name, device=feed.device, endpoint=feed.endpoint,
                state=state, at=clock.unix(), because=because,
            )
        )  # fmt: skip

    def _refuse(self, feed: Feed, peer: str, because: str, raw: bytes) -> None:
        log.warning("%s: refused: %s", feed.name, because)
        now = clock.monotonic()
        self._refusals = [at for at in self._refusals if at > now - 60] + [now]
        if len(self._refusals) > REFUSALS_PER_MINUTE:
            return
        refused = PressRefused(
            id=ids.new_id().hex, district=feed.district, gateway=self.name, peer=peer, because=because,
            raw=raw[:4000].decode("utf-8", "replace").replace("\x00", "\\x00"), at=clock.unix(), site=feed.site or None,
        )  # fmt: skip
        where = subject(feed.district, feed.site, "status", self.name, feed.device)
        self.agent.run_task(self.send_safely(where, refused, refused.id, wait=False))


def _token_of(request: web.Request) -> str:
    """The bearer token, or the header that systems without one can set; never from the address, which gets logged."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else request.headers.get("X-Watchbell-Token", "")


def _answer(status: int, **body: Any) -> web.Response:
    return web.Response(status=status, text=json.dumps(body), content_type="application/json",
                        headers={"Retry-After": "2"} if status == 503 else None)  # fmt: skip


Service = PbxGateway
