"""Commands to signs and strobes and their confirmations: JSON, matched by id. Pure and total."""

import json
from typing import Any

import msgspec

from watchbell.wire.base import Malformed
from watchbell.wire.order import Order

LARGEST_BYTES = 4096
LINE_LENGTH, MOST_LINES = 60, 3
DO = {"start_strobe": "flash", "stop_strobe": "stop", "show_sign": "show", "clear_sign": "clear"}
#: kind → (colour, flashes a second); each kind looks different. No flash between 3 and 60 Hz (WCAG 2.2, 2.3.1).
LOOKS = {
    "lockdown": ("red", 2.0), "fire": ("white", 1.0), "secure": ("blue", 1.0), "evacuate": ("amber", 2.0),
    "shelter": ("green", 1.0), "hold": ("blue", 0.5),
}  # fmt: skip
PLAIN_LOOK = ("amber", 1.0)
MARKS = {"drill": "DRILL", "test": "TEST"}


class Confirmation(msgspec.Struct, frozen=True, kw_only=True):
    """What a device says of a command: `id` as it was sent, `ok`, and why not."""

    id: str
    ok: bool
    because: str = ""


def write_command(order: Order, command_id: str, at: float) -> bytes:
    """The command of an order. Text stands only in "show"; a drill is marked in its first line."""
    colour, hertz = LOOKS.get(order.kind, PLAIN_LOOK)
    body: dict[str, Any] = {"id": command_id, "do": DO[order.action], "mode": order.mode, "kind": order.kind, "at": at}
    if order.action == "start_strobe":
        body |= {"colour": colour, "hertz": hertz}
    if order.action == "show_sign":
        body |= {"colour": colour, "lines": sign_lines(order)}
    return json.dumps(body).encode()


def sign_lines(order: Order) -> list[str]:
    """What the sign shows: the mark of a drill, the kind, what to do. The place of the press is not told in halls."""
    params = order.params
    given = params.get("lines")
    if isinstance(given, list):
        lines = [str(line) for line in given]
    else:
        title = str(params.get("title") or order.kind.replace("_", " ")).upper()
        lines = [title, str(params.get("directive") or "")]
    mark = MARKS.get(order.mode, "")
    if mark:
        lines = [f"{mark}: {lines[0]}" if lines else mark, *lines[1:]]
    return [" ".join(line.split())[:LINE_LENGTH] for line in lines if line.strip()][:MOST_LINES]


def read_confirmation(raw: bytes) -> Confirmation | Malformed:
    """A device's confirmation."""
    if len(raw) > LARGEST_BYTES:
        return Malformed("too long for a confirmation", raw[:LARGEST_BYTES])
    try:
        return msgspec.json.decode(raw, type=Confirmation)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Malformed(str(error), raw)


def read_state(raw: bytes) -> str:
    """ "online", "offline" or "" from a state message: the bare word, or JSON with `state`."""
    if len(raw) > LARGEST_BYTES:
        return ""
    text = raw.decode("utf-8", "replace").strip().strip('"').lower()
    if text.startswith("{"):
        try:
            found = msgspec.json.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return ""
        text = str(found.get("state", "")).lower() if isinstance(found, dict) else ""
    return text if text in ("online", "offline") else ""
