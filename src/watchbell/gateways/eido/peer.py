"""Plays a 911 centre or a police desk: takes EIDOs, answers, acknowledges as a call-taker and assigns units."""

import asyncio
import copy
import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import aiohttp
import yaml
from aiohttp import web
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from watchbell.gateways.eido.codec import VERSION, parse_eido, say_moment
from watchbell.line import clock
from watchbell.wire.base import Malformed

Heard = Callable[[dict[str, Any]], None]
_BASE, _MAIN = "http://schema.invalid/", "openapi.yaml"


def load_schema(folder: Path) -> Draft202012Validator:
    """A validator of EmergencyIncidentDataObjectType from NENA's files; their typo `minItems: 1,` is put right."""

    @cache
    def retrieve(address: str) -> Resource[Any]:
        name = re.sub(r"/+", "/", address.removeprefix(_BASE))
        text = (folder / name).read_text().replace("minItems: 1,", "minItems: 1")
        return Resource.from_contents(yaml.safe_load(text), default_specification=DRAFT202012)

    registry: Registry[Any] = Registry(retrieve=retrieve)  # type: ignore[call-arg]
    wanted = {"$ref": f"{_BASE}{_MAIN}#/components/schemas/EmergencyIncidentDataObjectType"}
    return Draft202012Validator(wanted, registry=registry)


