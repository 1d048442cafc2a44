"""The HELD server: POST /held, and locations behind expiring addresses at /held/location/<key>. Port 9731.

Entries by "kind": "location_server" {"endpoint", "name", "district", "clients": [networks]}; "phone" {"endpoint",
"extension", "elin", "callback", "ip", "mac", "district", "place", "civic": {RFC 5139 names}, "latitude", "longitude"}.
secrets: {endpoint of a location server: token}. It takes no orders and needs no database.
"""

import asyncio
import logging
import secrets as random
from datetime import timedelta
from typing import Any

import msgspec
from aiohttp import web

from watchbell.gateways.base import Gateway
from watchbell.gateways.held.codec import (
    MAX_BYTES,
    MEDIA_TYPE,
    LocationRequest,
    build_error,
    build_response,
    code_of,
    parse_request,
    plain,
)
from watchbell.gateways.held.directory import Directory, Place, read_entries
from watchbell.line import clock, config
from watchbell.line.pidflo import Location, build_pidf_lo
from watchbell.line.spool import Memory
from watchbell.wire.base import Malformed

log = logging.getLogger(__name__)
DEFAULT_PORT = 9731
KEY_SECONDS = 1800.0
MAX_KEYS = 20_000
LOCATION_HOURS = 24


class HeldGateway(Gateway):
    """A device asks for itself by its address; for another only with the token or from a listed network."""

    name = "held"

    def __init__(self) -> None:
        super().__init__()
        self.directory = Directory()
        self.keys = Memory(self.folder / "keys", KEY_SECONDS, clock.unix())
        self._runner: web.AppRunner | None = None
        self._watching: asyncio.Task[None] | None = None
        self._given = 0

    async def apply(self, entries: list[dict[str, Any]], secrets: dict[str, Any]) -> None:
        self.directory = read_entries(entries, secrets)

    async def start(self) -> None:
        application = web.Application(client_max_size=MAX_BYTES)
        application.router.add_post("/held", self._take_request)
        application.router.add_route("*", "/held/location/{key}", self._dereference)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, config.bind(), config.gateway_port(self.name, DEFAULT_PORT)).start()
        host, port = self._runner.addresses[0][:2]
        self.address = f"{host}:{port}"
        self._watching = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(0.5)
            problems = self.directory.problems
            self.state, self.because = ("degraded" if problems else "ok"), "; ".join(problems)

    @property
    def public_base(self) -> str:
        """Where clients reach this server: `WATCHBELL_HELD_PUBLIC_URL`, else its own address."""
        return config.setting("HELD_PUBLIC_URL").rstrip("/") or f"http://{self.address}"

    # -- requests ----------------------------------------------------------------------------------------------

    async def _take_request(self, request: web.Request) -> web.Response:
        wanted = parse_request(await request.read())
        if isinstance(wanted, Malformed):
            return _held(build_error(code_of(wanted), wanted.because))
        if request.content_type != MEDIA_TYPE:
            return web.Response(status=415, text=f"A request comes as {MEDIA_TYPE}.")
        found = self._find(wanted, request)
        if isinstance(found, str):
            return _held(build_error(found))
        return _held(self._answer(wanted, found))

    def _find(self, wanted: LocationRequest, request: web.Request) -> Place | str:
        """The one telephone that is meant, or an error code."""
        host = plain("ip", request.remote or "")
        if not wanted.identities:
            found = self.directory.at(host)
        else:
            scheme, _, token = request.headers.get("Authorization", "").partition(" ")
            servers = self.directory.servers_for(host, token.strip() if scheme.lower() == "bearer" else "")
            if not servers and not all((kind, value) == ("ip", host) for kind, value in wanted.identities):
                return "notLocatable"
            districts = {one.district for one in servers} or {one.district for one in self.directory.at(host)}
            found = self.directory.find(wanted, districts)
        endpoints = {one.endpoint: one for one in found}
        if len(endpoints) != 1:  # none, or several: a place that may be another's is no answer
            return "locationUnknown"
        place = next(iter(endpoints.values()))
        return place if place.location is not None else "locationUnknown"

    def _answer(self, wanted: LocationRequest, place: Place) -> str:
        """RFC 5985 §6.2: what was asked for if it is known, else what is known, unless only the asked form will do."""
        assert place.location is not None
        known = {"civic"} | ({"geodetic"} if place.location.latitude is not None else set())
        kinds = set(wanted.types)
        by_value = known if "any" in kinds else kinds & known
        has_uri = "locationURI" in kinds or "any" in kinds
        if wanted.is_exact and "any" not in kinds and kinds - known - {"locationURI"}:
            return build_error("cannotProvideLiType")
        if not by_value and not has_uri:
            by_value = known
        uri, uri_expires = self._refer(place) if has_uri else ("", "")
        at, expires = _moments()
        location = _only(place.location, by_value) if by_value else None
        return build_response(location, _entity(place), at, expires, uri, uri_expires)

    # -- references --------------------------------------------------------------------------------------------

    def _refer(self, place: Place) -> tuple[str, str]:
        """A new address of this location, that nobody can guess and that ends by itself (RFC 5808)."""
        self._given += 1
        if self._given > MAX_KEYS:
            self.keys.close()
            self.keys, self._given = Memory(self.folder / "keys", KEY_SECONDS, clock.unix()), 0
        key = random.token_urlsafe(24)
        self.keys.keep(key, clock.unix(), place.endpoint.encode())
        ends = clock.now() + timedelta(seconds=KEY_SECONDS)
        return f"{self.public_base}/held/location/{key}", ends.isoformat(timespec="seconds")

    async def _dereference(self, request: web.Request) -> web.Response:
        """RFC 6753: GET gives the location by value as PIDF-LO, POST of a locationRequest a locationResponse."""
        if request.method not in ("GET", "HEAD", "POST"):
            return web.Response(status=405, headers={"Allow": "GET, HEAD, POST"})
        kept = self.keys.get(request.match_info["key"])
        place = None
        if kept is not None and clock.unix() - kept[0] < KEY_SECONDS:
            place = self.directory.by_endpoint.get(kept[1].decode())
        wanted = LocationRequest(types=("civic", "geodetic"))
        if request.method == "POST" and (raw := await request.read()):
            found = parse_request(raw)
            if isinstance(found, Malformed):
                return _held(build_error(code_of(found), found.because))
            # A reference that gives a further reference would never end (§4): the location comes by value.
            kinds = tuple(one for one in found.types if one != "locationURI")
            wanted = msgspec.structs.replace(found, types=wanted.types if kinds in ((), ("any",)) else kinds)
        if place is None or place.location is None:
            return web.Response(status=404) if request.method != "POST" else _held(build_error("locationUnknown"))
        if request.method == "POST":
            return _held(self._answer(wanted, place))
        at, expires = _moments()
        text = build_pidf_lo(place.location, _entity(place), at, expires)
        return web.Response(text=text, content_type="application/pidf+xml", headers={"Cache-Control": "private"})


def _held(text: str) -> web.Response:
    return web.Response(text=text, content_type=MEDIA_TYPE, headers={"Cache-Control": "private, no-store"})


def _entity(place: Place) -> str:
    return f"pres:{place.extension.strip('+*#') or 'telephone'}@watchbell.invalid"


def _moments() -> tuple[str, str]:
    now = clock.now()
    ends = now + timedelta(hours=LOCATION_HOURS)
    return now.isoformat(timespec="seconds"), ends.isoformat(timespec="seconds")


def _only(location: Location, kinds: set[str]) -> Location:
    return Location(
        civic=location.civic if "civic" in kinds else {}, latitude=location.latitude if "geodetic" in kinds else None,
        longitude=location.longitude if "geodetic" in kinds else None,
    )  # fmt: skip


Service = HeldGateway
