"""HELD (RFC 5985) with device identities (RFC 6155) and dereference (RFC 6753): requests read, answers built; total."""

import ipaddress
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable

import msgspec
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from watchbell.line.pidflo import Location, build_pidf_lo, clean_text
from watchbell.wire.base import Malformed

HELD = "urn:ietf:params:xml:ns:geopriv:held"
IDENTITY = "urn:ietf:params:xml:ns:geopriv:held:id"
MEDIA_TYPE = "application/held+xml"
TYPES = ("any", "civic", "geodetic", "locationURI")
#: §6.3: a client that waits for less is told at once what is known, which here is the same.
RESPONSE_TIMES = ("emergencyRouting", "emergencyDispatch")
MAX_BYTES = 32_768
MAX_IDENTITIES = 20
#: code → what it means (§6.4.2, RFC 6155 §3.1)
ERRORS = {
    "requestError": "The request is not a locationRequest as RFC 5985 has it.",
    "xmlError": "The request is no well-formed XML.",
    "generalLisError": "The location could not be given.",
    "locationUnknown": "No telephone of this identity, or none whose place is known, is listed.",
    "unsupportedMessage": "Only locationRequest is understood.",
    "cannotProvideLiType": "The location is not known in the form that was asked for.",
    "notLocatable": "This device may not be asked for, or not by you.",
    "badIdentifier": "An identity is not written as RFC 6155 has it.",
}
_MAC = re.compile(r"([0-9A-Fa-f]{2}[:-]?){5}[0-9A-Fa-f]{2}\Z")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S{1,200}\Z", re.ASCII)
_NUMBER = re.compile(r"\+?[0-9*#]{1,24}\Z")

ElementTree.register_namespace("", HELD)


class LocationRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked. types: in the order asked, "any" without a choice. is_exact: these forms or none.

    response_time: "emergencyRouting", "emergencyDispatch", or milliseconds as text, "" unsaid.
    identities: (kind, value): "ip", "mac", "uri", "number", "extension". Empty: the asker means itself.
    """

    types: tuple[str, ...] = ("any",)
    is_exact: bool = False
    response_time: str = ""
    identities: tuple[tuple[str, str], ...] = ()


class HeldError(msgspec.Struct, frozen=True, kw_only=True):
    """Why there is no request or no location: a code of ERRORS, and words."""

    code: str
    because: str = ""


def _malformed(code: str, because: str, raw: bytes) -> Malformed:
    return Malformed(because=f"{code}: {because}", raw=raw[:400])


def code_of(found: Malformed) -> str:
    """The error code of a refused request."""
    code = found.because.partition(":")[0]
    return code if code in ERRORS else "requestError"


def parse_request(raw: bytes) -> LocationRequest | Malformed:
    """The locationRequest in `raw`; a Malformed's reason begins with the HELD error code."""
    if len(raw) > MAX_BYTES:
        return _malformed("requestError", f"A request has at most {MAX_BYTES} bytes.", raw)
    try:
        root = fromstring(raw.lstrip(), forbid_dtd=True)
    except (ElementTree.ParseError, DefusedXmlException, ValueError, RecursionError, LookupError) as error:
        return _malformed("xmlError", type(error).__name__, raw)
    if root.tag != f"{{{HELD}}}locationRequest":
        is_ours = root.tag.startswith(f"{{{HELD}}}")
        return _malformed("unsupportedMessage" if is_ours else "requestError", root.tag[:80], raw)
    response_time = (root.get("responseTime") or "").strip()
    if (
        response_time
        and response_time not in RESPONSE_TIMES
        and not re.fullmatch(r"\+?[0-9]{1,40}", response_time, re.ASCII)
    ):
        return _malformed("requestError", f"responseTime {response_time[:40]!r}", raw)
    wanted = root.find(f"{{{HELD}}}locationType")
    types = tuple(dict.fromkeys((wanted.text or "").split())) if wanted is not None else ("any",)
    if not types or set(types) - set(TYPES) or ("any" in types and len(types) > 1):
        return _malformed("requestError", f"locationType {' '.join(types)[:60]!r}", raw)
    exact = (wanted.get("exact") or "false").strip() if wanted is not None else "false"
    if exact not in ("true", "false", "0", "1"):
        return _malformed("requestError", f"exact {exact[:20]!r}", raw)
    identities = _read_identities(root)
    if isinstance(identities, str):
        return _malformed("badIdentifier", identities, raw)
    return LocationRequest(
        types=types, is_exact=exact in ("true", "1"), response_time=response_time, identities=identities
    )


