"""Pushes CAP 1.2 to the county's alerting authority, and serves the same as an Atom feed it can poll. Port 9716.

Entries: {"endpoint", "name", "district", "site", "url", "test", "sender", "same": [SAME codes], and optionally
"profile" ("ipaws"), "languages", "radius_km", "timezone" (IANA), "hours" until a message expires}; secrets: {endpoint:
bearer token}, asked of who polls as well. Nothing here speaks with IPAWS or sends WEA: a district is no authority.
"""

import contextlib
import hmac
import logging
from typing import Any
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import aiohttp
import msgspec
from aiohttp import web

from watchbell.gateways.base import DAY_SECONDS, Gateway, Outcome
from watchbell.gateways.cap.codec import Alert, build_alert, moment_at, parse_cap
from watchbell.gateways.cap.feed import build_feed, mark_of
from watchbell.gateways.cap.profile import judge_profile
from watchbell.gateways.cap.words import make_alert, read_subject
from watchbell.line import clock, config
from watchbell.line.quoting import bearer_of
from watchbell.line.spool import Memory
from watchbell.wire.base import Malformed
from watchbell.wire.order import Order

log = logging.getLogger(__name__)
DEFAULT_PORT = 9716
TIMEOUT_SECONDS = 5.0
KEEP_SECONDS = 7 * DAY_SECONDS
MOST_IN_FEED = 50
HOURS = 2.0
ZONE = "America/Chicago"


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """A message as it was published: of which press and endpoint, and its XML."""

    endpoint: str
    press: str
    at: float
    alert: Alert
    xml: bytes


