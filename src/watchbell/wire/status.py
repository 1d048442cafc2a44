"""Proof of life: what equipment and processes say of themselves."""

from typing import Any

import msgspec

from watchbell.wire.base import Message


class DeviceStatus(Message, frozen=True, kw_only=True):
    """A device's state as its gateway last heard it.

    state: "online", "silent", "trouble". contact: "open", "closed", "" for doors; lock: "locked", "unlocked", "".
    """

    district: str
    site: str
    gateway: str
    device: str
    endpoint: str | None
    state: str
    at: float
    because: str = ""
    contact: str = ""
    lock: str = ""
    is_tampered: bool = False
    detail: dict[str, Any] = msgspec.field(default_factory=dict)


class Heartbeat(Message, frozen=True, kw_only=True):
    """A process is alive. role: "web", "worker", "reflex", "gateway/siadc09"…; state: "ok", "degraded", "starting"."""

    role: str
    instance: str
    pid: int
    at: float
    state: str = "ok"
    because: str = ""
    address: str = ""
    detail: dict[str, Any] = msgspec.field(default_factory=dict)


class SessionWord(Message, frozen=True, kw_only=True):
    """A gateway's word that the presses of a device are tested from now on, or real again; it travels with the states.

    session_mode: "test" or "drill" while it is in the session that ends at `until` (Unix seconds); "real" once the
    gateway takes its presses for real although that session would last until then.
    """

    district: str
    site: str
    gateway: str
    endpoint: str
    session_mode: str
    until: float
    at: float
