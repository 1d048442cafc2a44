"""What a DC-09 frame reports: SIA DC-03 and DC-05 (Contact ID) codes sorted into presses, restores and status."""

import re
from collections.abc import Iterator

import msgspec
from siadc09 import dc05
from siadc09.siadcs import DcsInfo, parse_siadcs

from watchbell.gateways.siadc09.codec import Body, Frame
from watchbell.line.pidflo import clean_text
from watchbell.wire.base import Malformed

#: The kind "panic" stands for what the zone is configured as.
PANIC = "panic"
SIA_PRESSES = {
    "PA": PANIC,
    "HA": PANIC,
    "QA": PANIC,
    "MA": "medical",
    **dict.fromkeys(("FA", "FM", "KA", "SA"), "fire"),
}
CID_PRESSES = {
    **dict.fromkeys(("120", "121", "122", "123", "124", "125", "126", "129"), PANIC),
    **dict.fromkeys(("100", "101", "103"), "medical"),
    **dict.fromkeys(("110", "111", "112", "113", "114", "115", "116", "117"), "fire"),
}
SIA_TESTS = ("RP", "RX", "TX", "RY")
CID_TESTS = ("601", "602", "603", "605", "606", "607", "608")
CID_TAMPERS = ("137", "144", "145", "341", "383")
_CID = re.compile(rb"([0-9A-F])([0-9A-F]{3}) +([0-9A-F]{1,2}) +([0-9A-F]{1,4})\Z", re.I)
_SIA_TEXT = re.compile(rb"\^[^^]*\^?")
_SIA_ANYWHERE = re.compile(
    rb"(?:\A[NO]?|/|[a-z]{2}[0-9:.-]*)(%s)([0-9A-F]{0,8})(?![A-Z])" % "|".join(SIA_PRESSES).encode()
)
_ASCII = bytes(byte if byte < 0x80 else ord("?") for byte in range(256))
_SIA_SHAPE = re.compile(rb"[NO]?(?:[a-z]{2}[0-9:.-]*/?)*([A-Z]{2})([0-9A-F]{0,8})(?![0-9A-Za-z])")
_NOTED = {"O": "Building", "R": "Room", "L": "Location", "I": "Text", "V": "Video", "S": "Site"}


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One report. kind: an alarm kind or "panic" when it is a press, else "". state: "new", "restore" or "status".

    zone: as `plain_zone` writes it ("12"), "U3" where the code counts users, "" without one. words: the code's name.
    is_doubtful: read by looking for codes anywhere, because the block itself cannot be parsed.
    """

    code: str
    state: str
    zone: str
    kind: str = ""
    words: str = ""
    area: str = ""
    is_test: bool = False
    is_trouble: bool = False
    is_tamper: bool = False
    is_doubtful: bool = False


def plain_zone(text: str) -> str:
    """A zone or account number without leading zeros, in capitals: "005" and "5" are the same button."""
    return text.strip().upper().lstrip("0") or ("0" if text.strip() else "")


def read_events(frame: Frame, body: Body) -> list[Event] | Malformed:
    """The reports of a SIA-DCS or ADM-CID frame; an empty list for one that carries none (a link test).

    Malformed when there is content that cannot be understood, or the protocol is neither.
    """
    if frame.ident == "ADM-CID":
        return _read_cid(body.data, frame.raw)
    if frame.ident == "SIA-DCS":
        return _read_sia(body.data, frame.raw)
    return Malformed(f"reports in {frame.ident} are not understood", frame.raw)


def _read_cid(data: bytes, raw: bytes) -> list[Event] | Malformed:
    blocks = [block.strip() for block in data.split(b"|") if block.strip() and not block.startswith(b"#")]
    found = [match for match in map(_CID.match, blocks) if match]
    if not found:
        return Malformed("no Contact ID event in the data", raw) if blocks else []
    return [_judge_cid(*(part.decode().upper() for part in match.groups())) for match in found]


def _judge_cid(qualifier: str, code: str, area: str, address: str) -> Event:
    entry = dc05.EVENT.get(code, {})
    zone = ("U" if entry.get("addr") == "User" else "") + plain_zone(address)
    # Only 3 (restored) and 6 (still present, reported before) are surely no new press.
    state = {"3": "restore", "6": "status"}.get(qualifier, "new")
    return Event(
        code=code, state=state, zone=zone, area=plain_zone(area), words=entry.get("name", f"Contact ID {code}"),
        kind=CID_PRESSES.get(code, "") if state == "new" else "", is_test=code in CID_TESTS,
        is_trouble=code[0] == "3" and state != "restore", is_tamper=code in CID_TAMPERS and state != "restore",
    )  # fmt: skip


def _read_sia(data: bytes, raw: bytes) -> list[Event] | Malformed:
    found: list[Event] = []
    is_empty = True
    for events, content in _read_blocks(data.translate(_ASCII)):
        found += events
        if not content.strip():
            continue
        is_empty = False
        # What people write in a description keeps the tables from being used: once more without.
        for again, rest in _read_blocks(b"N" + _SIA_TEXT.sub(b"", content).strip()):
            found += again or _read_unlisted(rest)
    return found if found or is_empty else Malformed("no SIA event in the data", raw)


def _read_blocks(data: bytes) -> Iterator[tuple[list[Event], bytes]]:
    """Of each report block its events by DC-03's tables, or its content where these do not cover it."""
    for block in getattr(parse_siadcs(data), "blocks", ()):
        if isinstance(block, DcsInfo):
            yield [_judge_sia(event) for event in block.events if hasattr(event, "addr")], b""
        elif block.functioncode in ("N", "O", b"", ""):
            yield [], bytes(block.content or b"")


