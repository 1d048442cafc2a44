"""The configuration of this gateway read: telephone systems, lines to page on, and telephones with their rooms."""

import ipaddress
from typing import Any

import msgspec

from watchbell.gateways.sip.addresses import build_uri
from watchbell.gateways.sip.agent import Credentials
from watchbell.gateways.sip.calls import RING_SECONDS, Ring
from watchbell.gateways.sip.transport import Hop


class Phone(msgspec.Struct, frozen=True, kw_only=True):
    """A telephone and its room. place: UUID text, None without one."""

    endpoint: str
    extension: str
    district: str
    site: str
    site_name: str = ""
    place: str | None = None
    place_name: str = ""
    callback: str = ""


class System(msgspec.Struct, frozen=True, kw_only=True):
    """A telephone system. codes: dialled code → kind of alarm. site: where an unknown extension's call is raised."""

    endpoint: str
    name: str
    device: str
    district: str
    site: str
    hop: Hop
    domain: str
    user: str
    password: str = ""
    codes: dict[str, str] = msgspec.field(default_factory=dict)
    is_registering: bool = True
    peers: tuple[str, ...] = ()

    def is_from(self, host: str) -> bool:
        """Whether a call from this address comes from this system."""
        return host == self.hop.host or any(_is_in(host, peer) for peer in self.peers)

    @property
    def credentials(self) -> Credentials | None:
        return Credentials(user=self.user, password=self.password) if self.password else None

    def __repr__(self) -> str:
        return f"System({self.name!r}, {self.hop})"


class Book(msgspec.Struct, kw_only=True):
    """Everything, read. problems: entries that cannot be used, in words."""

    systems: list[System] = msgspec.field(default_factory=list)
    lines: dict[str, tuple[dict[str, Any], Ring]] = msgspec.field(default_factory=dict)
    phones: dict[tuple[str, str], Phone] = msgspec.field(default_factory=dict)
    problems: list[str] = msgspec.field(default_factory=list)

    def system_at(self, host: str) -> System | None:
        return next((one for one in self.systems if one.is_from(host)), None)

    def phone(self, district: str, number: str) -> Phone | None:
        """The telephone of an extension, or of its callback number or ELIN."""
        return self.phones.get((district, plain_number(number)))


def _is_in(host: str, network: str) -> bool:
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False


def plain_number(text: str) -> str:
    """Digits (and * or #) of a number, whatever stands between them; other names in lower case."""
    digits = "".join(sign for sign in text if sign in "0123456789*#")
    return digits if digits and not any(sign.isalpha() for sign in text) else text.strip().lower()


def _hop(entry: dict[str, Any]) -> Hop:
    transport = "TCP" if str(entry.get("transport") or "udp").lower() == "tcp" else "UDP"
    host = str(entry["host"])
    return Hop("127.0.0.1" if host == "localhost" else host, int(entry.get("port") or 5060), transport)


def read_entries(entries: list[dict[str, Any]], secrets: dict[str, Any]) -> Book:
    """The book; an entry that cannot be used becomes a problem, never an exception."""
    book = Book()
    for wanted in ("pbx", "phone", "other"):
        for entry in entries:
            kind = str(entry.get("kind"))
            if kind == wanted or (wanted == "other" and kind in ("sip_speaker", "sip_group")):
                try:
                    _take(book, kind, entry, secrets)
                except (KeyError, ValueError, TypeError, AttributeError) as error:
                    book.problems.append(f"{entry.get('name') or kind}: {type(error).__name__} {error}")
    return book


def _take(book: Book, kind: str, entry: dict[str, Any], secrets: dict[str, Any]) -> None:
    endpoint = str(entry["endpoint"])
    if kind == "pbx":
        book.systems.append(_system(entry, endpoint, str(secrets.get(endpoint) or "")))
    elif kind == "phone":
        phone = Phone(
            endpoint=endpoint, extension=str(entry["extension"]), district=str(entry["district"]),
            site=str(entry["site"]), site_name=str(entry.get("site_name") or ""), place=entry.get("place"),
            place_name=str(entry.get("place_name") or ""), callback=str(entry.get("callback") or ""),
        )  # fmt: skip
        for number in (entry.get("elin"), entry.get("callback"), phone.extension):  # the extension wins
            if number:
                book.phones[phone.district, plain_number(str(number))] = phone
    else:
        book.lines[endpoint] = (entry, _ring(book, entry))


def _system(entry: dict[str, Any], endpoint: str, password: str) -> System:
    hop = _hop(entry)
    return System(
        endpoint=endpoint, name=str(entry.get("name") or endpoint), device=str(entry.get("device") or endpoint),
        district=str(entry["district"]), site=str(entry.get("site") or entry.get("fallback") or ""), hop=hop,
        domain=str(entry.get("domain") or hop.host), user=str(entry.get("user") or "watchbell"), password=password,
        codes={str(code).strip(): str(kind) for code, kind in dict(entry.get("codes") or {}).items()},
        is_registering=bool(entry.get("register", True)), peers=tuple(str(one) for one in entry.get("peers") or ()),
    )  # fmt: skip


def _ring(book: Book, entry: dict[str, Any]) -> Ring:
    """Through its telephone system where it names one, straight to the speaker otherwise."""
    seconds = float(entry.get("ring_seconds") or RING_SECONDS)
    user = str(entry["user"])
    if entry.get("pbx"):
        system = next((one for one in book.systems if one.device == entry["pbx"]
                       and one.district == str(entry["district"])), None)  # fmt: skip
        if system is None:
            raise ValueError(f"there is no telephone system {entry['pbx']}")
        return Ring(
            to=build_uri(user, system.domain), caller=system.user, proxy=system.hop, credentials=system.credentials,
            ring_seconds=seconds,
        )  # fmt: skip
    hop = _hop(entry)
    params = ";transport=tcp" if hop.transport == "TCP" else ""
    return Ring(to=build_uri(user, hop.host, hop.port, params), ring_seconds=seconds)
