"""Makes uploaded floor plans safe: SVG without anything that acts or fetches, pictures without metadata."""

import io
import re
from xml.etree.ElementTree import Element, ParseError, register_namespace, tostring

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from PIL import Image, UnidentifiedImageError

from watchbell.district.sites.facts import MAX_PLAN_BYTES, Fault, PlanPicture
from watchbell.district.sites.rules.styles import Sheet, spread_style

SVG = "http://www.w3.org/2000/svg"
MAX_PIXELS = 60_000_000
_ELEMENTS = (
    "svg g path rect circle ellipse line polyline polygon text tspan title desc defs symbol use clipPath mask pattern "
    "linearGradient radialGradient stop switch"
)
_ATTRIBUTES = (
    "id class x y x1 y1 x2 y2 cx cy r rx ry fx fy d points width height viewBox preserveAspectRatio transform fill "
    "fill-opacity fill-rule stroke stroke-width stroke-opacity stroke-linecap stroke-linejoin stroke-dasharray "
    "stroke-dashoffset stroke-miterlimit opacity font-size font-family font-weight font-style text-anchor "
    "dominant-baseline dx dy rotate offset stop-color stop-opacity gradientUnits gradientTransform patternUnits "
    "patternTransform clip-path clip-rule mask visibility display letter-spacing"
)
ELEMENTS, ATTRIBUTES = frozenset(_ELEMENTS.split()), frozenset(_ATTRIBUTES.split())
HREFS = ("href", "{http://www.w3.org/1999/xlink}href")
#: References stay inside the picture; anything else would be fetched by whoever opens the plan. A backslash could
#: write any of these words in another way.
OUTSIDE = re.compile(
    r"url\(\s*['\"]?(?!\s*['\"]?#)|image-set\(|javascript:|data:|expression\(|@import|\\", re.IGNORECASE
)


def clean_picture(raw: bytes) -> PlanPicture | Fault:
    """A plan's picture made safe, or why it cannot be taken. Total: any bytes give one or the other."""
    if len(raw) > MAX_PLAN_BYTES:
        return Fault(0, f"The file is larger than {MAX_PLAN_BYTES // 1_000_000} MB.", "plan.too_large")
    if raw.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return clean_svg(raw)
    return _clean_raster(raw)


def clean_svg(raw: bytes) -> PlanPicture | Fault:
    """The SVG with only drawing elements and attributes left; entities and document types are refused."""
    try:
        root = fromstring(raw, forbid_dtd=True)
    except DefusedXmlException:
        return Fault(0, "The drawing declares a document type or entities, which are not taken.", "plan.entities")
    except ParseError as error:
        return Fault(error.position[0], "The drawing is not well-formed XML.", "plan.malformed")
    except (ValueError, LookupError, RecursionError) as error:
        return Fault(0, f"The drawing cannot be read: {type(error).__name__}.", "plan.malformed")
    if _local(root.tag) != "svg":
        return Fault(1, "The file is XML but not an SVG drawing.", "plan.not_svg")
    try:
        sheet = Sheet(["".join(one.itertext()) for one in root.iter() if _local(one.tag) == "style"])
        spread_style("svg", root, sheet)
        _strip(root, sheet)
        register_namespace("", SVG)
        return PlanPicture("image/svg+xml", tostring(root, encoding="utf-8"))
    except (RecursionError, ValueError):
        return Fault(0, "The drawing is nested too deeply.", "plan.malformed")


def _local(tag: object) -> str:
    """The name of an SVG element, "" for one of another namespace."""
    if not isinstance(tag, str):
        return ""
    namespace, _, name = tag[1:].partition("}") if tag.startswith("{") else (SVG, "", tag)
    return name if namespace == SVG else ""


def _strip(element: Element, sheet: Sheet) -> None:
    kept: list[Element] = []
    for child in list(element):
        name = _local(child.tag)
        if name == "a":  # a link is drawn like a group, and leads nowhere here
            child.tag = child.tag.removesuffix("a") + "g"
        elif name not in ELEMENTS:  # what is written behind it belongs to the parent's text
            if kept:
                kept[-1].tail = (kept[-1].tail or "") + (child.tail or "")
            else:
                element.text = (element.text or "") + (child.tail or "")
            continue
        spread_style(name, child, sheet)
        _strip(child, sheet)
        kept.append(child)
    element[:] = kept
    for name, value in list(element.attrib.items()):
        is_inner_link = name in HREFS and value.startswith("#")
        if not is_inner_link and (name not in ATTRIBUTES or OUTSIDE.search(value)):
            del element.attrib[name]


def _clean_raster(raw: bytes) -> PlanPicture | Fault:
    try:
        with Image.open(io.BytesIO(raw), formats=("PNG", "JPEG", "WEBP")) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                return Fault(0, "The picture has more than 60 million pixels.", "plan.too_large")
            out = io.BytesIO()
            picture.convert("RGB").save(out, "PNG")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError, EOFError,
            ArithmeticError, IndexError, TypeError):  # fmt: skip
        return Fault(0, "The file is no SVG, PNG, JPEG or WebP picture.", "plan.unknown_kind")
    return PlanPicture("image/png", out.getvalue())