def _read_identities(root: ElementTree.Element) -> tuple[tuple[str, str], ...] | str:
    """The identities in <device>, or what is wrong with one. Unknown kinds are passed over (RFC 6155 §3.1)."""
    found: list[tuple[str, str]] = []
    for device in root.findall(f"{{{IDENTITY}}}device"):
        for part in list(device)[:MAX_IDENTITIES]:
            kind, value = part.tag.rpartition("}")[2].lower(), (part.text or "").strip()
            if kind not in _WRITTEN:
                continue
            if not _WRITTEN[kind](value):
                return f"{kind} {value[:60]!r}"
            found.append((_NUMBERS.get(kind, kind), plain(kind, value)))
        if not found:
            return "a device without an identity that is known here"
    return tuple(found)


def _is_ip(value: str) -> bool:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True


#: kind of identity → whether a text is one; the names for telephone numbers.
_WRITTEN: dict[str, Callable[[str], object]] = {
    "ip": _is_ip, "mac": _MAC.match, "uri": _URI.match, "extension": _NUMBER.match, "e164": _NUMBER.match,
    "msisdn": _NUMBER.match, "mdn": _NUMBER.match,
}  # fmt: skip
_NUMBERS = dict.fromkeys(("e164", "msisdn", "mdn"), "number")


def plain(kind: str, value: str) -> str:
    """An identity as it is compared: MAC in lower-case hex, IP addresses in their shortest form, all in lower case.

    An IPv4 address that a socket for both shows as ::ffff:10.0.4.20 is the IPv4 address.
    """
    if kind == "ip" and _is_ip(value.strip()):
        found = ipaddress.ip_address(value.strip())
        return str(getattr(found, "ipv4_mapped", None) or found)
    return re.sub(r"[:-]", "", value).lower() if kind == "mac" else value.strip().lower()


# -- answers -----------------------------------------------------------------------------------------------------------


def build_response(
    location: Location | None, entity: str, at: str, expires: str, uri: str = "", uri_expires: str = ""
) -> str:
    """A locationResponse with the location by value, by reference, or both; at least one must be given."""
    parts = []
    if uri:
        parts.append(
            f'<locationUriSet expires="{uri_expires}"><locationURI>{_escape(uri)}</locationURI></locationUriSet>'
        )
    if location is not None:
        parts.append(build_pidf_lo(location, entity, at, expires).partition("?>")[2])
    return _document(f'<locationResponse xmlns="{HELD}">{"".join(parts)}</locationResponse>')


def build_error(code: str, because: str = "") -> str:
    """An error answer (§6.4)."""
    words = clean_text(because or ERRORS.get(code, ""))
    return _document(f'<error xmlns="{HELD}" code="{code}"><message xml:lang="en">{_escape(words)}</message></error>')


def build_request(request: LocationRequest) -> bytes:
    """The request, for whoever plays a client."""
    time = f' responseTime="{_escape(request.response_time)}"' if request.response_time else ""
    exact = "true" if request.is_exact else "false"
    kinds = f'<locationType exact="{exact}">{" ".join(request.types)}</locationType>'
    tags = {"number": "e164"}
    inner = "".join(
        f"<{tags.get(kind, kind)}>{_escape(value)}</{tags.get(kind, kind)}>" for kind, value in request.identities
    )
    device = f'<device xmlns="{IDENTITY}">{inner}</device>' if inner else ""
    return _document(f'<locationRequest xmlns="{HELD}"{time}>{kinds}{device}</locationRequest>').encode()


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a client reads: error code or "", the location URIs, and the text of the location by value."""

    error: str = ""
    uris: tuple[str, ...] = ()
    pidf: str = ""


def parse_answer(raw: bytes) -> Answer | Malformed:
    """A locationResponse or error, for whoever plays a client."""
    try:
        root = fromstring(raw.lstrip(), forbid_dtd=True)
    except (ElementTree.ParseError, DefusedXmlException, ValueError, RecursionError, LookupError) as error:
        return Malformed(because=f"No XML: {type(error).__name__}.", raw=raw[:200])
    if root.tag == f"{{{HELD}}}error":
        return Answer(error=root.get("code") or "generalLisError")
    if root.tag != f"{{{HELD}}}locationResponse":
        return Malformed(because="Neither a locationResponse nor an error.", raw=raw[:200])
    uris = tuple((one.text or "").strip() for one in root.iter(f"{{{HELD}}}locationURI"))
    presence = root.find("{urn:ietf:params:xml:ns:pidf}presence")
    pidf = "" if presence is None else ElementTree.tostring(presence, encoding="unicode")
    return Answer(uris=uris, pidf=pidf)


def _escape(text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace('"', "&quot;")


def _document(inner: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>{inner}'
