"""Reports of BLE gateways: JSON (or MessagePack) in, hearings out. One bad row costs only itself; nothing raises."""

import json
import math
import re
from typing import Any

import msgspec

from watchbell.gateways.blebadge.advertising import Advertisement, read_advertisement, read_eddystone, read_minew
from watchbell.line import clock
from watchbell.wire.base import Malformed

LARGEST_BYTES = 1 << 20
MOST_ROWS = 5000
WEAKEST = -127
#: Names the fields have at the makers of gateways.
ROWS = ("obj", "data", "objects", "rows", "tags", "advs", "advertisements", "messages", "items", "list", "devices")
MACS = ("mac", "id", "address", "addr", "dmac", "deviceMac", "bleMac", "MAC")
GATEWAYS = ("gmac", "gatewayMac", "gateway_mac", "gateway", "gw", "gwMac")
SIGNALS = ("rssi", "RSSI", "signal")
MOMENTS = ("timestamp", "time", "ts", "at", "timeStamp")
PAYLOADS = ("rawData", "raw", "rawdata", "advData", "adv", "advertisement", "payload", "data", "scanData", "packet")
HEX = re.compile(r"[0-9A-Fa-f]*")
FLAT = re.compile(rb"\{[^{}]*\}")


class Hearing(msgspec.Struct, frozen=True, kw_only=True):
    """A device as one gateway heard it. at: Unix seconds by the gateway's clock, None without one. rssi: dBm.

    battery: per cent, from wherever it is told. raw: the advertisement as hex, for evidence.
    """

    mac: str
    rssi: int = WEAKEST
    at: float | None = None
    said: Advertisement = Advertisement()
    name: str = ""
    battery: int | None = None
    raw: str = ""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a gateway tells at once. gateway: its own MAC as the report says, "" where it says none.

    problems: one sentence for each row that could not be read.
    """

    gateway: str
    at: float | None
    hearings: tuple[Hearing, ...]
    problems: tuple[str, ...] = ()


def read_mac(value: object) -> str:
    """Twelve upper-case hex digits, or "" for what is no device address."""
    if isinstance(value, bytes):
        return value.hex().upper() if len(value) == 6 else ""
    digits = re.sub(r"[:\-.\s]", "", value) if isinstance(value, str) else ""
    return digits.upper() if len(digits) == 12 and HEX.fullmatch(digits) else ""


def read_moment(value: object) -> float | None:
    """Unix seconds from RFC 3339 text or from a number of seconds, milliseconds or microseconds."""
    if isinstance(value, str):
        text = value.strip()
        try:
            return read_moment(float(text))
        except ValueError:
            pass  # no number, so perhaps a date
        found = clock.read_moment(text)
        if found is None:
            return None
        try:
            return (found if found.tzinfo else found.replace(tzinfo=clock.moment(0).tzinfo)).timestamp()
        except (ValueError, OverflowError):
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        seconds = float(value)
    except OverflowError:
        return None
    if not math.isfinite(seconds) or seconds <= 0:
        return None
    while seconds > 1e11:
        seconds /= 1000
    return seconds


def read_rssi(value: object) -> int | None:
    """dBm from a number or from text; None for what is no signal strength."""
    try:
        found = float(value.strip().removesuffix("dBm")) if isinstance(value, str) else value
    except ValueError:
        return None
    if isinstance(found, bool) or not isinstance(found, int | float) or not math.isfinite(found):
        return None
    if 128 < found < 256:  # the byte as it stands in the air, without its sign
        found -= 256
    return round(found) if WEAKEST <= found <= 20 else None


def read_report(raw: bytes) -> Report | Malformed:
    """The report in `raw`: Minew's list, a list inside an object, April Brother's rows of bytes, or one device alone
    as OpenMQTTGateway tells it."""
    if len(raw) > LARGEST_BYTES:
        return Malformed(f"{len(raw)} bytes are too many for a report", raw[:4096])
    found = _decode(raw)
    if isinstance(found, Malformed):
        return found
    about: dict[str, Any] = found if isinstance(found, dict) else {}
    rows = found if isinstance(found, list) else _rows_of(about)
    if rows is None:
        return Malformed("neither a list of devices nor a device", raw[:4096])
    if len(rows) > MOST_ROWS:
        return Malformed(f"{len(rows)} rows are too many for a report", raw[:4096])
    gateway = _first(about, GATEWAYS, read_mac) or ("" if rows == [about] else _first(about, MACS, read_mac) or "")
    at = _first(about, MOMENTS, read_moment)
    hearings, problems = [], []
    for number, row in enumerate(rows, 1):
        if isinstance(row, dict) and str(row.get("type", "")).lower() == "gateway":
            gateway = _first(row, MACS, read_mac) or gateway
            at = _first(row, MOMENTS, read_moment) or at
            continue
        heard = _read_row(row)
        if isinstance(heard, str):
            problems.append(f"Row {number}: {heard}.")
        else:
            hearings.append(heard)
    return Report(gateway=gateway, at=at, hearings=tuple(hearings), problems=tuple(problems))


def _decode(raw: bytes) -> Any:
    text = raw.strip(b" \t\r\n\0").removeprefix(b"\xef\xbb\xbf")
    if not text:
        return Malformed("an empty report")
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        if text[:1] in (b"{", b"["):
            return _salvage(text) or Malformed(f"no JSON: {error}", raw[:4096])
    try:
        found = msgspec.msgpack.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError, TypeError, OverflowError):
        return Malformed("neither JSON nor MessagePack", raw[:4096])
    return found if isinstance(found, dict | list) else Malformed("neither JSON nor MessagePack", raw[:4096])


def _salvage(text: bytes) -> Any:
    """What can be read of a report that is no JSON as a whole; nothing where that is nothing.

    Gateways pass on the names of whatever is near: one that is no UTF-8, or holds a quotation mark, must not silence
    the badges beside it; and some send one object a line, or break off.
    """
    whole = _decode_loosely(text)
    if whole is not None:
        return whole
    rows = [_decode_loosely(row) for row in FLAT.findall(text)]
    return rows if any(isinstance(row, dict) and _first(row, MACS, read_mac) for row in rows) else None


def _decode_loosely(text: bytes) -> Any:
    try:
        return json.loads(text.decode("utf-8", "replace"), strict=False)
    except (ValueError, RecursionError):
        return None


def _rows_of(about: dict[Any, Any]) -> list[Any] | None:
    for name in ROWS:
        if isinstance(about.get(name), list):
            return list(about[name])
    if _first(about, MACS, read_mac):
        return [about]
    return None


def _first(row: dict[Any, Any], names: tuple[str, ...], read: Any) -> Any:
    for name in names:
        if name in row:
            found = read(row[name])
            if found not in (None, ""):
                return found
    return None


def _read_row(row: object) -> Hearing | str:
    """The hearing in a row, or what is wrong with it."""
    if isinstance(row, bytes | str):
        return _read_packed(row)
    if isinstance(row, list):
        return _read_columns(row)
    if not isinstance(row, dict):
        return "it is no object"
    mac = _first(row, MACS, read_mac)
    if not mac:
        return "it has no device address"
    given = [row[name] for name in PAYLOADS if isinstance(row.get(name), str | bytes) and row[name]]
    raw = _read_hex(given[0]) if given else b""
    if raw is None:
        return "its raw data is no hexadecimal text"
    said = read_advertisement(raw) if raw else _from_parts(row)
    return _hearing(
        mac, _first(row, SIGNALS, read_rssi), _first(row, MOMENTS, read_moment), said, raw,
        str(row.get("bleName") or row.get("name") or ""), row.get("battery", row.get("batt")),
    )  # fmt: skip


def _read_packed(row: bytes | str) -> Hearing | str:
    """April Brother's row: one byte of kind, six of address, one of signal (plus 256), then the advertisement."""
    raw = row if isinstance(row, bytes) else _read_hex(row)
    if raw is None or len(raw) < 8:
        return "it is no packed device"
    said = read_advertisement(raw[8:])
    return _hearing(raw[1:7].hex().upper(), read_rssi(raw[7] - 256), None, said, raw[8:], "", None)


