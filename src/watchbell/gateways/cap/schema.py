"""CAP 1.2's own order of elements (OASIS, July 2010), as data, and the stricter one of the IPAWS profile; pure."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from watchbell.line.cap import CAP

SIGNATURE = "http://www.w3.org/2000/09/xmldsig#"
ENCRYPTION = "http://www.w3.org/2001/04/xmlenc#"
INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
MANY = 10**9
_UNSAID = re.compile(r"[^!-~]|[<>\"{}|\\^`]")  # what a URI carries escaped, and anyURI as it is
_PLAIN = r"(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})"
#: An xs:anyURI once its letters are escaped (RFC 3986 §4.1): a relative one has no colon before its first slash.
_SCHEME = r"(?:[A-Za-z][A-Za-z0-9+.-]*:|(?![^/?#]*:))"
_AUTHORITY = rf"//(?:(?:(?!@){_PLAIN})*@)?(?:\[[^\[\]/?#@]*\]|(?:(?![:@]){_PLAIN})*)(?::[0-9]*)?(?=[/?#]|\Z)"
_REST = rf"(?:{_PLAIN}|/)*(?:\?(?:{_PLAIN}|[/?])*)?(?:#(?:{_PLAIN}|[/?\[\]])*)?"
_URI = re.compile(rf"{_SCHEME}(?:{_AUTHORITY}|(?!//)){_REST}")
MOMENT = re.compile(r"\d\d\d\d-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d")

STATUSES = ("Actual", "Exercise", "System", "Test", "Draft")
MESSAGE_TYPES = ("Alert", "Update", "Cancel", "Ack", "Error")
SCOPES = ("Public", "Restricted", "Private")
CATEGORIES = ("Geo", "Met", "Safety", "Security", "Rescue", "Fire", "Health", "Env", "Transport", "Infra", "CBRNE",
              "Other")  # fmt: skip
RESPONSES = ("Shelter", "Evacuate", "Prepare", "Execute", "Avoid", "Monitor", "Assess", "AllClear", "None")
URGENCIES = ("Immediate", "Expected", "Future", "Past", "Unknown")
SEVERITIES = ("Extreme", "Severe", "Moderate", "Minor", "Unknown")
CERTAINTIES = ("Observed", "Likely", "Possible", "Unlikely", "Unknown")


class Slot(NamedTuple):
    """One element in its place. kind: "text", "moment", "language", "integer", "decimal", "uri", allowed words, or
    slots.

    profile_least: how often the IPAWS profile wants it at least. profile_kind: where the profile has another.
    """

    name: str
    least: int
    most: int
    kind: Any = "text"
    profile_least: int | None = None
    profile_kind: Any = None


PAIR = (Slot("valueName", 1, 1), Slot("value", 1, 1))
AREA = (
    Slot("areaDesc", 1, 1), Slot("polygon", 0, MANY), Slot("circle", 0, MANY), Slot("geocode", 0, MANY, PAIR),
    Slot("altitude", 0, 1, "decimal", profile_kind="text"), Slot("ceiling", 0, 1, "decimal", profile_kind="text"),
)  # fmt: skip
RESOURCE = (
    Slot("resourceDesc", 1, 1), Slot("mimeType", 1, 1, profile_least=0), Slot("size", 0, 1, "integer"),
    Slot("uri", 0, 1, "uri"), Slot("derefUri", 0, 1), Slot("digest", 0, 1),
)  # fmt: skip
INFO = (
    Slot("language", 0, 1, "language"), Slot("category", 1, MANY, CATEGORIES), Slot("event", 1, 1),
    Slot("responseType", 0, MANY, RESPONSES), Slot("urgency", 1, 1, URGENCIES), Slot("severity", 1, 1, SEVERITIES),
    Slot("certainty", 1, 1, CERTAINTIES), Slot("audience", 0, 1), Slot("eventCode", 0, MANY, PAIR, profile_least=1),
    Slot("effective", 0, 1, "moment"), Slot("onset", 0, 1, "moment"), Slot("expires", 0, 1, "moment", profile_least=1),
    Slot("senderName", 0, 1), Slot("headline", 0, 1), Slot("description", 0, 1), Slot("instruction", 0, 1),
    Slot("web", 0, 1, "uri"), Slot("contact", 0, 1), Slot("parameter", 0, MANY, PAIR),
    Slot("resource", 0, MANY, RESOURCE), Slot("area", 0, MANY, AREA, profile_least=1),
)  # fmt: skip
ALERT = (
    Slot("identifier", 1, 1), Slot("sender", 1, 1), Slot("sent", 1, 1, "moment"), Slot("status", 1, 1, STATUSES),
    Slot("msgType", 1, 1, MESSAGE_TYPES), Slot("source", 0, 1), Slot("scope", 1, 1, SCOPES),
    Slot("restriction", 0, 1), Slot("addresses", 0, 1), Slot("code", 0, MANY, profile_least=1), Slot("note", 0, 1),
    Slot("references", 0, 1), Slot("incidents", 0, 1), Slot("info", 0, MANY, INFO, profile_least=1),
)  # fmt: skip


def find_faults(alert: Any, is_profile: bool = False) -> list[str]:
    """What the schema does not allow in an lxml <alert> element of CAP 1.2; the profile's schema where asked."""
    return list(_judge(alert, ALERT, is_profile, "alert"))