class CapGateway(Gateway):
    """send_cap params: site_name, address (civic parts), site_position [latitude, longitude]; a second one of the same
    press is an Update. cancel_cap: nothing more. "done" means that the county's endpoint has taken the message.
    """

    name = "cap"
    is_outward = True

    def __init__(self) -> None:
        super().__init__()
        self._entries: dict[str, dict[str, Any]] = {}
        self._tokens: dict[str, str] = {}
        self._published = Memory(self.folder / "published", KEEP_SECONDS, clock.unix())
        self._feeds: dict[str, list[Published]] = {}
        self._http: aiohttp.ClientSession | None = None
        self._runner: web.AppRunner | None = None

    async def apply(self, entries: list[dict[str, Any]], secrets: dict[str, Any]) -> None:
        self._entries = {str(entry["endpoint"]): entry for entry in entries if entry.get("endpoint")}
        self._tokens = {key: str(token) for key, token in secrets.items() if token}
        self._feeds = {endpoint: self._recall(endpoint) for endpoint in self._entries}

    async def start(self) -> None:
        self._http = self._http or aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS))
        application = web.Application()
        application.router.add_get("/cap/{endpoint}", self._show_feed)
        application.router.add_get("/cap/{endpoint}/{identifier}", self._show_document)
        self._runner = web.AppRunner(application, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, config.bind(), config.gateway_port(self.name, DEFAULT_PORT))
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.address = f"{host}:{port}"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
        if self._http is not None:
            await self._http.close()

    # -- publishing --------------------------------------------------------------------------------------------

    async def carry_out(self, order: Order) -> Outcome:
        entry = self._entries.get(order.endpoint.id)
        if entry is None:
            return Outcome("failed", f"No address of {order.endpoint.name} is configured.")
        if order.action not in ("send_cap", "cancel_cap"):
            return Outcome("failed", f"An alert feed cannot {order.action}.")
        if order.mode != "real" and not entry.get("test"):
            return Outcome("failed", f"Refused: a {order.mode} never reaches {order.endpoint.name}.")
        published = self._known(order) or self._write(order, entry)
        if published is None:
            return Outcome("done", "Nothing had been published, so there is nothing to take back.")
        faults = self._faults(published, entry)
        if faults:
            return Outcome("failed", f"Not published, it would not be valid: {faults[0]}")
        self._keep(published)
        began = clock.monotonic()
        outcome = await self._push(entry, published)
        return outcome._replace(protocol_seconds=clock.monotonic() - began)

    def _write(self, order: Order, entry: dict[str, Any]) -> Published | None:
        """The message an order asks for; None for a cancellation of nothing."""
        mine = [one for one in self._feeds.get(order.endpoint.id, []) if one.press == order.press]
        is_over = order.action == "cancel_cap"
        if is_over and not mine:
            return None
        zone, now = zone_of(entry), clock.unix()
        hours = entry.get("hours")
        until = now + 3600 * (float(hours) if isinstance(hours, int | float) and 0 < hours <= 72 else HOURS)
        at = max([now, *(one.at + 1 for one in mine)])  # CAP counts whole seconds: none is sent in the same one
        subject = read_subject(order.kind, order.mode, order.params)
        alert = make_alert(
            subject, entry, identifier_of(order), moment_at(at, zone), moment_at(until, zone),
            [one.alert for one in mine], is_over=is_over,
        )  # fmt: skip
        return Published(endpoint=order.endpoint.id, press=order.press, at=at, alert=alert, xml=build_alert(alert))

    def _faults(self, published: Published, entry: dict[str, Any]) -> list[str]:
        """Our own message is read back as the county would: what is not valid does not leave the house."""
        found = parse_cap(published.xml)
        if isinstance(found, Malformed):
            return [found.because]
        faults = list(found.messages[0].faults)
        if entry.get("profile") == "ipaws":
            faults += found.messages[0].profile_faults
            faults += [one.text for one in judge_profile(found.messages[0].alert) if one.level == "ERROR"]
        return faults

    async def _push(self, entry: dict[str, Any], published: Published) -> Outcome:
        assert self._http is not None
        name = str(entry.get("name") or entry["endpoint"])
        headers = {"Content-Type": "application/cap+xml"}
        token = self._tokens.get(published.endpoint)
        if token:
            headers["Authorization"] = f"Bearer {token}"
        try:
            async with self._http.post(
                str(entry["url"]), data=published.xml, headers=headers, allow_redirects=False
            ) as answer:
                status = answer.status
                await answer.content.read(2000)
        except (aiohttp.ClientError, ValueError, KeyError) as error:
            return Outcome("failed", f"{name} cannot be reached: {type(error).__name__}. Our feed has it.")
        except TimeoutError:
            return Outcome("failed", f"{name} did not answer within {TIMEOUT_SECONDS:g} s. Our feed has it.")
        alert = published.alert
        detail = {"status": status, "identifier": alert.identifier, "message": alert.message_type}
        if status in (200, 201, 202, 204):
            return Outcome("done", f"{name} has taken the CAP {alert.message_type.lower()} ({status}).", detail)
        return Outcome("failed", f"{name} refused it ({status}). Our feed has it.", detail)

    # -- remembering -------------------------------------------------------------------------------------------

    def _recall(self, endpoint: str) -> list[Published]:
        """What an endpoint was given, the oldest first; what cannot be read any more is left out."""
        found = []
        known = self._published.get(f"index {endpoint}")
        for identifier in msgspec.json.decode(known[1], type=list[str]) if known else []:
            kept = self._published.get(f"{endpoint} {identifier}")
            with contextlib.suppress(msgspec.DecodeError):
                found += [msgspec.json.decode(kept[1], type=Published)] if kept else []
        return found

    def _known(self, order: Order) -> Published | None:
        wanted = identifier_of(order)
        published = self._feeds.get(order.endpoint.id, [])
        return next((one for one in published if one.alert.identifier == wanted), None)

    def _keep(self, published: Published) -> None:
        feed = self._feeds.setdefault(published.endpoint, [])
        if published not in feed:
            feed.append(published)
            del feed[:-MOST_IN_FEED]
            key = f"{published.endpoint} {published.alert.identifier}"
            self._published.keep(key, published.at, msgspec.json.encode(published))
            names = msgspec.json.encode([one.alert.identifier for one in feed])
            self._published.keep(f"index {published.endpoint}", published.at, names)

    # -- the feed ----------------------------------------------------------------------------------------------

    def _feed_of(self, request: web.Request) -> tuple[dict[str, Any], list[Published]]:
        """The entry and its messages, for who may poll it; raises for everybody else."""
        endpoint = request.match_info["endpoint"]
        entry, token = self._entries.get(endpoint), self._tokens.get(endpoint, "")
        given = bearer_of(request.headers.get("Authorization", ""))
        if entry is None or (token and not hmac.compare_digest(token.encode(), given.encode())):
            raise web.HTTPUnauthorized(headers={"WWW-Authenticate": "Bearer"})
        return entry, self._feeds.get(endpoint, [])

    async def _show_feed(self, request: web.Request) -> web.Response:
        entry, published = self._feed_of(request)
        newest = published[::-1]
        updated = newest[0].alert.sent if newest else moment_at(self.config.made_at, zone_of(entry))
        raw = build_feed(
            str(entry.get("sender_name") or entry.get("name") or "Watchbell"), self._public(request), updated,
            [one.alert for one in newest],
        )  # fmt: skip
        return _answer(request, raw, "application/atom+xml")

    async def _show_document(self, request: web.Request) -> web.Response:
        _, published = self._feed_of(request)
        wanted = request.match_info["identifier"]
        found = next((one for one in published if one.alert.identifier == wanted), None)
        if found is None:
            raise web.HTTPNotFound(text="No such message.")
        return _answer(request, found.xml, "application/cap+xml")

    def _public(self, request: web.Request) -> str:
        host, _, port = self.address.rpartition(":")
        named = urlsplit(config.public_url()).hostname if host in ("0.0.0.0", "::") else host
        base = config.setting("CAP_PUBLIC_URL").rstrip("/") or f"http://{named}:{port}"
        return f"{base}/cap/{quote(request.match_info['endpoint'], safe='')}"


def identifier_of(order: Order) -> str:
    """The same for every attempt of an order; without the characters CAP forbids in identifiers."""
    return f"watchbell-{order.id}"


def zone_of(entry: dict[str, Any]) -> ZoneInfo:
    """The district's time zone: CAP's moments carry its offset."""
    try:
        return ZoneInfo(str(entry.get("timezone") or ZONE))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo(ZONE)


def _answer(request: web.Request, raw: bytes, kind: str) -> web.Response:
    mark = mark_of(raw)
    headers = {"ETag": mark, "Cache-Control": "no-cache"}
    given = [one.strip() for one in request.headers.get("If-None-Match", "").split(",")]
    if mark in given or "*" in given:
        return web.Response(status=304, headers=headers)
    return web.Response(body=raw, headers=headers, content_type=kind, charset="utf-8")


Service = CapGateway
