"""Places calls through a Twilio-shaped carrier and hears how they went. Port 9711 for the carrier's callbacks.

Entries: {"endpoint", "name", "district", "site", "to", "url" (API base), "from", "account_sid", "test"};
secrets: {endpoint: auth token}.
"""

import asyncio
import base64
import logging
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web

from watchbell.gateways.base import Gateway, Outcome, look_at
from watchbell.gateways.voicecall.codec import (
    CONFIRM_DIGIT,
    FINAL,
    CallStatus,
    build_goodbye,
    build_twiml,
    is_number,
    is_signed,
    parse_callback,
    parse_created,
)
from watchbell.line import config
from watchbell.wire.base import Malformed
from watchbell.wire.order import Order
from watchbell.wire.status import DeviceStatus

log = logging.getLogger(__name__)
DEFAULT_PORT = 9711
TIMEOUT_SECONDS = 5.0
CALL_SECONDS = 90.0
RING_SECONDS = 25


class Call:
    """A call that is under way: its order, its carrier's token, and what is known of it so far."""

    def __init__(self, order: Order, token: str, language: str) -> None:
        self.order, self.token, self.language = order, token, language
        self.sid = ""
        self.answered_by = ""
        self.is_confirmed = False
        self.ended: asyncio.Future[CallStatus] = asyncio.get_running_loop().create_future()

    def hear(self, heard: CallStatus) -> None:
        """Takes in a callback; a confirming key or a final status ends the waiting."""
        self.answered_by = heard.answered_by or self.answered_by
        self.is_confirmed = self.is_confirmed or heard.digits == CONFIRM_DIGIT
        if not self.ended.done() and (self.is_confirmed or heard.status in FINAL):
            self.ended.set_result(heard)

    def judge(self, name: str, heard: CallStatus) -> Outcome:
        """What the call was worth, in words for people."""
        detail = {"sid": heard.sid, "status": heard.status, "confirmed": self.is_confirmed, "seconds": heard.seconds}
        if self.is_confirmed:
            return Outcome("done", f"{name} answered and confirmed.", detail)
        if heard.status != "completed":
            return Outcome("failed", f"{name} was not reached: {heard.status}.", detail)
        if self.answered_by.startswith(("machine", "fax")):
            return Outcome("failed", f"An answering machine took the call to {name}.", detail)
        return Outcome("done", f"{name} answered, but pressed no key to confirm.", detail)


