"""What a Bluetooth Low Energy advertisement says: AD structures and the frames inside them. Total: never raises."""

from urllib.parse import quote

import msgspec

#: Bluetooth SIG, Assigned Numbers §2.3: types of AD structures read here.
FLAGS, NAMES, TX_POWER, SERVICE_DATA, MAKER = 0x01, (0x08, 0x09), 0x0A, {0x16: 2, 0x20: 4, 0x21: 16}, 0xFF
UUID_LISTS = {0x02: 2, 0x03: 2, 0x04: 4, 0x05: 4, 0x06: 16, 0x07: 16}
APPLE = 0x004C
EDDYSTONE, MINEW, BTHOME = "feaa", "ffe1", "fcd2"
#: Advertising data of Bluetooth 5 ends at 1,650 bytes (Core 5.4, Vol 4 Part E §7.8.54).
LARGEST_BYTES = 1650
SCHEMES = ("http://www.", "https://www.", "http://", "https://")
ENDINGS = (".com/", ".org/", ".edu/", ".net/", ".info/", ".biz/", ".gov/", ".com", ".org", ".edu", ".net", ".info",
           ".biz", ".gov")  # fmt: skip


class Advertisement(msgspec.Struct, frozen=True, kw_only=True):
    """services: data by UUID in lower-case hex ("feaa", or 32 digits). makers: data by company number.

    others: data that stood before under the same UUID or number (a badge's frames, one after another), with where it
    stood: "service:ffe1" or "maker:004c". problems: what could not be read; the rest counts all the same.
    """

    flags: int | None = None
    name: str = ""
    tx_power: int | None = None
    uuids: tuple[str, ...] = ()
    services: dict[str, bytes] = {}
    makers: dict[int, bytes] = {}
    others: tuple[tuple[str, bytes], ...] = ()
    problems: tuple[str, ...] = ()


class Beacon(msgspec.Struct, frozen=True, kw_only=True):
    """An iBeacon: uuid as 32 hex digits, power: dBm at one metre."""

    uuid: str
    major: int
    minor: int
    power: int


class Eddystone(msgspec.Struct, frozen=True, kw_only=True):
    """One Eddystone frame. kind: "uid", "url", "tlm" or "eid".

    battery_volts and temperature are None where the beacon has no such sensor. seconds: since it was started.
    """

    kind: str
    power: int | None = None
    namespace: str = ""
    instance: str = ""
    url: str = ""
    battery_volts: float | None = None
    temperature: float | None = None
    count: int = 0
    seconds: float = 0.0


class Minew(msgspec.Struct, frozen=True, kw_only=True):
    """A frame of service data 0xFFE1. kind: "climate" (A1 01), "button" (A1 02), "motion" (A1 03), "about" (A1 08).

    battery: per cent. status: of a button, 0 when it is not pressed. mac: as the frame itself says.
    """

    kind: str
    battery: int
    status: int = 0
    temperature: float | None = None
    humidity: float | None = None
    motion: tuple[float, float, float] | None = None
    mac: str = ""
    name: str = ""


class Bthome(msgspec.Struct, frozen=True, kw_only=True):
    """A BTHome v2 message in clear. count: the value and width in bits of its count object. buttons: event codes."""

    packet: int | None = None
    battery: int | None = None
    count: tuple[int, int] | None = None
    buttons: tuple[int, ...] = ()
    is_triggered: bool = False


def read_advertisement(raw: bytes) -> Advertisement:
    """The AD structures of `raw` (Core 5.4, Vol 3 Part C §11); a broken one ends the reading and is told."""
    problems: list[str] = []
    found: dict[str, object] = {}
    uuids: list[str] = []
    services: dict[str, bytes] = {}
    makers: dict[int, bytes] = {}
    others: list[tuple[str, bytes]] = []
    if len(raw) > LARGEST_BYTES:
        problems.append(f"{len(raw)} bytes are more than an advertisement can have")
        raw = raw[:LARGEST_BYTES]
    at = 0
    while at < len(raw) and raw[at]:
        length = raw[at]
        if at + 1 + length > len(raw):
            problems.append(f"a structure of {length} bytes is cut off after {len(raw) - at - 1}")
            break
        _take_structure(raw[at + 1], raw[at + 2 : at + 1 + length], found, uuids, services, makers, others, problems)
        at += 1 + length
    if at < len(raw) and not raw[at] and any(raw[at:]):
        problems.append("bytes follow the end of the structures")
    return Advertisement(
        uuids=tuple(uuids), services=services, makers=makers, others=tuple(others),
        problems=tuple(problems), **found,  # type: ignore[arg-type]
    )  # fmt: skip


