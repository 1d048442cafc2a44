"""Pushes EIDOs to 911 centres and police, serves them again, and hears what becomes of them. Port 9710.

Entries: {"endpoint", "name", "district", "site", "url", "kind": "psap"|"police", "test", "agency_id", and optionally
"sender_id", "callback": [URI]}; secrets: {endpoint: bearer token}, the same token in both directions.
"""

import asyncio
import contextlib
import hmac
import logging
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlsplit

import aiohttp
import msgspec
from aiohttp import web

from watchbell.gateways.base import DAY_SECONDS, Gateway, Outcome, look_at
from watchbell.gateways.eido.codec import Eido, Sender, build_eido, parse_eido, say_moment, tracking_of
from watchbell.gateways.eido.developing import join_press, read_development, read_numbers, without_told
from watchbell.line import clock, config, ids
from watchbell.line.quoting import bearer_of
from watchbell.line.spool import Memory
from watchbell.wire.base import Malformed
from watchbell.wire.order import Acknowledged, Order
from watchbell.wire.status import DeviceStatus
from watchbell.wire.subjects import subject

log = logging.getLogger(__name__)
DEFAULT_PORT = 9710
TIMEOUT_SECONDS = 3.0
KEEP_SECONDS = 7 * DAY_SECONDS


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What an endpoint was told last: the order, the document, and its lastUpdateTimeStamp in Unix seconds."""

    order: Order
    document: dict[str, Any]
    at: float


class EidoGateway(Gateway):
    """tell_dispatch params: incident {kind, mode, site_name, opened_at, note}, address (civic parts), place {name,
    building, floor, room, nearest_door, latitude, longitude}, callers, by_name, callback, link, and of a further
    press of an alarm that was told: alarm (its first press), said. clear_dispatch: note.
    update_dispatch: any of these anew, and update {number, rooms, presses, responders, words, notes} (developing.py);
    what was told before stays. An update that comes after a newer one changes nothing.

    "done" means that the endpoint has taken the EIDO; a person's acknowledgement comes later as wire.Acknowledged.
    """

    name = "eido"
    is_outward = True

    def __init__(self) -> None:
        super().__init__()
        self._entries: dict[str, dict[str, Any]] = {}
        self._tokens: dict[str, str] = {}
        self._told = Memory(self.folder / "told", KEEP_SECONDS, clock.unix())
        self._http: aiohttp.ClientSession | None = None
        self._runner: web.AppRunner | None = None
        self._sockets: dict[web.WebSocketResponse, list[str]] = {}

    async def apply(self, entries: list[dict[str, Any]], secrets: dict[str, Any]) -> None:
        self._entries = {str(entry["endpoint"]): entry for entry in entries if entry.get("endpoint")}
        self._tokens = {key: str(token) for key, token in secrets.items() if token}

    async def start(self) -> None:
        self._http = self._http or aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS))
        application = web.Application(client_max_size=2_000_000)
        application.router.add_get("/EIDO/{id}", self._show_eido)
        application.router.add_post("/status/{id}", self._take_status)
        application.router.add_get("/conveyance", self._converse)
        self._runner = web.AppRunner(application, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, config.bind(), config.gateway_port(self.name, DEFAULT_PORT))
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.address = f"{host}:{port}"

    async def stop(self) -> None:
        for socket in list(self._sockets):
            with contextlib.suppress(Exception):
                await socket.close(code=1001)
        if self._runner is not None:
            await self._runner.cleanup()
        if self._http is not None:
            await self._http.close()

    # -- telling -----------------------------------------------------------------------------------------------

    async def probe(self) -> list[DeviceStatus]:
        """Each centre is asked for at the address it takes EIDOs at, with its token."""
        assert self._http is not None
        tokens = {key: {"Authorization": f"Bearer {token}"} for key, token in self._tokens.items()}
        entries = [entry for entry in self._entries.values() if entry.get("url")]
        looked = await asyncio.gather(
            *(look_at(self._http, str(entry["url"]), tokens.get(str(entry["endpoint"]))) for entry in entries)
        )
        return [self.status_of(entry, *found) for entry, found in zip(entries, looked, strict=True)]

    async def carry_out(self, order: Order) -> Outcome:
        entry = self._entries.get(order.endpoint.id)
        if entry is None:
            return Outcome("failed", f"No address of {order.endpoint.name} is configured.")
        if order.action not in ("tell_dispatch", "update_dispatch", "clear_dispatch"):
            return Outcome("failed", f"A dispatch centre cannot {order.action}.")
        if order.mode != "real" and not entry.get("test"):
            return Outcome("failed", f"Refused: a {order.mode} never reaches {order.endpoint.name}.")
        if order.action == "update_dispatch" and self._is_outdated(order, entry):
            return Outcome("done", "A newer update has been sent meanwhile; this one would only take it back.")
        told = self._write(order, entry)
        self._keep(entry, told)
        began = clock.monotonic()
        outcome = await self._push(entry, told)
        await self._notify(entry, told)
        return outcome._replace(protocol_seconds=clock.monotonic() - began)

    def _before(self, order: Order, entry: dict[str, Any]) -> Told | None:
        tracking = tracking_of(order, read_sender(entry, order).agency_id)
        return self._recall(str(entry["endpoint"]), tracking)

    def _is_outdated(self, order: Order, entry: dict[str, Any]) -> bool:
        before = self._before(order, entry)
        if before is None:
            return False
        known = read_development(before.order.params).number
        return _is_closed(before) or known > read_development(order.params).number

    def _write(self, order: Order, entry: dict[str, Any]) -> Told:
        before = self._before(order, entry)
        at = max(clock.unix(), (before.at + 0.001) if before else 0.0)
        if order.action == "tell_dispatch":
            return self._tell(order, entry, None if before and _is_closed(before) else before, at)
        # What was told stays readable in later documents: place, kind and people come from the first order.
        params = without_told((before.order.params if before else {}) | order.params)
        whole = msgspec.structs.replace(order, params=params, kind=order.kind or (before.order.kind if before else ""))
        sender = read_sender(entry, whole)  # the number of who called stays with the incident
        if order.action == "update_dispatch":
            document = build_eido(whole, sender, at)
        else:
            note = str(order.params.get("note") or "The school has cleared this alarm.")
            document = build_eido(whole, sender, at, status="Closed", closing=note)
        return Told(
            order=msgspec.structs.replace(before.order, params=params) if before else order, document=document, at=at
        )

    def _tell(self, order: Order, entry: dict[str, Any], before: Told | None, at: float) -> Told:
        """What is told of a press: a new incident, or one more voice in the incident the centre has already."""
        if before is not None:
            is_first = order.press == before.order.press
            params = join_press(before.order.params, order.press, order.params, is_first)
            order = msgspec.structs.replace(order if is_first else before.order, params=params)
        return Told(order=order, document=build_eido(order, read_sender(entry, order), at), at=at)

    async def _push(self, entry: dict[str, Any], told: Told) -> Outcome:
        assert self._http is not None
        tracking = told.document["$id"]
        headers = {"Content-Type": "application/json", "Link": self._links(tracking)}
        token = self._tokens.get(str(entry["endpoint"]))
        if token:
            headers["Authorization"] = f"Bearer {token}"
        name = entry.get("name") or entry["endpoint"]
        try:
            body = msgspec.json.encode(told.document)
            async with self._http.post(str(entry["url"]), data=body, headers=headers, allow_redirects=False) as answer:
                said = (await answer.content.read(2000)).decode("utf-8", "replace")
        except (aiohttp.ClientError, ValueError, KeyError) as error:
            return Outcome("failed", f"{name} cannot be reached: {type(error).__name__}.")
        except TimeoutError:
            return Outcome("failed", f"{name} did not answer within {TIMEOUT_SECONDS:g} s.")
        words = read_answer(said)
        detail = {"status": answer.status, "answer": words, "incident_id": tracking}
        if answer.status in (200, 201, 202, 204):
            return Outcome("done", f"{name} has taken it ({answer.status}{': ' + words if words else ''}).", detail)
        return Outcome("failed", f"{name} refused it ({answer.status}{': ' + words if words else ''}).", detail)

    def _links(self, tracking: str) -> str:
        key = quote(tracking, safe="")
        base = config.setting("EIDO_PUBLIC_URL").rstrip("/") or f"http://{reachable(self.address)}"
        conveyance = "ws" + base.removeprefix("http") + "/conveyance"
        return f'<{base}/EIDO/{key}>; rel="self", <{base}/status/{key}>; rel="status", <{conveyance}>; rel="monitor"'

    # -- remembering -------------------------------------------------------------------------------------------

    def _keep(self, entry: dict[str, Any], told: Told) -> None:
        self._told.keep(f"{entry['endpoint']} {told.document['$id']}", told.at, msgspec.json.encode(told))

    def _recall(self, endpoint: str, tracking: str) -> Told | None:
        known = self._told.get(f"{endpoint} {tracking}")
        try:
            return msgspec.json.decode(known[1], type=Told) if known else None
        except msgspec.DecodeError:
            return None

    # -- hearing -----------------------------------------------------------------------------------------------

    def _authorised(self, request: web.Request) -> list[str]:
        """The endpoints whose token the request carries; raises HTTPUnauthorized when there is none."""
        given = bearer_of(request.headers.get("Authorization", "")).encode()
        known = [key for key, token in self._tokens.items() if key in self._entries]
        found = [key for key in known if hmac.compare_digest(self._tokens[key].encode(), given)]
        if not found:
            raise web.HTTPUnauthorized(headers={"WWW-Authenticate": "Bearer"})
        return found

    async def _show_eido(self, request: web.Request) -> web.Response:
        for endpoint in self._authorised(request):
            told = self._recall(endpoint, request.match_info["id"])
            if told is not None:
                return web.Response(body=msgspec.json.encode(told.document), content_type="application/json")
        raise web.HTTPNotFound(text="No such incident.")

    async def _take_status(self, request: web.Request) -> web.Response:
        endpoints = self._authorised(request)
        found = parse_eido(await request.read())
        if isinstance(found, Malformed):
            raise web.HTTPBadRequest(text=found.because)
        if found.id != request.match_info["id"]:
            raise web.HTTPBadRequest(text="The address and $id are of different incidents.")
        if not await self._hear(endpoints, found):
            raise web.HTTPNotFound(text="No such incident.")
        return web.json_response({"statusCode": 200, "statusText": "taken"})

    async def _converse(self, request: web.Request) -> web.WebSocketResponse:
        """A subscriber's connection: {"subscribe": {}} gets {"notify": EIDO} from now on; {"status": EIDO} is heard."""
        endpoints = self._authorised(request)
        socket = web.WebSocketResponse(heartbeat=20, max_msg_size=2_000_000)
        await socket.prepare(request)
        self._sockets[socket] = []
        try:
            async for message in socket:
                if message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
                    raw = message.data if isinstance(message.data, bytes) else message.data.encode("utf-8", "replace")
                    await socket.send_json(await self._answer(socket, endpoints, raw))
        finally:
            self._sockets.pop(socket, None)
        return socket

    async def _answer(self, socket: web.WebSocketResponse, endpoints: list[str], raw: bytes) -> dict[str, Any]:
        try:
            asked = msgspec.json.decode(raw)
        except (msgspec.DecodeError, RecursionError):
            asked = None
        if isinstance(asked, dict) and "subscribe" in asked:
            self._sockets[socket] = endpoints
            return {"subscribeResponse": {"statusCode": 200, "statusText": "subscribed"}}
        if not isinstance(asked, dict) or "status" not in asked:
            return {"error": {"statusCode": 400, "statusText": "Neither subscribe nor status."}}
        found = parse_eido(msgspec.json.encode(asked["status"]))
        if isinstance(found, Malformed):
            return {"statusResponse": {"statusCode": 400, "statusText": found.because}}
        known = await self._hear(endpoints, found)
        return {"statusResponse": {"statusCode": 200 if known else 404, "incidentId": found.id}}

    async def _notify(self, entry: dict[str, Any], told: Told) -> None:
        for socket, endpoints in list(self._sockets.items()):
            if entry["endpoint"] in endpoints:
                with contextlib.suppress(Exception):  # a subscriber that has gone must not hold up an order
                    await asyncio.wait_for(socket.send_json({"notify": told.document}), 1)

    async def _hear(self, endpoints: list[str], found: Eido) -> bool:
        """Passes on what a centre says about an incident it was told of; False when it was not."""
        for endpoint in endpoints:
            told = self._recall(endpoint, found.id)
            if told is None:
                continue
            message = read_acknowledgement(told.order, self._entries[endpoint], found)
            order = told.order
            where = subject(order.district, order.site, "receipt", self.name, order.endpoint.device)
            await self.send_safely(where, message, message.id)
            return True
        return False