class VoiceCall(Gateway):
    """place_call params: to (E.164, else the entry's), say, language "en" or "es", wait_seconds (90).

    "done" when a person has pressed the key or the call was answered and ended; a machine is not a person.
    """

    name = "voicecall"
    is_outward = True

    def __init__(self) -> None:
        super().__init__()
        self._entries: dict[str, dict[str, Any]] = {}
        self._tokens: dict[str, str] = {}
        self._calls: dict[str, Call] = {}
        self._http: aiohttp.ClientSession | None = None
        self._runner: web.AppRunner | None = None

    async def apply(self, entries: list[dict[str, Any]], secrets: dict[str, Any]) -> None:
        self._entries = {str(entry["endpoint"]): entry for entry in entries if entry.get("endpoint")}
        self._tokens = {key: str(token) for key, token in secrets.items() if token}

    async def start(self) -> None:
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS))
        application = web.Application(client_max_size=64_000)
        application.router.add_post("/voice/{what:status|answer}/{order}", self._take_callback)
        self._runner = web.AppRunner(application, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, config.bind(), config.gateway_port(self.name, DEFAULT_PORT)).start()
        host, port = self._runner.addresses[0][:2]
        self.address = f"{host}:{port}"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
        if self._http is not None:
            await self._http.close()

    @property
    def callback_base(self) -> str:
        """The address the carrier reaches this gateway at: `WATCHBELL_VOICECALL_PUBLIC_URL`, else its own."""
        given = config.setting("VOICECALL_PUBLIC_URL").rstrip("/")
        host, _, port = self.address.rpartition(":")
        if host in ("0.0.0.0", "::"):
            host = urlsplit(config.public_url()).hostname or host
        return given or f"http://{host}:{port}"

    async def probe(self) -> list[DeviceStatus]:
        """Each line's account is read at the carrier, by its token."""
        assert self._http is not None
        found = []
        for key, entry in list(self._entries.items()):
            token = self._tokens.get(key)
            if not token:
                found.append(self.status_of(entry, "trouble", "No token of the carrier is configured."))
                continue
            url = f"{str(entry.get('url') or '').rstrip('/')}/2010-04-01/Accounts/{entry.get('account_sid')}.json"
            looked = await look_at(self._http, url, {"Authorization": f"Basic {basic(entry, token)}"})
            found.append(self.status_of(entry, *looked))
        return found

    async def carry_out(self, order: Order) -> Outcome:
        entry = self._entries.get(order.endpoint.id)
        token = self._tokens.get(order.endpoint.id, "")
        if entry is None or not token:
            return Outcome("failed", f"No carrier for {order.endpoint.name} is configured.")
        if order.action != "place_call":
            return Outcome("failed", f"A telephone cannot {order.action}.")
        if order.mode != "real" and not entry.get("test"):
            return Outcome("failed", f"Refused: a {order.mode} never reaches {order.endpoint.name}.")
        # A drill may ring the test endpoint's own number only, whatever the order says.
        to = str((order.params.get("to") if order.mode == "real" else None) or entry.get("to") or "")
        if not is_number(to):
            return Outcome("failed", f"{order.endpoint.name} has no telephone number that can be called.")
        call = Call(order, token, str(order.params.get("language") or "en"))
        self._calls[order.id] = call
        try:
            return await self._place(call, entry, to)
        finally:
            self._calls.pop(order.id, None)

    async def _place(self, call: Call, entry: dict[str, Any], to: str) -> Outcome:
        order, name = call.order, str(entry.get("name") or call.order.endpoint.name)
        say = str(order.params.get("say") or f"{order.kind.replace('_', ' ') or 'An alarm'} at school.")
        if order.mode != "real":
            say = f"This is a {order.mode}. This is a {order.mode}. {say}"
        form = [
            ("To", to), ("From", str(entry.get("from") or "")), ("Timeout", str(RING_SECONDS)),
            ("Twiml", build_twiml(say, f"{self.callback_base}/voice/answer/{order.id}", call.language)),
            ("StatusCallback", f"{self.callback_base}/voice/status/{order.id}"), ("StatusCallbackMethod", "POST"),
            *(("StatusCallbackEvent", one) for one in ("initiated", "ringing", "answered", "completed")),
            ("MachineDetection", "Enable"),
        ]  # fmt: skip
        created = await self._create(entry, call.token, form)
        if isinstance(created, Malformed):
            return Outcome("failed", f"The carrier placed no call to {name}: {created.because}")
        call.sid = created
        wait = order.params.get("wait_seconds")
        seconds = min(max(float(wait), 1.0), 300.0) if isinstance(wait, int | float) else CALL_SECONDS
        try:
            return call.judge(name, await asyncio.wait_for(call.ended, seconds))
        except TimeoutError:
            return Outcome("failed", f"Nothing was heard of the call to {name} for {seconds:g} s.", {"sid": call.sid})

    async def _create(self, entry: dict[str, Any], token: str, form: list[tuple[str, str]]) -> str | Malformed:
        assert self._http is not None
        account = str(entry.get("account_sid") or "")
        url = f"{str(entry.get('url') or '').rstrip('/')}/2010-04-01/Accounts/{account}/Calls.json"
        try:
            async with self._http.post(
                url, data=form, headers={"Authorization": f"Basic {basic(entry, token)}"}, allow_redirects=False
            ) as answer:
                created = parse_created(await answer.content.read(100_000))
                if answer.status in (200, 201) or isinstance(created, Malformed):
                    return created
                return Malformed(because=f"it answered {answer.status}.")
        except (aiohttp.ClientError, ValueError) as error:
            return Malformed(because=f"it cannot be reached ({type(error).__name__}).")
        except TimeoutError:
            return Malformed(because="it did not answer.")

    async def _take_callback(self, request: web.Request) -> web.Response:
        call = self._calls.get(request.match_info["order"])
        form = [(name, value) for name, value in (await request.post()).items() if isinstance(value, str)]
        signature = request.headers.get("X-Twilio-Signature", "")
        url = self.callback_base + request.path_qs
        tokens = {call.token} if call else set(self._tokens.values())
        if not any([is_signed(url, form, token, signature) for token in tokens]):
            raise web.HTTPForbidden(text="The signature is not the carrier's.")
        found = parse_callback(form)
        if isinstance(found, Malformed):
            raise web.HTTPBadRequest(text=found.because)
        if call is None:  # a late word about a call that is over
            return web.Response(status=204)
        if call.sid and call.sid != found.sid:
            raise web.HTTPBadRequest(text="This is another call.")
        call.hear(found)
        if request.match_info["what"] == "status":
            return web.Response(status=204)
        return web.Response(text=build_goodbye(found.digits == CONFIRM_DIGIT, call.language), content_type="text/xml")


def basic(entry: dict[str, Any], token: str) -> str:
    """The credentials of HTTP Basic (RFC 7617): the account and its token."""
    return base64.b64encode(f"{entry.get('account_sid') or ''}:{token}".encode()).decode()


Service = VoiceCall