def _read_unlisted(content: bytes) -> list[Event]:
    """What a block reports that DC-03's tables do not cover: when in doubt, raise; else take its code as status."""
    presses = [
        Event(code=m[1].decode(), state="new", zone=plain_zone(m[2].decode()), kind=SIA_PRESSES[m[1].decode()],
              is_doubtful=True)
        for m in _SIA_ANYWHERE.finditer(content)
    ]  # fmt: skip
    shape = _SIA_SHAPE.match(content)
    if presses or shape is None:
        return presses
    code = shape[1].decode()
    return [Event(code=code, state="status", zone=plain_zone(shape[2].decode()), words=f"SIA {code}", is_doubtful=True)]


def _judge_sia(event: object) -> Event:
    code, address, area = event.code, event.addr, event.modifiers.get("ri")  # type: ignore[attr-defined]
    zone = "" if address is None else f"{address:X}" if isinstance(address, int) else plain_zone(str(address))
    is_user = event.label == "User"  # type: ignore[attr-defined]
    is_press = code in SIA_PRESSES
    # DC-03 ends a restore in R, H, J or V and a trouble in T, with few exceptions that are no buttons.
    is_restore = not is_press and code[1] in "RHJV" and code not in ("CR", "AR") and code not in SIA_TESTS
    return Event(
        code=code, state="new" if is_press or not is_restore else "restore", zone=("U" if is_user else "") + zone,
        kind=SIA_PRESSES.get(code, ""), words=event.name,  # type: ignore[attr-defined]
        area="" if area is None else str(area.value), is_test=code in SIA_TESTS,
        is_trouble=code[1] == "T" and code not in SIA_TESTS, is_tamper=code in ("TA", "ES", "XS"),
    )  # fmt: skip


def describe_xdata(body: Body) -> str:
    """Extended data people should read beside the press: building, room, text, video and coordinates."""
    words = [f"{_NOTED[letter]}: {text}" for letter, text in body.xdata if letter in _NOTED and text]
    place = {letter: text for letter, text in body.xdata if letter in ("X", "Y")}
    if len(place) == 2:
        words.append(f"Position: {place['Y']} {place['X']}")
    return clean_text("; ".join(words))