def _read_columns(row: list[Any]) -> Hearing | str:
    """A row of columns: kind, address, signal, advertisement; or without the kind."""
    columns = row[1:] if row and not read_mac(row[0]) else row
    mac = read_mac(columns[0]) if columns else ""
    raw = _read_hex(columns[2]) if len(columns) > 2 and isinstance(columns[2], str | bytes) else b""
    if not mac or raw is None:
        return "its columns are no device"
    rssi = read_rssi(columns[1]) if len(columns) > 1 else None
    return _hearing(mac, rssi, None, read_advertisement(raw), raw, "", None)


def _read_hex(value: str | bytes) -> bytes | None:
    if isinstance(value, bytes):
        return value
    digits = re.sub(r"[\s:]|^0x", "", value)
    return bytes.fromhex(digits) if len(digits) % 2 == 0 and HEX.fullmatch(digits) else None


def _from_parts(row: dict[str, Any]) -> Advertisement:
    """An advertisement that the gateway has taken apart already."""
    services: dict[str, bytes] = {}
    makers: dict[int, bytes] = {}
    uuid = str(row.get("servicedatauuid") or row.get("serviceDataUuid") or "").lower().removeprefix("0x")
    uuid = uuid.replace("-", "")
    uuid = uuid[4:8] if len(uuid) == 32 and uuid.endswith("00001000800000805f9b34fb") else uuid
    data = row.get("servicedata") or row.get("serviceData")
    if uuid and isinstance(data, str):
        services[uuid] = _read_hex(data) or b""
    given = row.get("manufacturerdata") or row.get("manufacturerData")
    body = (_read_hex(given) or b"") if isinstance(given, str) else b""
    if len(body) >= 2:
        makers[int.from_bytes(body[:2], "little")] = body[2:]
    return Advertisement(services=services, makers=makers, name=str(row.get("name") or ""))


def _hearing(
    mac: str, rssi: int | None, at: float | None, said: Advertisement, raw: bytes, name: str, battery: object
) -> Hearing:
    told = battery if isinstance(battery, int | float) and not isinstance(battery, bool) else None
    per_cent = None
    if told is not None and math.isfinite(told) and 0 <= told <= 100:
        per_cent = round(told)
    minew, eddystone = read_minew(said), read_eddystone(said)
    if per_cent is None and minew is not None:
        per_cent = minew.battery
    if per_cent is None and eddystone is not None and eddystone.battery_volts:
        # a coin cell: 3.0 V is full, 2.0 V is empty
        per_cent = max(0, min(100, round((eddystone.battery_volts - 2.0) * 100)))
    return Hearing(
        mac=mac, rssi=WEAKEST if rssi is None else rssi, at=at, said=said, battery=per_cent, raw=raw.hex(),
        name=(name or said.name).replace("\0", "").encode("utf-8", "replace").decode()[:60],
    )  # fmt: skip
