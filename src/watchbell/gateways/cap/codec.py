"""CAP 1.2 messages read from anybody (alone, in Atom, in EDXL), total; how we write them stands in `line.cap`."""

from typing import Any

import msgspec
from lxml import etree

from watchbell.gateways.cap.schema import find_faults
from watchbell.line.cap import (
    CAP,
    Alert,
    Area,
    Info,
    Pairs,
    build_alert,
    circle_around,
    clean,
    moment_at,
    polygon_around,
    say_moment,
    say_reference,
)
from watchbell.wire.base import Malformed

__all__ = [
    "Alert", "Area", "Found", "Info", "Read", "build_alert", "circle_around", "clean", "moment_at", "parse_cap",
    "polygon_around", "say_moment", "say_reference",
]  # fmt: skip

MAX_BYTES = 5_000_000
MOST_ALERTS = 2000
NAMESPACES = tuple(f"urn:oasis:names:tc:emergency:cap:1.{minor}" for minor in (0, 1, 2))


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """A message that was read, and what the schema, and the profile's schema, do not allow in it (CAP 1.2 only)."""

    alert: Alert
    faults: list[str]
    profile_faults: list[str]


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A document with the CAP messages in it, in its order. root: the root element's name as {namespace}name."""

    root: str
    messages: list[Read]


def parse_cap(raw: bytes) -> Found | Malformed:
    """Every CAP message in `raw`; Malformed for what is no XML or brings a document type (entities, remote files)."""
    if len(raw) > MAX_BYTES:
        return Malformed(because="A document of more than 5 MB is not read.", raw=raw[:200])
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(raw, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        return Malformed(because=f"Not XML: {str(error)[:200]}", raw=raw[:4096])
    if root is None or root.getroottree().docinfo.doctype or root.getroottree().docinfo.internalDTD is not None:
        return Malformed(because="A document type is not taken: it could name files elsewhere.", raw=raw[:4096])
    names = {f"{{{namespace}}}alert" for namespace in NAMESPACES}
    elements = [one for one in root.iter() if isinstance(one.tag, str) and one.tag in names][:MOST_ALERTS]
    return Found(root=str(root.tag), messages=[_read(element) for element in elements])


def _read(element: Any) -> Read:
    space = str(element.tag)[1:].partition("}")[0]
    is_now = space == CAP
    reader = _Reader(space)
    return Read(
        alert=reader.alert(element), faults=find_faults(element) if is_now else [],
        profile_faults=find_faults(element, is_profile=True) if is_now else [],
    )  # fmt: skip


class _Reader:
    """Reads whatever is there of an alert of one CAP version; what is missing is empty."""

    def __init__(self, space: str) -> None:
        self._space = space

    def text(self, parent: Any, name: str) -> str:
        found = parent.find(f"{{{self._space}}}{name}")
        return "" if found is None else "".join(found.itertext()).strip()

    def texts(self, parent: Any, name: str) -> list[str]:
        return ["".join(one.itertext()).strip() for one in parent.findall(f"{{{self._space}}}{name}")]

    def pairs(self, parent: Any, name: str) -> Pairs:
        found = parent.findall(f"{{{self._space}}}{name}")
        return [(self.text(one, "valueName"), self.text(one, "value")) for one in found]

    def alert(self, element: Any) -> Alert:
        triplets = (tuple(one.split(",", 2)) for one in self.text(element, "references").split())
        return Alert(
            identifier=self.text(element, "identifier"), sender=self.text(element, "sender"),
            sent=self.text(element, "sent"), status=self.text(element, "status"),
            message_type=self.text(element, "msgType"), scope=self.text(element, "scope"),
            source=self.text(element, "source"), restriction=self.text(element, "restriction"),
            addresses=self.text(element, "addresses"), codes=self.texts(element, "code"),
            note=self.text(element, "note"), incidents=self.text(element, "incidents"), namespace=self._space,
            references=[(one[0], one[1], one[2]) for one in triplets if len(one) == 3],
            infos=[self.info(one) for one in element.findall(f"{{{self._space}}}info")],
        )  # fmt: skip

    def info(self, block: Any) -> Info:
        return Info(
            language=self.text(block, "language") or "en-US", categories=self.texts(block, "category"),
            event=self.text(block, "event"), responses=self.texts(block, "responseType"),
            urgency=self.text(block, "urgency"), severity=self.text(block, "severity"),
            certainty=self.text(block, "certainty"), audience=self.text(block, "audience"),
            event_codes=self.pairs(block, "eventCode"), effective=self.text(block, "effective"),
            onset=self.text(block, "onset"), expires=self.text(block, "expires"),
            sender_name=self.text(block, "senderName"), headline=self.text(block, "headline"),
            description=self.text(block, "description"), instruction=self.text(block, "instruction"),
            web=self.text(block, "web"), contact=self.text(block, "contact"),
            parameters=self.pairs(block, "parameter"),
            areas=[self.area(one) for one in block.findall(f"{{{self._space}}}area")],
        )  # fmt: skip

    def area(self, place: Any) -> Area:
        return Area(
            description=self.text(place, "areaDesc"), polygons=self.texts(place, "polygon"),
            circles=self.texts(place, "circle"), geocodes=self.pairs(place, "geocode"),
        )  # fmt: skip