class Psap:
    """One centre. `heard` gets {"at", "to", "body": the EIDO as JSON, "raw"} of every document it takes.

    token: what both sides must send. callback_url_from: "headers" (the Link the sender gives) or a base address.
    acknowledge_seconds, assign_seconds: how long people take; None = never.
    """

    def __init__(
        self, name: str, port: int, heard: Heard, *, callback_url_from: str = "headers", token: str = "",
        schema_folder: Path | None = None, acknowledge_seconds: float | None = 1.0, assign_seconds: float | None = 2.0,
        call_taker: str = "Dana Ortiz", units: tuple[str, ...] = ("Adam 12", "Medic 4"),
    ) -> None:  # fmt: skip
        self.name, self.port, self.token = name, port, token
        self.acknowledge_seconds, self.assign_seconds = acknowledge_seconds, assign_seconds
        self.call_taker, self.units = call_taker, units
        self.problems: list[str] = []
        self.answers: list[int] = []
        self._callback_from = callback_url_from
        self._validator = load_schema(schema_folder) if schema_folder else None
        self._heard = heard
        self._domain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") + ".psap.invalid"
        self._failure, self._fails_until = "", 0.0
        self._people: set[asyncio.Task[None]] = set()
        self._worked: set[str] = set()
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listens on 127.0.0.1."""
        application = web.Application(client_max_size=4_000_000)
        application.router.add_post("/eido", self._take)
        application.router.add_get("/eido", self._look, allow_head=False)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        for task in list(self._people):
            task.cancel()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/eido"

    def fail(self, how: str, seconds: float) -> None:
        """Breaks the centre: "silent", "slow" (2 s), "refuses" (503), "garbles" (no HTTP, no sense), or "unattended":
        it takes everything and no person looks at it."""
        self._failure, self._fails_until = how, clock.monotonic() + seconds

    async def _look(self, request: web.Request) -> web.Response:
        """Somebody looks whether the centre is there: it takes EIDOs by POST only, and says so to who may send them."""
        if clock.monotonic() < self._fails_until and self._failure in ("silent", "refuses"):
            await asyncio.sleep(self._fails_until - clock.monotonic() if self._failure == "silent" else 0)
            return web.Response(status=503)
        is_known = not self.token or request.headers.get("Authorization") == f"Bearer {self.token}"
        return web.Response(status=405 if is_known else 401, headers={"Allow": "POST"})

    async def _take(self, request: web.Request) -> web.StreamResponse:
        failure = self._failure if clock.monotonic() < self._fails_until else ""
        if failure == "silent":
            await asyncio.sleep(max(0.0, self._fails_until - clock.monotonic()))
        if failure == "slow":
            await asyncio.sleep(2)
        if failure in ("silent", "refuses"):
            return web.json_response({"statusText": "Out of order"}, status=503)
        if failure == "garbles":
            return web.Response(status=500, body=b"\xff\xfe<<<", content_type="application/octet-stream")
        if self.token and request.headers.get("Authorization") != f"Bearer {self.token}":
            return web.json_response({"statusText": "Unknown sender"}, status=401)
        return self._read(await request.read(), request.headers.get("Link", ""))

    def _read(self, raw: bytes, links: str) -> web.Response:
        found = parse_eido(raw)
        if isinstance(found, Malformed):
            self.problems.append(found.because)
            return web.json_response({"statusText": found.because}, status=400)
        if self._validator is not None:
            errors = [error.message for error in self._validator.iter_errors(found.document)]
            self.problems += errors
            if errors:
                return web.json_response({"statusText": errors[0][:200]}, status=400)
        self._heard(
            {"at": clock.unix(), "to": self.name, "body": found.document, "raw": raw.decode("utf-8", "replace")}
        )
        is_attended = not (self._failure == "unattended" and clock.monotonic() < self._fails_until)
        if not found.is_ended and is_attended and found.id not in self._worked:
            self._worked.add(found.id)
            task = asyncio.create_task(self._work_it(found.document, self._status_url(links, found.id)))
            self._people.add(task)
            task.add_done_callback(self._people.discard)
        return web.json_response({"statusCode": 201, "statusText": f"received at {self.name}"}, status=201)

    def _status_url(self, links: str, tracking: str) -> str:
        if self._callback_from != "headers":
            return f"{self._callback_from.rstrip('/')}/status/{tracking}"
        found = re.search(r'<([^<>]+)>; rel="status"', links)
        return found[1] if found else ""

    async def _work_it(self, document: dict[str, Any], url: str) -> None:
        if not url or self.acknowledge_seconds is None:
            return
        await asyncio.sleep(self.acknowledge_seconds)
        await self._send(url, self._reply(document, ["Active"], []))
        if self.assign_seconds is not None:
            await asyncio.sleep(self.assign_seconds)
            await self._send(url, self._reply(document, ["ResourcesAssigned", "ResourcesEnroute"], list(self.units)))

    async def _send(self, url: str, document: dict[str, Any]) -> None:
        headers = {"Authorization": f"Bearer {self.token}"}
        timeout = aiohttp.ClientTimeout(total=5)
        try:
            async with aiohttp.ClientSession(timeout=timeout, headers=headers) as session:
                async with session.post(url, json=document) as answer:
                    self.answers.append(answer.status)
        except (aiohttp.ClientError, TimeoutError) as error:
            self.problems.append(f"status not taken: {type(error).__name__}")

    def _reply(self, told: dict[str, Any], states: list[str], units: list[str]) -> dict[str, Any]:
        """The EIDO as this centre would send it on: same incident, own stamp, agent, states and units."""
        agent = f"{self.call_taker.lower().replace(' ', '.')}@{self._domain}"

        def stamp(key: str) -> dict[str, Any]:
            return {
                "$id": key, "lastUpdateTimeStamp": say_moment(clock.unix()),
                "updatedByAgencyReference": {"$ref": self._domain}, "updatedByAgentReference": {"$ref": agent},
            }  # fmt: skip

        incident = copy.deepcopy(told.get("incidentComponent") or {})
        incident |= stamp(incident.get("$id", "incident")) | {"incidentStatusCommonRegistryText": states}
        reply = stamp(told["$id"]) | {
            "eidoVersion": VERSION, "issuingElementIdentification": f"cad.{self._domain}",
            "incidentComponent": incident,
            "agencyComponent": [
                stamp(self._domain) | {"agencyRoleDescriptionRegistryText": ["Dispatching"], "agencyType": ["psap"]}
            ],
            "agentComponent": [
                stamp(agent) | {
                    "agentRoleRegistryText": ["Call Taking"], "agencyReference": {"$ref": self._domain},
                    "agentJcard": json.dumps(["vcard", [["fn", {}, "text", self.call_taker]]]),
                }
            ],
        }  # fmt: skip
        if units:
            reply["emergencyResourceComponent"] = [
                stamp(f"{unit}@{self._domain}") | {
                    "agentReference": [{"$ref": agent}], "emergencyResourceTypeCommonRegistryText": "Other",
                    "resourceAttributeRegistryText": ["Other"], "resourceAttributeInternalText": [unit],
                    "emergencyResourceName": unit, "primaryUnitStatusRegistryText": "NotAvailable",
                    "secondaryUnitStatusRegistryText": ["Assigned", "EnRoute"],
                }
                for unit in units
            ]  # fmt: skip
        return reply