def _judge(element: Any, slots: tuple[Slot, ...], is_profile: bool, where: str) -> Iterator[str]:
    yield from _foreign(element, where)
    if any((text or "").strip() for text in (element.text, *(child.tail for child in element))):
        yield f"{where} holds text between its elements."
    children = [child for child in element if isinstance(child.tag, str)]
    position = 0
    for slot in slots:
        count = 0
        while position < len(children) and children[position].tag == f"{{{CAP}}}{slot.name}" and count < slot.most:
            yield from _judge_one(children[position], slot, is_profile, f"{where}/{slot.name}")
            position, count = position + 1, count + 1
        least = slot.profile_least if is_profile and slot.profile_least is not None else slot.least
        if count < least:
            yield f"{where} needs {slot.name}."
    rest = children[position:]
    if where == "alert":
        while rest and rest[0].tag.startswith(f"{{{SIGNATURE}}}"):
            rest = rest[1:]
        if is_profile and rest and rest[0].tag.startswith(f"{{{ENCRYPTION}}}"):
            rest = rest[1:]
    if rest:
        yield f"{where} has {_local(rest[0])} where it may not stand."


def _judge_one(element: Any, slot: Slot, is_profile: bool, where: str) -> Iterator[str]:
    kind = slot.profile_kind if is_profile and slot.profile_kind else slot.kind
    if isinstance(kind, tuple) and kind and isinstance(kind[0], Slot):
        yield from _judge(element, kind, is_profile, where)
        return
    yield from _foreign(element, where)
    if any(isinstance(child.tag, str) for child in element):
        yield f"{where} holds elements where it holds text."
        return
    text = "".join(element.itertext())
    if isinstance(kind, tuple):
        if text not in kind:
            yield f"{where} says “{text[:40]}”, which is none of its words."
    elif not is_of_kind(text, kind):
        yield f"{where} is no {kind}: “{text[:40]}”."


def is_of_kind(text: str, kind: str) -> bool:
    """Whether `text` is of an XML Schema type as CAP narrows it."""
    if kind == "text":
        return True
    is_empty, text = not text, " ".join(text.split())
    if kind == "moment":
        return read_moment(text) is not None
    if kind == "uri":
        return bool(_URI.fullmatch(_UNSAID.sub("_", text)))
    if kind == "language":  # an empty one is the schema's default, en-US
        return is_empty or bool(re.fullmatch(r"[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*", text))
    pattern = {"integer": r"[+-]?\d+", "decimal": r"[+-]?(\d+(\.\d*)?|\.\d+)"}[kind]
    return bool(re.fullmatch(pattern, text, re.ASCII))


def read_moment(text: str) -> datetime | None:
    """A CAP dateTime: no fraction, no Z, always an offset; None when it is none."""
    if not MOMENT.fullmatch(text) or not text.isascii():
        return None
    hours, minutes = int(text[-5:-3]), int(text[-2:])
    if minutes > 59 or hours * 60 + minutes > 14 * 60:
        return None
    try:
        if text[11:19] == "24:00:00":
            return datetime.fromisoformat(text[:11] + "00:00:00" + text[19:])
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _foreign(element: Any, where: str) -> Iterator[str]:
    names = [one for one in element.attrib if not one.startswith(f"{{{INSTANCE}}}") or one == f"{{{INSTANCE}}}nil"]
    if names:
        yield f"{where} has the attribute {names[0].rpartition('}')[2]}, which CAP does not know."


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]
