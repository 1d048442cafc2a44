"""A telephone system's word that 911 was called: dialog-info (RFC 4235), call records as JSON or a form, plain notices;
every input is answered with events or a Malformed."""

import json
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from watchbell.gateways.sip.addresses import parse_uri
from watchbell.line.clock import read_moment
from watchbell.line.pidflo import clean_text
from watchbell.wire.base import Malformed

MAX_BYTES = 256_000
MAX_EVENTS = 200
MAX_TEXT = 200
DIALOG_INFO = "urn:ietf:params:xml:ns:dialog-info"
STATES = ("trying", "proceeding", "early", "confirmed", "terminated")
EMERGENCY = ("911", "9911", "112")
TEST = ("933",)
#: Where the usual telephone systems put things; a feed's own `fields` go before these.
FIELDS: dict[str, tuple[str, ...]] = {
    "id": ("call_id", "callId", "callID", "uniqueid", "linkedid", "uuid", "callUuid", "globalCallID", "id"),
    "dialed": ("dialed", "dialed_number", "dialedNumber", "destination", "destination_number", "dst", "called",
               "calledNumber", "finalCalledPartyNumber", "originalCalledPartyNumber", "to"),
    "extension": ("extension", "ext", "caller_extension", "callerExtension", "src", "caller", "callerNumber",
                  "caller_id_number", "callingPartyNumber", "from"),
    "callback": ("callback", "callback_number", "callbackNumber", "elin", "ani", "did"),
    "name": ("name", "caller_name", "callerName", "caller_id_name", "display_name", "clid"),
    "at": ("at", "time", "timestamp", "start", "start_time", "startTime", "calldate", "dateTimeOrigination"),
    "place": ("room", "location", "place", "erl"),
}  # fmt: skip
#: The extension of a call whose record says where or who, but not which telephone.
UNKNOWN = "unknown"
_LISTS = ("calls", "events", "records", "cdr", "cdrs", "data")


class CallEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One call as it was told. dialed, extension: as a telephone shows them. at: Unix seconds, None unsaid.

    id: the telephone system's own name of the call, "" without one. place: the room it believes the caller in.
    """

    dialed: str
    extension: str
    id: str = ""
    callback: str = ""
    name: str = ""
    place: str = ""
    at: float | None = None
    state: str = ""


def number_of(text: str) -> str:
    """What a telephone shows of an address or number: "4312" of "sip:4312@pbx", "911" of "urn:service:sos"."""
    text = text.strip()[:MAX_TEXT]
    if re.match(r"(sips?|tel|urn):", text, re.IGNORECASE):
        found = parse_uri(text)
        if isinstance(found, Malformed):
            return ""
        text = found.user.partition(";")[0]
        if found.scheme == "urn" and text.lower().startswith(("service:", "emergency:service:")):  # RFC 5031, NENA
            is_test = "test" in text.lower()
            return ("933" if is_test else "911") if "sos" in text.lower() else text
    digits = re.sub(r"[\s().-]", "", text)
    return digits if re.fullmatch(r"\+?[0-9*#]+", digits, re.ASCII) else text


def judge_dialed(dialed: str, emergency: tuple[str, ...] = EMERGENCY, test: tuple[str, ...] = TEST) -> str:
    """The mode a call to this number has as a press: "real", "test", or "" for any other call."""
    number = number_of(dialed)
    if number not in emergency + test:
        number = number.removeprefix("+")  # some trunks write +911 as if it were E.164
    return "real" if number in emergency else "test" if number in test else ""


# -- dialog-info -------------------------------------------------------------------------------------------------------


def parse_dialog_info(raw: bytes) -> list[CallEvent] | Malformed:
    """The calls of a dialog-info document whose own telephone is the caller (§4.1): local calls remote."""
    if len(raw) > MAX_BYTES:
        return Malformed(because="The document is too long.", raw=raw[:200])
    root = _read_xml(raw)
    if isinstance(root, Malformed):
        return root
    if root.tag != f"{{{DIALOG_INFO}}}dialog-info" or not root.get("entity"):
        return Malformed(because="No dialog-info, or one of nobody.", raw=raw[:200])
    found, bad = [], 0
    for dialog in root.findall(f"{{{DIALOG_INFO}}}dialog")[:MAX_EVENTS]:
        state = (dialog.findtext(f"{{{DIALOG_INFO}}}state") or "").strip()
        if not dialog.get("id") or state not in STATES:
            bad += 1  # costs no other dialog of the same telephone
        elif dialog.get("direction") != "recipient":
            found.append(_read_dialog(dialog, str(root.get("entity")), state))
    if bad and not found:
        return Malformed(because="A dialog without an id or a known state.", raw=raw[:200])
    return found


def _read_xml(raw: bytes) -> Any:
    """The document; once more without what XML cannot hold where it is none: a caller's name must not cost the call."""
    try:
        return fromstring(raw, forbid_dtd=True)
    except (ElementTree.ParseError, DefusedXmlException, ValueError, RecursionError, LookupError) as error:
        because = f"No dialog-info: {type(error).__name__}."
    try:
        text = re.sub(r"\A\s*<\?xml[^>]*\?>", "", raw.decode("utf-8", "replace"))
        return fromstring(clean_text(text, MAX_BYTES), forbid_dtd=True)
    except (ElementTree.ParseError, DefusedXmlException, ValueError, RecursionError, LookupError):
        return Malformed(because=because, raw=raw[:200])


