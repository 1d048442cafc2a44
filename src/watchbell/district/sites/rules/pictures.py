"""Makes uploaded floor plans safe: SVG without anything that acts or fetches, pictures without metadata."""

import io
import re
from xml.etree.ElementTree import Element, ParseError, register_namespace, tostring

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from PIL import Image, UnidentifiedImageError

from watchbell.district.sites.facts import MAX_PLAN_BYTES, Fault, PlanPicture

SVG = "http://www.w3.org/2000/svg"
MAX_PIXELS = 60_000_000
_ELEMENTS = (
    "svg g path rect circle ellipse line polyline polygon text tspan title desc defs symbol use clipPath mask pattern "
    "linearGradient radialGradient stop"
)
_ATTRIBUTES = (
    "id class x y x1 y1 x2 y2 cx cy r rx ry fx fy d points width height viewBox preserveAspectRatio transform fill "
    "fill-opacity fill-rule stroke stroke-width stroke-opacity stroke-linecap stroke-linejoin stroke-dasharray "
    "stroke-miterlimit opacity font-size font-family font-weight font-style text-anchor dominant-baseline dx dy rotate "
    "offset stop-color stop-opacity gradientUnits gradientTransform patternUnits patternTransform clip-path clip-rule "
    "mask visibility display letter-spacing"
)
ELEMENTS, ATTRIBUTES = frozenset(_ELEMENTS.split()), frozenset(_ATTRIBUTES.split())
HREFS = ("href", "{http://www.w3.org/1999/xlink}href")
#: References stay inside the picture; anything else would be fetched by whoever opens the plan.
OUTSIDE = re.compile(r"url\(\s*['\"]?(?!#)|javascript:|data:|expression\(|@import", re.IGNORECASE)


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
        _strip(root)
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


def _strip(element: Element) -> None:
    for child in list(element):
        if _local(child.tag) not in ELEMENTS:
            element.remove(child)
        else:
            _strip(child)
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
