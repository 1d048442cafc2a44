"""Places calls through a Twilio-shaped carrier and hears how they went. Port 9711 for the carrier's callbacks.

Entries: {"endpoint", "name", "district", "site", "to", "url" (API base), "from", "account_sid", "test"}: a line to a
centre; with "kind" "call_carrier" a carrier of calls to families: no "to", but "priority", "per_second", "lanes",
"at_once", "connections". Secrets: {endpoint: auth token}.
"""

import asyncio
import logging
from typing import Any

import aiohttp
from aiohttp import web

from watchbell.gateways import twilio
from watchbell.gateways.base import Outcome, look_at
from watchbell.gateways.recording import Recorder
from watchbell.gateways.reports import Reports
from watchbell.gateways.sending import KEEP_SECONDS, Sending
from watchbell.gateways.voicecall.batches import CallCarrier, Recordings, Sounds
from watchbell.gateways.voicecall.codec import (
    CONFIRM_DIGIT,
    FINAL,
    CallStatus,
    build_goodbye,
    build_thanks,
    build_twiml,
    build_wav,
    parse_callback,
    parse_created,
)
from watchbell.gateways.voicecall.recording import Account, Calls, routes
from watchbell.line import clock, config
from watchbell.wire.base import Malformed
from watchbell.wire.order import Order
from watchbell.wire.recording import CallToRecord
from watchbell.wire.status import DeviceStatus
from watchbell.wire.subjects import RECORDINGS, recording_key
from watchbell.wire.tell import Heard, Result

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


