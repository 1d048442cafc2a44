"""The simulator's process: reads what to play, plays it, and serves the played outside world on loopback."""

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from watchbell.line import config
from watchbell.line.errors import NotFound, Refused, Unavailable, WatchbellError
from watchbell.simulator import devices, mail, texts, voice
from watchbell.simulator.acts import ACTS, World
from watchbell.simulator.outside import Outside, read_since
from watchbell.simulator.parts import CHANNELS, FAULTS, KINDS, Part, receiver_address

log = logging.getLogger(__name__)
LEAVE_SECONDS = 4.0
for more in (voice, mail, texts):
    KINDS.update(more.KINDS)
    ACTS.update(more.ACTS)
STATUSES: dict[type[WatchbellError], int] = {NotFound: 404, Refused: 400, Unavailable: 503}


async def main(stop: asyncio.Event, playing: asyncio.Event | None = None) -> None:
    """Waits for `demo/played.json`, plays it and serves until `stop` is set. Sets `playing` once all of it is there."""
    played = await _wait_for_played(stop)
    if played is None:
        return
    outside = Outside(CHANNELS + devices.CHANNELS + mail.CHANNELS + texts.CHANNELS)
    problems: list[str] = []
    world = World(build_parts(played, outside, problems), outside)
    world.problems = problems
    await _start_parts(world)
    runner = web.AppRunner(make_application(world), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", int(config.setting("SIMULATOR_PORT", "8090"))).start()
    host, port = runner.addresses[0][:2]
    (config.home() / "demo" / "simulator.address").write_text(f"{host}:{port}")
    log.info("playing %s buttons and %s doors, http://%s:%s", len(world.buttons), len(world.doors), host, port)
    if playing is not None:
        playing.set()
    await stop.wait()
    await runner.cleanup()
    await world.stop()
    await _stop_parts(world)


async def _wait_for_played(stop: asyncio.Event) -> dict[str, Any] | None:
    path = config.home() / "demo" / "played.json"
    while not stop.is_set():
        with contextlib.suppress(OSError, ValueError):
            found = json.loads(path.read_text())
            # Panels need to know whom to call; the rest could start, but one start is simpler to understand.
            if isinstance(found, dict) and (receiver_address() or not found.get("panels")):
                return found
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), 0.25)
    return None


def build_parts(played: dict[str, Any], outside: Outside, problems: list[str]) -> list[Part]:
    """The peers for everything in `played.json` that is known; what cannot is told in `problems`."""
    parts: list[Part] = []
    for kind, build in {**KINDS, **devices.KINDS}.items():
        if not played.get(kind):
            continue
        try:
            parts += build(played[kind], outside)
        except (KeyError, ValueError, TypeError) as error:
            problems.append(f"{kind} cannot be played: {type(error).__name__} {error}")
    return parts


async def _start_parts(world: World) -> None:
    for part in world.parts:
        try:
            await part.start()
        except OSError as error:
            world.problems.append(f"{next(iter(part.names), 'something')} cannot be played: {error}")
    for problem in world.problems:
        log.error("%s", problem)


async def _stop_parts(world: World) -> None:
    """All at once; who has not left after a while is left behind, and named."""
    leaving = {asyncio.ensure_future(part.peer.stop()): part for part in world.parts}
    if not leaving:
        return
    _, stuck = await asyncio.wait(leaving, timeout=LEAVE_SECONDS)
    for task in stuck:
        log.warning("%s does not leave: %r", type(leaving[task].peer).__name__, task)
        task.cancel()


def make_application(world: World) -> web.Application:
    """GET /outside, /outside/{channel}, /played; POST /act, /fail. Errors are problem documents (RFC 9457)."""

    async def show_channels(request: web.Request) -> web.Response:
        return web.json_response(world.outside.counts())

    async def show_channel(request: web.Request) -> web.Response:
        try:
            found = world.outside.received(request.match_info["channel"], read_since(request.query.get("since", "")))
        except ValueError as error:
            raise Refused(f"since is neither Unix seconds nor an RFC 3339 moment: {error}") from None
        if found is None:
            raise NotFound("No such channel is played.")
        return web.json_response(found)

    async def show_played(request: web.Request) -> web.Response:
        return web.json_response(world.list_played())

    async def act(request: web.Request) -> web.Response:
        asked = await _read_object(request)
        do = ACTS.get(str(asked.get("what", "")))
        if do is None:
            return _problem(400, "The played equipment cannot do that.", possible=sorted(ACTS))
        return web.json_response({"what": asked["what"], **await do(world, asked)})

    async def fail(request: web.Request) -> web.Response:
        return web.json_response(_break_one(world, await _read_object(request)))

    application = web.Application(middlewares=[_tell_problems], client_max_size=1 << 16)
    application.add_routes([
        web.get("/outside", show_channels), web.get("/outside/{channel}", show_channel),
        web.get("/played", show_played), web.post("/act", act), web.post("/fail", fail),
    ])  # fmt: skip
    return application


def _break_one(world: World, asked: dict[str, Any]) -> dict[str, Any]:
    """Breaks one played thing for a while. Raises Refused or NotFound for what cannot be broken."""
    how, thing = asked.get("how"), world.by_name.get(str(asked.get("endpoint", "")))
    seconds = asked.get("seconds", 10)
    possible = (*FAULTS, *getattr(thing, "faults", ()))
    if how not in possible:
        raise Refused(f"Equipment does not fail like that; possible: {', '.join(possible)}.")
    if not isinstance(seconds, int | float) or not 0 < seconds <= 3600:
        raise Refused("seconds is a number above 0, at most 3600.")
    if thing is None:
        raise NotFound("There is no such played endpoint.")
    thing.fail(how, seconds)
    return {"endpoint": asked["endpoint"], "how": how, "seconds": seconds}


async def _read_object(request: web.Request) -> dict[str, Any]:
    try:
        found = json.loads(await request.read() or b"{}")
    except (ValueError, RecursionError):
        raise Refused("The body is not JSON.") from None
    if not isinstance(found, dict):
        raise Refused("The body is not a JSON object.")
    return found


@web.middleware
async def _tell_problems(
    request: web.Request,
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]],  # aiohttp passes it by this name
) -> web.StreamResponse:
    try:
        return await handler(request)
    except WatchbellError as error:
        return _problem(STATUSES.get(type(error), 400), str(error))


def _problem(status: int, title: str, **more: Any) -> web.Response:
    body = json.dumps({"type": "about:blank", "title": title, "status": status, **more})
    return web.Response(status=status, text=body, content_type="application/problem+json")