def _is_closed(told: Told) -> bool:
    return bool(told.document["incidentComponent"].get("incidentStatusCommonRegistryText") == ["Closed"])


def say_states(states: Sequence[str]) -> str:
    """Words of the registries as people read them: "EnRoute" is "en route"."""
    return ", ".join(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", state).lower() for state in states)


def read_acknowledgement(order: Order, entry: dict[str, Any], found: Eido) -> Acknowledged:
    """An EIDO that came back, as a message: with units or an ended incident it is status, else acknowledgement."""
    name = found.agents.get(found.agent) or found.agent
    agency = str(entry.get("name") or found.agency)
    is_status = bool(found.units) or found.is_ended or any(state.startswith("Resources") for state in found.states)
    units = ", ".join(f"{unit.name} ({say_states(unit.states) or 'assigned'})" for unit in found.units)
    words = f"{agency}: {units or say_states(found.states)}" if is_status else f"Acknowledged by {name} at {agency}"
    what = "dispatch_status" if is_status else "dispatch_acknowledged"
    return Acknowledged(
        id=ids.same_id(order.id, what, found.updated_at, words), district=order.district, site=order.site,
        press=order.press, order=order.id, what=what, at=clock.unix(), by=str(entry["endpoint"]), by_name=name,
        because=words[:1000],
        detail={
            "incident_id": found.id, "states": found.states, "notes": found.notes[:20], "agency": found.agency,
            "units": [{"name": unit.name, "states": unit.states} for unit in found.units],
            "said_at": say_moment(found.updated_at),
        },
    )  # fmt: skip


def read_sender(entry: dict[str, Any], order: Order) -> Sender:
    """Who tells: "sender_id" of the entry, else the public address's host name, else a name made of the district."""
    host = urlsplit(config.public_url()).hostname or ""
    agency = str(entry.get("sender_id") or (host if "." in host else f"{order.district[:36]}.district.invalid"))
    numbers = [*read_numbers(order.params), *read_numbers(entry)]
    callback = tuple(dict.fromkeys(numbers))  # who called first, the school's own number after it
    return Sender(
        agency_id=agency, element_id=f"watchbell.{agency}", callback=callback,
        to_agency=str(entry.get("agency_id") or ""), to_kind=str(entry.get("kind") or "psap"),
    )  # fmt: skip


def reachable(address: str) -> str:
    """`address` as others can use it: a server that listens everywhere goes by the public address's host name."""
    host, _, port = address.rpartition(":")
    return f"{urlsplit(config.public_url()).hostname}:{port}" if host in ("0.0.0.0", "::") else address


def read_answer(said: str) -> str:
    """The words of an HTTP answer that a person can read, at most 200 characters."""
    try:
        found = msgspec.json.decode(said.encode())
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return "" if "<" in said else " ".join(said.split())[:200]
    if isinstance(found, dict):
        found = found.get("statusText") or found.get("message") or found.get("detail") or ""
    return str(found)[:200] if isinstance(found, str | int) else ""


Service = EidoGateway
