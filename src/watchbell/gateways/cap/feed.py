"""The Atom index of what was published (RFC 4287), one entry a message; pure."""

import hashlib
from urllib.parse import quote

from lxml import etree

from watchbell.gateways.cap.codec import Alert, clean

ATOM = "http://www.w3.org/2005/Atom"


def build_feed(title: str, address: str, updated: str, alerts: list[Alert]) -> bytes:
    """The feed at `address`, newest first; `updated` a CAP dateTime, which is an RFC 3339 moment as well."""
    root = etree.Element(f"{{{ATOM}}}feed", nsmap={None: ATOM})
    _put(root, "id", address)
    _put(root, "title", title)
    _put(root, "updated", updated)
    etree.SubElement(root, f"{{{ATOM}}}link", rel="self", href=address)
    _put(etree.SubElement(root, f"{{{ATOM}}}author"), "name", title)
    for alert in alerts:
        entry = etree.SubElement(root, f"{{{ATOM}}}entry")
        where = document_address(address, alert.identifier)
        _put(entry, "id", where)
        _put(entry, "title", alert.infos[0].headline if alert.infos else alert.identifier)
        _put(entry, "updated", alert.sent)
        etree.SubElement(entry, f"{{{ATOM}}}link", rel="alternate", type="application/cap+xml", href=where)
        etree.SubElement(entry, f"{{{ATOM}}}category", term=alert.message_type, label=alert.status)
        _put(entry, "summary", alert.infos[0].description if alert.infos else "")
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def document_address(feed: str, identifier: str) -> str:
    return f"{feed}/{quote(identifier, safe='')}"


def mark_of(raw: bytes) -> str:
    """A strong ETag."""
    return f'"{hashlib.blake2b(raw, digest_size=12).hexdigest()}"'


def _put(parent: etree._Element, name: str, text: str) -> None:
    etree.SubElement(parent, f"{{{ATOM}}}{name}").text = clean(text)