class VoiceCall(Recorder):
    """Orders: place_call params: to (E.164, else the entry's), say, language "en" or "es", wait_seconds (90).

    "done" when a person has pressed the key or the call was answered and ended; a machine is not a person.
    Batches: calls to families, see `batches`. Calls to record: see `recording`.
    """

    name = "voicecall"

    def __init__(self) -> None:
        super().__init__()
        self.reports = Reports(self)
        self.recordings = Recordings(self.folder)
        self.takes = Recordings(self.folder / "takes")
        self.typed = Recordings(self.folder / "typed")
        self.to_record = Calls(self.calls, self.takes, lambda: self.callback_base, self._tell_recording)
        self._callers: dict[str, tuple[CallCarrier, asyncio.Task[None]]] = {}
        self._entries: dict[str, dict[str, Any]] = {}
        self._tokens: dict[str, str] = {}
        self._calls: dict[str, Call] = {}
        self._http: aiohttp.ClientSession | None = None
        self._runner: web.AppRunner | None = None

    async def apply(self, entries: list[dict[str, Any]], secrets: dict[str, Any]) -> None:
        self._entries = {str(entry["endpoint"]): entry for entry in entries if entry.get("endpoint")}
        self._tokens = {key: str(token) for key, token in secrets.items() if token}
        self.take_carriers([entry for entry in entries if entry.get("kind") == "call_carrier"])
        if self._http is not None:
            self._make_callers()

    def _make_callers(self) -> None:
        """Carriers whose entry is the same stay as they are: their calls go on."""
        for key in list(self._callers):
            carrier, task = self._callers[key]
            if carrier.entry != self.carriers.get(key) or carrier.token != self._tokens.get(key, ""):
                task.cancel()
                del self._callers[key]
        for key, entry in self.carriers.items():
            if key not in self._callers:
                carrier = self._make_caller(key, entry)
                self._callers[key] = (carrier, asyncio.create_task(carrier.look_after()))

    def _make_caller(self, key: str, entry: dict[str, Any]) -> CallCarrier:
        assert self._http is not None
        district = str(entry.get("district") or "")

        async def told(result: Result) -> None:
            await self.reports.tell(district, key, result)

        async def pressed(delivery: str, number: str, digit: str, sid: str, is_never: bool) -> bool:
            for kind in ("key", "opt_out") if is_never else ("key",):
                heard = Heard(
                    id=f"{sid}-{kind}-{digit}", district=district, gateway=self.name, endpoint=key, kind=kind,
                    at=clock.unix(), channel="voice", sender=number, delivery=delivery, text=digit,
                )  # fmt: skip
                await self.publish_heard(heard)
            return True

        return CallCarrier(entry, self._tokens.get(key, ""), self._http, self.callback_base, told, pressed)

    async def start(self) -> None:
        self._http = self._http or aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS))
        application = web.Application(client_max_size=64_000)
        application.router.add_post("/voice/{what:status|answer}/{order}", self._take_callback)
        application.router.add_post("/voice/{what:state|key}/{endpoint}/{delivery:[0-9a-f]{32}}", self._take_call)
        application.router.add_get("/voice/{what:sound|take|tones}/{name:[0-9a-f]{64}}.wav", self._give_sound)
        application.add_routes(routes(self._take_recording))
        self._runner = web.AppRunner(application, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, config.bind(), config.gateway_port(self.name, DEFAULT_PORT)).start()
        host, port = self._runner.addresses[0][:2]
        self.address = f"{host}:{port}"
        self._make_callers()

    async def stop(self) -> None:
        await super().stop()
        for _, task in self._callers.values():
            task.cancel()
        if self._runner is not None:
            await self._runner.cleanup()
        if self._http is not None:
            await self._http.close()

    @property
    def callback_base(self) -> str:
        """The address the carrier reaches this gateway at: `WATCHBELL_VOICECALL_PUBLIC_URL`, else its own."""
        return twilio.callback_base(self.name, self.address)

    async def probe(self) -> list[DeviceStatus]:
        """Each line's account is read at the carrier, by its token."""
        assert self._http is not None
        found = []
        for key, entry in list(self._entries.items()):
            token = self._tokens.get(key)
            if not token:
                found.append(self.status_of(entry, "trouble", "No token of the carrier is configured."))
                continue
            url = twilio.account_url(entry, ".json")
            looked = await look_at(self._http, url, {"Authorization": f"Basic {twilio.basic(entry, token)}"})
            found.append(self.status_of(entry, *looked))
        return found

    # -- calls to families ---------------------------------------------------------------------------------------

    async def send_batch(self, sending: Sending) -> None:
        batch = sending.batch
        found = self._callers.get(batch.endpoint.id)
        if found is None:
            sending.blame("down", "The gateway is not ready yet.")
            return
        sounds = {}
        for body in batch.bodies:
            if body.sound and await self._has_sound(batch.district, body.sound):
                sounds[body.language] = f"{self.callback_base}/voice/sound/{self.recordings.name_of(body.sound)}.wav"
            elif body.sound and not (body.spoken or body.text or body.short):
                sending.blame("refuses", "The recording is not here: it was not found under its hash. Save it again.")
                return
        where = f"{self.callback_base}/voice/tones/{{}}.wav"
        await found[0].send(sending, Sounds(sounds, lambda tones: where.format(self.typed.add(tones))))

    def forget(self) -> None:
        super().forget()
        self.typed.forget(KEEP_SECONDS)

    async def _has_sound(self, district: str, digest: str) -> bool:
        if self.recordings.has(digest):
            return True
        sound = await self.bus.read_key(RECORDINGS, recording_key(district, digest)) if self.bus.is_up else b""
        return self.recordings.keep(digest, sound)

    def keep_ref(self, endpoint: str, result: Result) -> None:
        """The carrier's callbacks name the delivery themselves."""

    async def _take_call(self, request: web.Request) -> web.Response:
        key, delivery = request.match_info["endpoint"], request.match_info["delivery"]
        form, found = await twilio.read_form(request), self._callers.get(key)
        url, signature = self.callback_base + request.path_qs, request.headers.get("X-Twilio-Signature", "")
        if found is None or not found[0].token or not twilio.is_signed(url, form, found[0].token, signature):
            raise web.HTTPForbidden(text="The signature is not the carrier's.")
        heard = parse_callback(form)
        if isinstance(heard, Malformed):
            raise web.HTTPBadRequest(text=heard.because)
        if request.match_info["what"] == "state":
            await found[0].hear_state(delivery, heard, request.query)
            return web.Response(status=204)
        is_never = await found[0].hear_key(delivery, dict(form).get("To", "")[:40], heard)
        language = request.query.get("language", "en")
        return web.Response(text=build_thanks(heard.digits, is_never, language), content_type="text/xml")

    async def _give_sound(self, request: web.Request) -> web.Response:
        known = {"take": self.takes, "tones": self.typed}.get(request.match_info["what"], self.recordings)
        sound = known.read(request.match_info["name"])
        if not sound:
            raise web.HTTPNotFound(text="There is no such recording.")
        return web.Response(body=build_wav(sound), content_type="audio/wav")

    # -- calls to record -----------------------------------------------------------------------------------------

    async def record(self, call: CallToRecord) -> None:
        account = self._account(call.endpoint.id)
        if account is None:
            await self.tell(call, "failed", "No token of the carrier is configured.")
        else:
            await self.to_record.lead(call, account)

    async def resume(self, call: CallToRecord) -> None:
        """The carrier goes on with the call: what it tells is heard by this process now."""
        await self.record(call)

    def _account(self, endpoint: str) -> Account | None:
        entry, token = self.carriers.get(endpoint), self._tokens.get(endpoint, "")
        return Account(self._http, entry, token) if entry and token and self._http is not None else None

    async def _tell_recording(
        self, call: CallToRecord, state: str, because: str, sound: bytes, is_kept: bool
    ) -> None:  # fmt: skip
        await self.tell(call, state, because, sound, is_kept=is_kept)

    async def _take_recording(self, request: web.Request) -> web.Response:
        account, form = self._account(request.match_info["endpoint"]), await twilio.read_form(request)
        url, signature = self.callback_base + request.path_qs, request.headers.get("X-Twilio-Signature", "")
        if account is None or not twilio.is_signed(url, form, account.token, signature):
            raise web.HTTPForbidden(text="The signature is not the carrier's.")
        found = await self.to_record.hear(request.match_info["what"], request.match_info["call"], form, account)
        if isinstance(found, Malformed):
            raise web.HTTPBadRequest(text=found.because)
        return web.Response(text=found, content_type="text/xml") if found else web.Response(status=204)

    # -- orders: a call to a centre ------------------------------------------------------------------------------

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
        if not twilio.is_number(to):
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
        url = twilio.account_url(entry, "/Calls.json")
        try:
            async with self._http.post(
                url, data=form, headers={"Authorization": f"Basic {twilio.basic(entry, token)}"}, allow_redirects=False
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
        if not any([twilio.is_signed(url, form, token, signature) for token in tokens]):
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


Service = VoiceCall