def _take_structure(
    kind: int, body: bytes, found: dict[str, object], uuids: list[str], services: dict[str, bytes],
    makers: dict[int, bytes], others: list[tuple[str, bytes]], problems: list[str],
) -> None:  # fmt: skip
    if kind == FLAGS and body:
        found["flags"] = body[0]
    elif kind in NAMES:
        found["name"] = body.decode("utf-8", "replace").rstrip("\0")
    elif kind == TX_POWER and body:
        found["tx_power"] = _signed(body[0])
    elif kind in UUID_LISTS:
        wide = UUID_LISTS[kind]
        uuids.extend(body[at : at + wide][::-1].hex() for at in range(0, len(body) - wide + 1, wide))
    elif kind in SERVICE_DATA:
        wide = SERVICE_DATA[kind]
        if len(body) < wide:
            problems.append("service data without a whole UUID")
        else:
            uuid = body[:wide][::-1].hex()
            if uuid in services:
                others.append((f"service:{uuid}", services[uuid]))
            services[uuid] = body[wide:]
    elif kind == MAKER:
        if len(body) < 2:
            problems.append("manufacturer data without a whole company number")
        else:
            number = int.from_bytes(body[:2], "little")
            if number in makers:
                others.append((f"maker:{number:04x}", makers[number]))
            makers[number] = body[2:]


def _signed(byte: int) -> int:
    return byte - 256 if byte > 127 else byte


def _eighths(raw: bytes) -> float:
    """Signed 8.8 fixed point, big end first."""
    return round(int.from_bytes(raw, "big", signed=True) / 256, 2)


def read_ibeacon(found: Advertisement) -> Beacon | None:
    """The iBeacon in Apple's manufacturer data, if there is one."""
    body = found.makers.get(APPLE, b"")
    if len(body) < 23 or body[:2] != b"\x02\x15":
        return None
    return Beacon(
        uuid=body[2:18].hex(), major=int.from_bytes(body[18:20], "big"), minor=int.from_bytes(body[20:22], "big"),
        power=_signed(body[22]),
    )  # fmt: skip


def read_eddystone(found: Advertisement) -> Eddystone | None:
    """The Eddystone frame (protocol specification of google/eddystone), if there is a whole one."""
    body = found.services.get(EDDYSTONE, b"")
    if len(body) < 2:
        return None
    kind, power = body[0], _signed(body[1])
    if kind == 0x00 and len(body) >= 18:
        return Eddystone(kind="uid", power=power, namespace=body[2:12].hex(), instance=body[12:18].hex())
    if kind == 0x10 and len(body) >= 3:
        return Eddystone(kind="url", power=power, url=_read_url(body[2:]))
    if kind == 0x20 and body[1] == 0x00 and len(body) >= 14:
        volts = int.from_bytes(body[2:4], "big") / 1000
        temperature = None if body[4:6] == b"\x80\x00" else _eighths(body[4:6])
        return Eddystone(
            kind="tlm", battery_volts=volts or None, temperature=temperature,
            count=int.from_bytes(body[6:10], "big"), seconds=int.from_bytes(body[10:14], "big") / 10,
        )  # fmt: skip
    if kind == 0x30 and len(body) >= 10:
        return Eddystone(kind="eid", power=power, instance=body[2:10].hex())
    return None


def _read_url(body: bytes) -> str:
    words = [SCHEMES[body[0]] if body[0] < len(SCHEMES) else ""]
    words += [ENDINGS[byte] if byte < len(ENDINGS) else chr(byte) if 0x20 < byte < 0x7F else quote(chr(byte))
              for byte in body[1:]]  # fmt: skip
    return "".join(words)


