"""Plays a sign or a strobe on a broker: shows what it is told, confirms it, and fails on demand."""

import asyncio
import contextlib
import json
from collections.abc import Callable
from typing import Any

from watchbell.gateways.mqtt_link import Broker
from watchbell.gateways.mqtt_peer import MqttDevice, end_task


class PlayedSign:
    """showing: lines of a sign, or the colour of a flashing strobe; empty when nothing is on.

    Faults: "silent" (cable out), "slow" (confirms after 3 s), "refuses" (a broken lamp), "garbles" (confirms nonsense).
    """

    def __init__(self, device: str, address: Broker, *, prefix: str = "signs", name: str = "", endpoint: str = "",
                 heard: Callable[[dict[str, Any]], None] | None = None) -> None:  # fmt: skip
        self.device, self.name, self.endpoint, self._outside = device, name or device, endpoint, heard
        self._base = f"{prefix}/{device}"
        self.showing: list[str] = []
        self.commands: list[dict[str, Any]] = []
        self.is_slow = self.refuses = self.garbles = False
        self.link = MqttDevice(address, f"{self._base}/state", (f"{self._base}/command",), self._obey)
        self._beating: asyncio.Task[None] | None = None

    async def start(self, every_seconds: float = 20.0) -> None:
        await self.link.start()
        self._beating = asyncio.create_task(self._beat(every_seconds))

    async def stop(self) -> None:
        if self._beating is not None:
            await end_task(self._beating)
        await self.link.stop()

    async def wait_connected(self, seconds: float = 10.0) -> None:
        """Returns once it is on its broker. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while not self.link.is_up:
                await asyncio.sleep(0.02)

    def fail(self, how: str, seconds: float) -> None:
        if how == "silent":
            self.link.cut(seconds)
            return
        name = {"slow": "is_slow", "refuses": "refuses", "garbles": "garbles"}[how]
        setattr(self, name, True)
        asyncio.get_running_loop().call_later(seconds, setattr, self, name, False)

    def restart(self) -> None:
        """Power away and back: it shows nothing."""
        self.showing = []
        self.link.cut(0.2)

    async def _beat(self, every_seconds: float) -> None:
        while True:
            await asyncio.sleep(every_seconds)
            await self.link.publish(f"{self._base}/state", b'{"state": "online"}')

    async def _obey(self, topic: str, payload: bytes) -> None:
        with contextlib.suppress(ValueError, KeyError):
            command = json.loads(payload)
            self.commands.append(command)
            asyncio.create_task(self._carry_out(command))

    async def _carry_out(self, command: dict[str, Any]) -> None:
        if self.is_slow:
            await asyncio.sleep(3.0)
        if not self.refuses:
            shows = {"show": command.get("lines", []), "flash": [str(command.get("colour", ""))]}
            self.showing = shows.get(command["do"], [])
            if self._outside is not None:
                self._outside({"to": self.name, "body": {**command, "showing": self.showing}, "raw": self.endpoint})
        said = {
            "id": command.get("id"),
            "ok": not self.refuses,
            "because": "the lamp is broken" if self.refuses else "",
        }
        await self.link.publish(f"{self._base}/confirm", b"\xff{" if self.garbles else json.dumps(said).encode())