def _read_dialog(dialog: ElementTree.Element, entity: str, state: str) -> CallEvent:
    local, name = _identity(dialog, "local")
    remote, _ = _identity(dialog, "remote")
    target = dialog.find(f"{{{DIALOG_INFO}}}remote/{{{DIALOG_INFO}}}target")
    # Where the number was translated on its way, the target or the remote identity still says 911.
    told = [remote, str(target.get("uri") or "") if target is not None else ""]
    dialed = next((number_of(one) for one in told if one and judge_dialed(one)), number_of(told[0] or told[1]))
    return CallEvent(
        dialed=dialed, extension=number_of(local or entity), name=name[:MAX_TEXT], state=state,
        id=(dialog.get("call-id") or f"{entity} {dialog.get('id')}")[:MAX_TEXT],
    )  # fmt: skip


def _identity(dialog: ElementTree.Element, side: str) -> tuple[str, str]:
    found = dialog.find(f"{{{DIALOG_INFO}}}{side}/{{{DIALOG_INFO}}}identity")
    return ("", "") if found is None else ((found.text or "").strip(), found.get("display") or "")


# -- records -----------------------------------------------------------------------------------------------------------


def parse_json(raw: bytes, fields: dict[str, str] | None = None) -> list[CallEvent] | Malformed:
    """The calls of a JSON document: one object, a list of them, or a list under a usual name."""
    if len(raw) > MAX_BYTES:
        return Malformed(because="The document is too long.", raw=raw[:200])
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        try:  # a caller's name in another encoding, or with a tab in it, must not cost the call
            found = json.loads(raw.decode("utf-8", "replace"), strict=False)
        except (ValueError, RecursionError):
            return Malformed(because="The body is not JSON.", raw=raw[:200])
    return _read_records(found, fields or {}, raw)


def parse_form(raw: bytes, fields: dict[str, str] | None = None) -> list[CallEvent] | Malformed:
    """The call of a form (application/x-www-form-urlencoded)."""
    if len(raw) > MAX_BYTES:
        return Malformed(because="The form is too long.", raw=raw[:200])
    try:
        pairs = parse_qsl(raw.decode("utf-8", "replace"), max_num_fields=200)
    except ValueError:
        return Malformed(because="Too many fields.", raw=raw[:200])
    return _read_records(dict(pairs), fields or {}, raw)


def parse_notice(raw: bytes, fields: dict[str, str] | None = None) -> list[CallEvent] | Malformed:
    """The call of a plain text notice of lines "Name: value", as crisis alerts and MESSAGE requests carry them."""
    if len(raw) > MAX_BYTES:
        return Malformed(because="The notice is too long.", raw=raw[:200])
    record: dict[str, Any] = {}
    for line in raw.decode("utf-8", "replace").splitlines()[:200]:
        name, mark, value = line.partition(":") if ":" in line else line.partition("=")
        if mark and name.strip():
            record[name.strip().lower().replace(" ", "_").replace("-", "_")] = value.strip()
    return _read_records(record, fields or {}, raw)


