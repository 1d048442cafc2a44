"""Text messages to families through carriers, and what they answer. Port 9715 for the carriers' callbacks.

Entries: {"endpoint", "name", "district", "test", "priority", "per_second", "lanes", "style", "from", "plain"};
style "rest": "url" (API base), "account_sid", "connections"; style "smpp": "host", "port", "system_id", "system_type",
"tls", "window", "enquire_seconds", "alphabet", "country". Secrets: {endpoint: auth token or password}.
"""

import asyncio
import logging
from typing import Any

import aiohttp
from aiohttp import web

from watchbell.gateways import twilio
from watchbell.gateways.reports import Reports
from watchbell.gateways.sending import Sender, Sending
from watchbell.gateways.sms.by_rest import RestCarrier
from watchbell.gateways.sms.by_smpp import SmppCarrier
from watchbell.gateways.sms.hearing import Hearing
from watchbell.gateways.sms.names import Names
from watchbell.gateways.sms.rest import Incoming, read_incoming, read_status
from watchbell.gateways.sms.smpp import Link, read_terms
from watchbell.gateways.sms.texts import prepare
from watchbell.gateways.sms.words import read_word
from watchbell.line import clock, config
from watchbell.line.spool import Memory
from watchbell.wire.base import Malformed
from watchbell.wire.status import DeviceStatus
from watchbell.wire.tell import Heard, Recipient, Result

log = logging.getLogger(__name__)
DEFAULT_PORT = 9715
TIMEOUT_SECONDS = 10.0
#: An answer belongs to the newest message to that number, for so long.
ANSWER_SECONDS = 7 * 86400.0
OPT_OUT_TYPES = {"STOP": "opt_out", "START": "opt_in", "HELP": "help"}
EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'


