"""PIDF-LO (RFC 4119, 5139, 5491): a dispatchable location as XML, both ways; every text is answered."""

import re
import xml.etree.ElementTree as ElementTree
from typing import Any

import msgspec
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from watchbell.line import ids
from watchbell.wire.base import Malformed

PIDF = "urn:ietf:params:xml:ns:pidf"
GEOPRIV = "urn:ietf:params:xml:ns:pidf:geopriv10"
CIVIC = "urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr"
POLICY = "urn:ietf:params:xml:ns:pidf:geopriv10:basicPolicy"
DEVICE = "urn:ietf:params:xml:ns:pidf:data-model"
GML = "http://www.opengis.net/gml"
#: Older and newer namespaces of the same elements, for reading: RFC 4119's civic address, GML 3.2.
CIVICS = (CIVIC, "urn:ietf:params:xml:ns:pidf:geopriv10:civicLoc")
GMLS = (GML, "http://www.opengis.net/gml/3.2")
WGS84 = "urn:ogc:def:crs:EPSG::4326"
#: RFC 5139 §3.4: the order the schema asks for.
CIVIC_ORDER = (
    "country", "A1", "A2", "A3", "A4", "A5", "A6", "PRM", "PRD", "RD", "STS", "POD", "POM", "RDSEC", "RDBR",
    "RDSUBBR", "HNO", "HNS", "LMK", "LOC", "FLR", "NAM", "PC", "BLD", "UNIT", "ROOM", "SEAT", "PLC", "PCN", "POBOX",
    "ADDCODE",
)  # fmt: skip
MAX_CHARACTERS = 200_000
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

for _prefix, _space in (("", PIDF), ("gp", GEOPRIV), ("ca", CIVIC), ("gbp", POLICY), ("dm", DEVICE), ("gml", GML)):
    ElementTree.register_namespace(_prefix, _space)


class Location(msgspec.Struct, frozen=True, kw_only=True):
    """civic: elements of RFC 5139 by name, e.g. {"HNO": "1200", "FLR": "2"}; WGS 84 degrees, None when unknown."""

    civic: dict[str, str]
    latitude: float | None = None
    longitude: float | None = None


def clean_text(given: Any, limit: int = 500) -> str:
    """`given` as text that XML 1.0 can carry, at most `limit` characters."""
    return _NOT_XML.sub(" ", str(given if given is not None else ""))[:limit].strip()


def build_pidf_lo(location: Location, entity: str, at: str, expires: str) -> str:
    """The presence document; `entity` a pres: URI, `at` and `expires` RFC 3339 moments."""
    presence = ElementTree.Element(f"{{{PIDF}}}presence", {"entity": entity})
    device = ElementTree.SubElement(presence, f"{{{DEVICE}}}device", {"id": "alarm"})
    geopriv = ElementTree.SubElement(device, f"{{{GEOPRIV}}}geopriv")
    where = ElementTree.SubElement(geopriv, f"{{{GEOPRIV}}}location-info")
    if location.latitude is not None and location.longitude is not None:
        point = ElementTree.SubElement(where, f"{{{GML}}}Point", {"srsName": WGS84})
        spot = ElementTree.SubElement(point, f"{{{GML}}}pos")
        spot.text = f"{location.latitude:.7f} {location.longitude:.7f}"
    parts = {name: clean_text(location.civic.get(name)) for name in CIVIC_ORDER}
    if any(parts.values()):
        civic = ElementTree.SubElement(where, f"{{{CIVIC}}}civicAddress")
        for name, text in parts.items():
            if text:
                ElementTree.SubElement(civic, f"{{{CIVIC}}}{name}").text = text
    usage = ElementTree.SubElement(geopriv, f"{{{GEOPRIV}}}usage-rules")
    ElementTree.SubElement(usage, f"{{{POLICY}}}retransmission-allowed").text = "true"
    ElementTree.SubElement(usage, f"{{{POLICY}}}retention-expiry").text = expires
    ElementTree.SubElement(geopriv, f"{{{GEOPRIV}}}method").text = "Manual"
    # RFC 4479's schema wants a device to have a name, a URN.
    ElementTree.SubElement(device, f"{{{DEVICE}}}deviceID").text = f"urn:uuid:{ids.same_uuid('device', entity)}"
    ElementTree.SubElement(device, f"{{{DEVICE}}}timestamp").text = at
    return '<?xml version="1.0" encoding="UTF-8"?>' + ElementTree.tostring(presence, encoding="unicode")


def parse_pidf_lo(text: str) -> Location | Malformed:
    """The first civic address and point in `text`; Malformed for no XML, entities, or a document without a place."""
    if len(text) > MAX_CHARACTERS:
        return Malformed(because="The location is longer than 200,000 characters.")
    try:
        # As text, not as octets: the encoding that it names is the one it once had.
        root = fromstring(text.strip().encode("utf-8", "replace").decode(), forbid_dtd=True)
    except (ElementTree.ParseError, DefusedXmlException, ValueError, RecursionError, LookupError) as error:
        return Malformed(
            because=f"The location is not XML: {type(error).__name__}.", raw=text[:200].encode("utf-8", "replace")
        )
    civic = _first(root, CIVICS, "civicAddress")
    parts = {child.tag.rpartition("}")[2]: (child.text or "").strip() for child in (civic if civic is not None else ())}
    numbers = _read_shape(root)
    if not parts and numbers is None:
        return Malformed(because="The document names no place.", raw=text[:200].encode("utf-8", "replace"))
    latitude, longitude = numbers or (None, None)
    return Location(civic={k: v for k, v in parts.items() if v}, latitude=latitude, longitude=longitude)


def _first(root: ElementTree.Element, spaces: tuple[str, ...], name: str) -> ElementTree.Element | None:
    found = (root.find(f".//{{{space}}}{name}") for space in spaces)
    return next((one for one in found if one is not None), None)


def _read_shape(root: ElementTree.Element) -> tuple[float, float] | None:
    """The point of a Point, the middle of a Circle, Ellipse, ArcBand or Polygon (RFC 5491 §5)."""
    ring, line = _first(root, GMLS, "LinearRing"), _first(root, GMLS, "posList")
    if line is not None:
        is_high = any(one.get("srsName", "").endswith(":4979") for one in root.iter())  # with heights
        wide = 3 if line.get("srsDimension") == "3" or is_high else 2
        words = (line.text or "").replace(",", " ").split()
        rows = [" ".join(words[at : at + wide]) for at in range(0, len(words), wide)]
    elif ring is not None:
        rows = [one.text or "" for space in GMLS for one in ring.iter(f"{{{space}}}pos")]
    else:
        spot = _first(root, GMLS, "pos")
        return _read_numbers(spot.text if spot is not None else None)
    points = [point for point in map(_read_numbers, rows) if point is not None]
    if len(points) != len(rows) or not points:
        return None
    corners = list(dict.fromkeys(points))  # the ring's last corner is its first
    latitude, longitude = (sum(point[axis] for point in corners) / len(corners) for axis in (0, 1))
    return latitude, longitude


def _read_numbers(text: str | None) -> tuple[float, float] | None:
    words = (text or "").replace(",", " ").split()[:2]  # some write a comma
    if len(words) != 2 or not all(_NUMBER.fullmatch(word) for word in words):
        return None
    latitude, longitude = (float(word) for word in words)
    return (latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else None