def _read_records(found: Any, fields: dict[str, str], raw: bytes) -> list[CallEvent] | Malformed:
    events = []
    for record in _records(found):
        event = _read_record(record, fields)
        if event is not None:
            events.append(event)
        if len(events) >= MAX_EVENTS:
            break
    if not events:
        return Malformed(because="No call in it: who called, and which number, is not where it is looked for.",
                         raw=raw[:4096])  # fmt: skip
    return events


def _records(found: Any) -> Iterator[dict[str, Any]]:
    if isinstance(found, list):
        yield from (one for one in found[:MAX_EVENTS] if isinstance(one, dict))
    elif isinstance(found, dict):
        inner = next((found[name] for name in _LISTS if isinstance(found.get(name), list)), None)
        yield from _records(inner) if inner is not None else (found,)


def _read_record(record: dict[str, Any], fields: dict[str, str]) -> CallEvent | None:
    told = {name: _look(record, fields.get(name, ""), FIELDS[name]) for name in FIELDS}
    caller = told["extension"] or told["callback"] or (UNKNOWN if told["place"] or told["name"] else "")
    if not told["dialed"] or not caller:
        return None
    return CallEvent(
        dialed=number_of(told["dialed"]), extension=number_of(caller), id=told["id"],
        callback=number_of(told["callback"]), name=told["name"], place=told["place"], at=parse_moment(told["at"]),
    )  # fmt: skip


def _look(record: dict[str, Any], path: str, usual: tuple[str, ...]) -> str:
    """The text at a dotted `path`, else under the first usual name; "" for nothing or a structure."""
    for way in [path, *usual] if path else usual:
        value: Any = record
        for step in way.split("."):
            value = value.get(step) if isinstance(value, dict) else None
        if isinstance(value, str | int | float) and not isinstance(value, bool) and str(value).strip():
            return clean_text(value, MAX_TEXT)  # a name cut within a pair, or with a NUL, must not cost the call
    return ""


def parse_moment(text: str) -> float | None:
    """Unix seconds of RFC 3339 text, or of seconds or milliseconds since 1970; None for anything else."""
    try:
        if re.fullmatch(r"[0-9]{9,16}(\.[0-9]{1,9})?", text, re.ASCII):
            seconds = float(text)
            return seconds / 1000 if seconds > 1e11 else seconds
        found = read_moment(text)
        return found.timestamp() if found is not None and found.tzinfo is not None else None
    except (ValueError, OverflowError, OSError):
        return None


def read_body(content_type: str, raw: bytes, fields: dict[str, str] | None = None) -> list[CallEvent] | Malformed:
    """The calls of a body by its media type; Malformed for a type nobody here reads."""
    if content_type == "application/dialog-info+xml":
        return parse_dialog_info(raw)
    if content_type == "application/json" or content_type.endswith("+json"):
        return parse_json(raw, fields)
    if content_type == "application/x-www-form-urlencoded":
        return parse_form(raw, fields)
    if content_type == "text/plain":
        return parse_notice(raw, fields)
    return Malformed(because=f"Bodies of {content_type[:60] or 'no type'} are not read.", raw=raw[:200])


def build_dialog_info(entity: str, local: str, remote: str, call_id: str, state: str, version: int = 0) -> bytes:
    """A dialog-info of one call from `local` to `remote`, for whoever plays a telephone system."""
    ElementTree.register_namespace("", DIALOG_INFO)
    root = ElementTree.Element(
        f"{{{DIALOG_INFO}}}dialog-info", {"version": str(version), "state": "partial", "entity": entity}
    )
    dialog = ElementTree.SubElement(
        root, f"{{{DIALOG_INFO}}}dialog", {"id": call_id[:20], "call-id": call_id, "direction": "initiator"}
    )
    ElementTree.SubElement(dialog, f"{{{DIALOG_INFO}}}state").text = state
    for side, uri in (("local", local), ("remote", remote)):
        part = ElementTree.SubElement(dialog, f"{{{DIALOG_INFO}}}{side}")
        ElementTree.SubElement(part, f"{{{DIALOG_INFO}}}identity").text = uri
    return b'<?xml version="1.0"?>' + ElementTree.tostring(root)