def read_minew(found: Advertisement) -> Minew | None:
    """The Minew frame, if there is a whole one."""
    body = found.services.get(MINEW, b"")
    if len(body) < 3 or body[0] != 0xA1:
        return None
    kind, battery = body[1], min(body[2], 100)
    if kind == 0x01 and len(body) >= 7:
        mac = _reversed_mac(body[7:13])
        return Minew(
            kind="climate", battery=battery, temperature=_eighths(body[3:5]), humidity=_eighths(body[5:7]), mac=mac
        )
    if kind == 0x02 and len(body) >= 4:
        return Minew(kind="button", battery=battery, status=body[3], mac=_reversed_mac(body[4:10]))
    if kind == 0x03 and len(body) >= 9:
        motion = (_eighths(body[3:5]), _eighths(body[5:7]), _eighths(body[7:9]))
        return Minew(kind="motion", battery=battery, motion=motion, mac=_reversed_mac(body[9:15]))
    if kind == 0x08 and len(body) >= 9:
        name = body[9:].decode("utf-8", "replace").rstrip("\0")
        return Minew(kind="about", battery=battery, mac=_reversed_mac(body[3:9]), name=name)
    return None


def _reversed_mac(raw: bytes) -> str:
    return raw[::-1].hex().upper() if len(raw) == 6 and any(raw) else ""


def _widths() -> dict[int, int]:
    """Bytes of each BTHome v2 object (bthome.io, format); 0x53 and 0x54 carry their own length."""
    two = (0x02, 0x03, 0x06, 0x07, 0x08, 0x0C, 0x0D, 0x0E, 0x12, 0x13, 0x14, 0x3C, 0x3D, 0x3F, 0x40, 0x41,
           0x43, 0x44, 0x45, 0x47, 0x48, 0x49, 0x4A, 0x51, 0x52, 0x56, 0x5A, 0x5D, 0x5E, 0x5F, 0x61, 0xF0)  # fmt: skip
    three = (0x04, 0x05, 0x0A, 0x0B, 0x42, 0x4B, 0xF2)
    four = (0x3E, 0x4C, 0x4D, 0x4E, 0x4F, 0x50, 0x55, 0x5B, 0x5C, 0x62, 0x63, 0xF1)
    one = {0x00, 0x01, 0x09, *range(0x0F, 0x30), 0x3A, 0x46, 0x57, 0x58, 0x59, 0x60, 0x64} - set(two)
    return {**dict.fromkeys(one, 1), **dict.fromkeys(two, 2), **dict.fromkeys(three, 3), **dict.fromkeys(four, 4)}


BTHOME_WIDTHS = _widths()
#: Count objects and their bits, unsigned and signed: what is counted on is the same modulo 2^bits.
BTHOME_COUNTS = ((0x3E, 32), (0x3D, 16), (0x09, 8), (0x5B, 32), (0x5A, 16), (0x59, 8))


def read_bthome(found: Advertisement) -> Bthome | None:
    """The BTHome v2 message, if there is one in clear; reading ends at an object nobody knows."""
    body = found.services.get(BTHOME, b"")
    if not body or body[0] & 0x01 or body[0] >> 5 != 2:
        return None
    values: dict[int, int] = {}
    buttons: list[int] = []
    at = 1
    while at < len(body):
        kind = body[at]
        is_text = kind in (0x53, 0x54) and at + 1 < len(body)
        wide = 1 + body[at + 1] if is_text else BTHOME_WIDTHS.get(kind, 0)
        if not wide or at + 1 + wide > len(body):
            break
        value = int.from_bytes(body[at + 1 : at + 1 + wide], "little")
        if kind == 0x3A:
            buttons.append(value)
        else:
            values[kind] = value
        at += 1 + wide
    count = next(((values[kind], bits) for kind, bits in BTHOME_COUNTS if kind in values), None)
    battery = min(values[0x01], 100) if 0x01 in values else None
    return Bthome(
        packet=values.get(0x00), battery=battery, count=count, buttons=tuple(buttons),
        is_triggered=bool(body[0] & 0x04),
    )  # fmt: skip
