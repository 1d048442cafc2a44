"""The telephones this server knows, by each of their identities, and who may ask for whom."""

import hmac
import ipaddress
from collections.abc import Iterable
from typing import Any

import msgspec

from watchbell.gateways.held.codec import LocationRequest, plain
from watchbell.gateways.sip.addresses import parse_uri
from watchbell.gateways.sip.book import plain_number
from watchbell.line.pidflo import Location
from watchbell.wire.base import Malformed


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A telephone and where it is. location: None while its room is not known."""

    endpoint: str
    extension: str
    district: str
    location: Location | None = None


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """Who may ask for others: holders of the token, and addresses in `clients` (networks)."""

    district: str
    token: str = ""
    clients: tuple[str, ...] = ()


class Directory(msgspec.Struct, kw_only=True):
    """All telephones by (kind of identity, value). problems: entries that cannot be used, in words."""

    servers: list[Server] = msgspec.field(default_factory=list)
    by_identity: dict[tuple[str, str], list[Place]] = msgspec.field(default_factory=dict)
    by_endpoint: dict[str, Place] = msgspec.field(default_factory=dict)
    problems: list[str] = msgspec.field(default_factory=list)

    def servers_for(self, host: str, token: str) -> list[Server]:
        """The servers whose districts this client may ask about."""
        return [
            one for one in self.servers
            if any(_is_in(host, network) for network in one.clients)
            or (one.token and hmac.compare_digest(token.encode("utf-8", "replace"), one.token.encode()))
        ]  # fmt: skip

    def find(self, request: LocationRequest, districts: Iterable[str]) -> list[Place]:
        """The telephones that fit every identity given, in these districts."""
        wanted = set(districts)
        found: list[Place] | None = None
        for kind, value in request.identities:
            here = [one for one in self._of(kind, value) if one.district in wanted]
            found = here if found is None else [one for one in found if one in here]
        return found or []

    def at(self, host: str) -> list[Place]:
        """The telephones with this IP address: a device asks for itself."""
        return self.by_identity.get(("ip", plain("ip", host)), [])

    def _of(self, kind: str, value: str) -> list[Place]:
        if kind != "uri":
            kind = "number" if kind == "extension" else kind
            key = value if kind in ("ip", "mac") else plain_number(value)
            return self.by_identity.get((kind, key), [])
        uri = parse_uri(value)
        if isinstance(uri, Malformed):
            return []
        return self.by_identity.get(("number", plain_number(uri.user.partition(";")[0])), [])


def _is_in(host: str, network: str) -> bool:
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False


def read_entries(entries: list[dict[str, Any]], secrets: dict[str, Any]) -> Directory:
    """The directory; an entry that cannot be used becomes a problem, never an exception."""
    directory = Directory()
    for entry in entries:
        try:
            if entry.get("kind") == "phone":
                _take_phone(directory, entry)
            else:
                directory.servers.append(
                    Server(
                        district=str(entry["district"]), token=str(secrets.get(str(entry["endpoint"])) or ""),
                        clients=tuple(str(one) for one in entry.get("clients") or ()),
                    )
                )  # fmt: skip
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            directory.problems.append(f"{entry.get('name') or entry.get('kind')}: {type(error).__name__} {error}")
    return directory


def _take_phone(directory: Directory, entry: dict[str, Any]) -> None:
    civic = {str(key): str(value) for key, value in dict(entry.get("civic") or {}).items() if value}
    latitude, longitude = entry.get("latitude"), entry.get("longitude")
    is_placed = bool(entry.get("place")) and bool(civic)
    location = Location(
        civic=civic, latitude=None if latitude is None else float(latitude),
        longitude=None if longitude is None else float(longitude),
    )  # fmt: skip
    place = Place(
        endpoint=str(entry["endpoint"]), extension=str(entry["extension"]), district=str(entry["district"]),
        location=location if is_placed else None,
    )  # fmt: skip
    directory.by_endpoint[place.endpoint] = place
    numbers = {plain_number(str(entry[name])) for name in ("extension", "elin", "callback") if entry.get(name)}
    keys = [("number", number) for number in numbers]
    keys += [(kind, plain(kind, str(entry[kind]))) for kind in ("ip", "mac") if entry.get(kind)]
    for key in keys:
        directory.by_identity.setdefault(key, []).append(place)
