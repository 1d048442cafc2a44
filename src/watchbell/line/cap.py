"""CAP 1.2 messages as we write them: for a county, for whoever reads the district's public feed; pure."""

import math
from datetime import UTC, datetime, tzinfo
from typing import Any

import msgspec
from lxml import etree

CAP = "urn:oasis:names:tc:emergency:cap:1.2"
EARTH_KILOMETRES = 6371.0
Pairs = list[tuple[str, str]]


class Area(msgspec.Struct, frozen=True, kw_only=True):
    """polygons: closed rings of (latitude, longitude). circles: "lat,lon km". geocodes: e.g. ("SAME", "029159")."""

    description: str
    polygons: list[str] = []
    circles: list[str] = []
    geocodes: Pairs = []


class Info(msgspec.Struct, frozen=True, kw_only=True):
    """One language's block. Moments are CAP dateTimes as text, "" where there is none."""

    language: str = "en-US"
    categories: list[str] = []
    event: str = ""
    responses: list[str] = []
    urgency: str = "Unknown"
    severity: str = "Unknown"
    certainty: str = "Unknown"
    audience: str = ""
    event_codes: Pairs = []
    effective: str = ""
    onset: str = ""
    expires: str = ""
    sender_name: str = ""
    headline: str = ""
    description: str = ""
    instruction: str = ""
    web: str = ""
    contact: str = ""
    parameters: Pairs = []
    areas: list[Area] = []


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """A CAP message. references: (sender, identifier, sent) of earlier ones."""

    identifier: str
    sender: str
    sent: str
    status: str
    message_type: str
    scope: str
    source: str = ""
    restriction: str = ""
    addresses: str = ""
    codes: list[str] = []
    note: str = ""
    references: list[tuple[str, str, str]] = []
    incidents: str = ""
    infos: list[Info] = []
    namespace: str = CAP


def say_moment(at: datetime) -> str:
    """A CAP dateTime: whole seconds, an offset always, and “-00:00” for UTC, for “Z” is not allowed."""
    whole = at.replace(microsecond=0)
    text = whole.astimezone(UTC).isoformat() if whole.utcoffset() is None else whole.isoformat()
    text = text[:25]  # an offset with seconds does not exist in CAP
    return text[:-6] + "-00:00" if text.endswith(("+00:00", "-00:00")) else text


def moment_at(unix_seconds: float, zone: tzinfo) -> str:
    return say_moment(datetime.fromtimestamp(unix_seconds, tz=UTC).astimezone(zone))


def say_reference(alert: Alert) -> tuple[str, str, str]:
    """How later messages name this one."""
    return alert.sender, alert.identifier, alert.sent


def circle_around(latitude: float, longitude: float, kilometres: float) -> str:
    """A CAP circle: “lat,lon radius” in kilometres."""
    return f"{latitude:.5f},{longitude:.5f} {kilometres:g}"


def polygon_around(latitude: float, longitude: float, kilometres: float, corners: int = 12) -> str:
    """A closed ring around a point, for readers that know no circles; pairs “lat,lon” with blanks between."""
    high = math.degrees(kilometres / EARTH_KILOMETRES)
    wide = high / max(0.01, math.cos(math.radians(latitude)))
    turns = [2 * math.pi * n / corners for n in range(corners)]
    points = [(latitude + high * math.sin(turn), longitude + wide * math.cos(turn)) for turn in turns]
    points = [(max(-90.0, min(90.0, y)), (x + 180.0) % 360.0 - 180.0) for y, x in points]
    return " ".join(f"{y:.5f},{x:.5f}" for y, x in [*points, points[0]])


# -- building ------------------------------------------------------------------------------------------------------


def build_alert(alert: Alert) -> bytes:
    """The message as XML in CAP's order of elements; characters that XML cannot carry become blanks."""
    root = etree.Element(f"{{{CAP}}}alert", nsmap={None: CAP})
    _put(root, "identifier", alert.identifier, "sender", alert.sender, "sent", alert.sent, "status", alert.status,
         "msgType", alert.message_type)  # fmt: skip
    _put_if(root, "source", alert.source)
    _put(root, "scope", alert.scope)
    _put_if(root, "restriction", alert.restriction)
    _put_if(root, "addresses", alert.addresses)
    for code in alert.codes:
        _put(root, "code", code)
    _put_if(root, "note", alert.note)
    _put_if(root, "references", " ".join(",".join(triplet) for triplet in alert.references))
    _put_if(root, "incidents", alert.incidents)
    for info in alert.infos:
        _build_info(etree.SubElement(root, f"{{{CAP}}}info"), info)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _build_info(block: Any, info: Info) -> None:
    _put(block, "language", info.language)
    for category in info.categories:
        _put(block, "category", category)
    _put(block, "event", info.event)
    for response in info.responses:
        _put(block, "responseType", response)
    _put(block, "urgency", info.urgency, "severity", info.severity, "certainty", info.certainty)
    _put_if(block, "audience", info.audience)
    _put_pairs(block, "eventCode", info.event_codes)
    for name, text in (
        ("effective", info.effective), ("onset", info.onset), ("expires", info.expires),
        ("senderName", info.sender_name), ("headline", info.headline), ("description", info.description),
        ("instruction", info.instruction), ("web", info.web), ("contact", info.contact),
    ):  # fmt: skip
        _put_if(block, name, text)
    _put_pairs(block, "parameter", info.parameters)
    for area in info.areas:
        place = etree.SubElement(block, f"{{{CAP}}}area")
        _put(place, "areaDesc", area.description)
        for polygon in area.polygons:
            _put(place, "polygon", polygon)
        for circle in area.circles:
            _put(place, "circle", circle)
        _put_pairs(place, "geocode", area.geocodes)


def _put(parent: Any, *names_and_texts: str) -> None:
    for name, text in zip(names_and_texts[::2], names_and_texts[1::2], strict=True):
        etree.SubElement(parent, f"{{{CAP}}}{name}").text = clean(text)


def _put_if(parent: Any, name: str, text: str) -> None:
    if text:
        _put(parent, name, text)


def _put_pairs(parent: Any, name: str, pairs: Pairs) -> None:
    for key, value in pairs:
        _put(etree.SubElement(parent, f"{{{CAP}}}{name}"), "valueName", key, "value", value)


def clean(text: str) -> str:
    """`text` without what XML 1.0 cannot carry."""
    return "".join(c if c in "\t\n\r" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c > "\uffff" else " "
                   for c in text)  # fmt: skip
