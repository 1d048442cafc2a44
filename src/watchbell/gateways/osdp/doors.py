"""What the gateway knows of each door: how it is wired, what its lock and contact last said, and what was ordered."""

from typing import Any

import msgspec

from watchbell.gateways.osdp.codec import read_key
from watchbell.wire.base import Malformed
from watchbell.wire.status import DeviceStatus


class DoorEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A door as configured. lock_on: which state output ON means, "locked" (magnet, trim) or "unlocked" (strike).

    normal: the state `release_door` returns to; "" means as it was before it was ordered, and where nobody knows that,
    with the output off. contact_input: None without a contact.
    """

    endpoint: str
    address: int
    name: str
    lock_output: int = 0
    lock_on: str = "locked"
    normal: str = ""
    contact_input: int | None = 0
    test: bool = False


class ControllerEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One controller: a TCP bridge to a bus with its doors. district, site: UUID text."""

    controller: str
    host: str
    port: int
    district: str
    site: str
    devices: list[DoorEntry] = []


class Door:
    """A door's wiring and last known state."""

    def __init__(self, controller: ControllerEntry, entry: DoorEntry, key: bytes | None, problem: str) -> None:
        self.controller, self.entry, self.key, self.problem = controller, entry, key, problem
        self.is_online = False
        self.lock = self.contact = ""
        self.before = ""  # its lock before the order that counts now
        self.is_tampered = self.has_power_failure = False

    @property
    def device(self) -> str:
        """The door's name on the wire, e.g. "osdp/north-1/3"."""
        return f"osdp/{self.controller.controller}/{self.entry.address}"

    def judge_output(self, action: str) -> tuple[bool, str]:
        """(output on?, the lock state that means) for lock_door, unlock_door or release_door."""
        is_normal_on = (self.entry.normal or self.before) == self.entry.lock_on
        is_on = {
            "lock_door": self.entry.lock_on == "locked",
            "unlock_door": self.entry.lock_on == "unlocked",
            "release_door": is_normal_on,
        }[action]
        return is_on, self.read_lock(is_on)

    def read_lock(self, is_on: bool) -> str:
        """The lock state an output stands for."""
        return "locked" if is_on == (self.entry.lock_on == "locked") else "unlocked"

    def take_outputs(self, values: tuple[int, ...]) -> None:
        """An output report: the lock is what its output says."""
        if self.entry.lock_output < len(values):
            self.lock = self.read_lock(bool(values[self.entry.lock_output]))

    def take_inputs(self, values: tuple[int, ...]) -> None:
        """An input report: an active contact means the door stands open."""
        if self.entry.contact_input is not None and self.entry.contact_input < len(values):
            self.contact = "open" if values[self.entry.contact_input] else "closed"

    def take_local(self, values: tuple[int, ...]) -> None:
        """Tamper and mains power."""
        self.is_tampered, self.has_power_failure = bool(values[0]), bool(values[1])

    def describe(self, now: float) -> DeviceStatus:
        """The door's state for everybody."""
        because = self.problem
        if not because and not self.is_online:
            because = "It does not answer in its secure channel."
        elif self.has_power_failure:
            because = "Mains power has failed."
        elif self.is_tampered:
            because = "Its housing has been opened."
        state = "silent" if not self.is_online else "trouble" if self.has_power_failure else "online"
        return DeviceStatus(
            district=self.controller.district, site=self.controller.site, gateway="osdp", device=self.device,
            endpoint=self.entry.endpoint, state="trouble" if self.problem else state, at=now, because=because,
            contact=self.contact if self.is_online else "", lock=self.lock if self.is_online else "",
            is_tampered=self.is_tampered, detail={"power": "failed" if self.has_power_failure else "ok"},
        )  # fmt: skip


def read_controllers(
    entries: list[dict[str, Any]], secrets: dict[str, Any]
) -> tuple[list[tuple[ControllerEntry, list[Door]]], list[str]]:
    """Controllers with their doors, and one sentence for each entry that cannot be used.

    `secrets` gives secure channel base keys as hex by "<controller>:<address>". A door without a good one is refused.
    """
    found: list[tuple[ControllerEntry, list[Door]]] = []
    problems: list[str] = []
    for raw in entries:
        try:
            controller = msgspec.convert({k: v for k, v in raw.items() if v is not None}, ControllerEntry, strict=False)
        except msgspec.ValidationError as error:
            problems.append(f"Controller {raw.get('controller', '?')}: {error}")
            continue
        doors: dict[int, Door] = {}
        for entry in controller.devices:
            key = read_key(str(secrets.get(f"{controller.controller}:{entry.address}", "")))
            problem = f"Not served: {key.because}." if isinstance(key, Malformed) else ""
            if not 0 <= entry.address <= 126 or entry.address in doors:
                problems.append(f"{entry.name}: address {entry.address} is taken or out of range.")
                continue
            doors[entry.address] = Door(controller, entry, None if isinstance(key, Malformed) else key, problem)
            if problem:
                problems.append(f"{entry.name}: {problem}")
        found.append((controller, list(doors.values())))
    return found, problems