class Sms(Sender):
    """Sends batches of text messages; hears delivery reports, replies, and words by which people leave."""

    name = "sms"

    def __init__(self) -> None:
        super().__init__()
        self.numbers = Memory(self.folder / "numbers", ANSWER_SECONDS, clock.unix())
        self.names = Names(self.refs)
        self.reports = Reports(self)
        self._tokens: dict[str, str] = {}
        self._http: aiohttp.ClientSession | None = None
        self._runner: web.AppRunner | None = None
        self._smpp: dict[str, tuple[SmppCarrier, Hearing, asyncio.Task[None]]] = {}
        self._rest: dict[str, RestCarrier] = {}
        self._saying: set[asyncio.Task[bool]] = set()

    # -- configuration -------------------------------------------------------------------------------------------

    async def apply(self, entries: list[dict[str, Any]], secrets: dict[str, Any]) -> None:
        self.take_carriers(entries)
        self._tokens = {key: str(token) for key, token in secrets.items() if token}
        if self._http is not None:
            self._make_rest()
        wanted = {key: entry for key, entry in self.carriers.items() if entry.get("style") == "smpp"}
        left = []
        for key, (carrier, _, _) in list(self._smpp.items()):
            terms = read_terms(wanted[key], self._tokens.get(key, "")) if key in wanted else None
            if terms != carrier.link.terms or carrier.entry != wanted.get(key):
                left.append(self._smpp.pop(key))
        for key, entry in wanted.items():
            if key not in self._smpp:
                self._bind(key, entry)
        for one in left:
            await _leave(*one)

    def _bind(self, key: str, entry: dict[str, Any]) -> None:
        district = str(entry.get("district") or "")

        async def told(result: Result) -> None:
            await self.reports.tell(district, key, result)

        async def wrote(sender: str, to: str, text: str, name: str) -> bool:
            return await self._hear(entry, sender, to, text, name)

        alphabet, country = str(entry.get("alphabet") or "gsm"), str(entry.get("country") or "1")
        hearing = Hearing(key, self.names, alphabet, country, told, wrote)
        link = Link(str(entry.get("name") or key), read_terms(entry, self._tokens.get(key, "")), hearing.take)
        self._smpp[key] = (SmppCarrier(entry, link), hearing, asyncio.create_task(link.run()))

    def _make_rest(self) -> None:
        assert self._http is not None
        base = twilio.callback_base(self.name, self.address)
        self._rest = {
            key: RestCarrier(entry, self._tokens.get(key, ""), self._http, f"{base}/sms/status/{key}")
            for key, entry in self.carriers.items() if entry.get("style") != "smpp"
        }  # fmt: skip

    async def start(self) -> None:
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
        self._http = self._http or aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=0))
        application = web.Application(client_max_size=256_000)
        application.router.add_post("/sms/status/{endpoint}/{delivery:[0-9a-f]{32}}", self._take_status)
        application.router.add_post("/sms/heard/{endpoint}", self._take_incoming)
        self._runner = web.AppRunner(application, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, config.bind(), config.gateway_port(self.name, DEFAULT_PORT)).start()
        host, port = self._runner.addresses[0][:2]
        self.address = f"{host}:{port}"
        self._make_rest()

    async def stop(self) -> None:
        await super().stop()
        for one in self._smpp.values():
            await _leave(*one)
        if self._runner is not None:
            await self._runner.cleanup()
        if self._http is not None:
            await self._http.close()

    async def probe(self) -> list[DeviceStatus]:
        """Each carrier: its account is read, or its bind is up."""
        found = []
        for key, entry in list(self.carriers.items()):
            if key in self._smpp:
                looked = self._smpp[key][0].look()
            elif key in self._rest:
                looked = await self._rest[key].look()
            else:
                continue
            found.append(self.status_of(entry, looked.state, looked.because))
        return found

    # -- sending -------------------------------------------------------------------------------------------------

    async def send_batch(self, sending: Sending) -> None:
        key = sending.batch.endpoint.id
        district = sending.batch.district
        going = prepare(sending, sending.entry)
        if key in self._smpp:

            def taken(recipient: Recipient, ids: list[str]) -> None:
                now = clock.unix()
                self.names.keep(key, recipient.id, ids, now)
                self.numbers.keep(f"{district}/{recipient.to}", now, recipient.id.encode())

            await self._smpp[key][0].send(sending, going, taken)
        elif key in self._rest:

            def posted(recipient: Recipient, sid: str, parts: int) -> None:
                self.numbers.keep(f"{district}/{recipient.to}", clock.unix(), recipient.id.encode())

            def opted_out(recipient: Recipient) -> None:
                self._say_opted_out(sending.entry, recipient.to, recipient.id)

            await self._rest[key].send(sending, going, posted, opted_out)
        else:
            sending.blame("down", "The gateway is not ready yet.")

    def forget(self) -> None:
        super().forget()
        self.numbers.forget(clock.unix())

    def keep_ref(self, endpoint: str, result: Result) -> None:
        """Names over SMPP are kept when the carrier gives them; the API's reports carry the delivery."""

    # -- what comes back -----------------------------------------------------------------------------------------

    def _say_opted_out(self, entry: dict[str, Any], number: str, delivery: str) -> None:
        heard = Heard(
            id=f"{delivery}-opted-out", district=str(entry.get("district") or ""), gateway=self.name,
            endpoint=str(entry["endpoint"]), kind="opt_out", at=clock.unix(), channel="text", sender=number,
            delivery=delivery, detail={"by_carrier": True},
        )  # fmt: skip
        task = asyncio.create_task(self.publish_heard(heard))
        self._saying.add(task)
        task.add_done_callback(self._saying.discard)

    async def _hear(
        self, entry: dict[str, Any], sender: str, to: str, text: str, name: str, **detail: Any
    ) -> bool:  # fmt: skip
        district = str(entry.get("district") or "")
        known = self.numbers.get(f"{district}/{sender}")
        word = OPT_OUT_TYPES.get(str(detail.get("opt_out_type") or "")) or read_word(text)
        if word == "help" and "opt_out_type" not in detail:  # a carrier that names it has answered it itself
            detail["help"] = True
        heard = Heard(
            id=name, district=district, gateway=self.name, endpoint=str(entry["endpoint"]),
            kind="reply" if word == "help" else word, at=clock.unix(), channel="text", sender=sender, to=to,
            delivery=known[1].decode() if known else "", text=text[:20_000], detail=detail,
        )  # fmt: skip
        return await self.publish_heard(heard)

    async def _read_signed(self, request: web.Request) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        """(the carrier's entry, the form) of a callback whose signature is that carrier's."""
        key = request.match_info["endpoint"]
        form = await twilio.read_form(request)
        token, entry = self._tokens.get(key, ""), self.carriers.get(key)
        url = twilio.callback_base(self.name, self.address) + request.path_qs
        signature = request.headers.get("X-Twilio-Signature", "")
        if entry is None or not token or not twilio.is_signed(url, form, token, signature):
            raise web.HTTPForbidden(text="The signature is not the carrier's.")
        return entry, form

    async def _take_status(self, request: web.Request) -> web.Response:
        entry, form = await self._read_signed(request)
        found = read_status(form)
        if isinstance(found, Malformed):
            raise web.HTTPBadRequest(text=found.because)
        delivery, refusal = request.match_info["delivery"], found.refusal
        if refusal is not None and refusal.worth == twilio.OPTED_OUT:
            self._say_opted_out(entry, dict(form).get("To", ""), delivery)
        if found.state:
            is_bad = refusal is not None and refusal.worth == twilio.BAD_ADDRESS
            result = Result(
                delivery, found.state, clock.unix(), refusal.because if refusal else "", ref=found.sid,
                code=refusal.code if refusal else "", is_bad_address=is_bad,
            )  # fmt: skip
            await self.reports.tell(str(entry.get("district") or ""), str(entry["endpoint"]), result)
        return web.Response(status=204)

    async def _take_incoming(self, request: web.Request) -> web.Response:
        entry, form = await self._read_signed(request)
        found = read_incoming(form)
        if isinstance(found, Malformed):
            raise web.HTTPBadRequest(text=found.because)
        if not await self._hear(entry, found.sender, found.to, found.text, found.sid, **_detail(found)):
            raise web.HTTPServiceUnavailable(text="It could not be kept; send it again.")
        return web.Response(text=EMPTY, content_type="text/xml")


async def _leave(carrier: SmppCarrier, hearing: Hearing, task: asyncio.Task[None]) -> None:
    await carrier.link.unbind()
    hearing.stop()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _detail(found: Incoming) -> dict[str, Any]:
    detail: dict[str, Any] = {"opt_out_type": found.opt_out_type} if found.opt_out_type else {}
    return detail | ({"media": list(found.media)} if found.media else {})


Service = Sms
