"""What hangs on the broker and on I/O modules: badge gateways, signs, strobes, wall buttons."""

from typing import Any

from watchbell.district.equipment.demo.layout import Row, SiteLayout, Spot
from watchbell.line.ids import same_id, same_uuid
from watchbell.line.loopback_tls import make_loopback_tls

#: Badge gateways, signs and strobes by kind of site.
GATEWAYS = {"elementary": 3, "middle": 4, "high": 6, "office": 2, "transport": 1}
SIGNS = {"elementary": 2, "middle": 2, "high": 3, "office": 0, "transport": 0}
STROBES = 2
#: Sites, first ones first, whose strobes and wall buttons hang on an I/O module.
MODULE_SITES = 3
#: Sites whose badge gateways post over HTTP instead of using the broker.
HTTP_KINDS = ("office", "transport")
SIGN_PLACES = ("Lobby", "Reception", "Cafeteria", "Library", "Gymnasium")
WALL_PLACES = ("Library", "Gymnasium", "Weights", "Cafeteria", "Lobby", "Reception", "Hall")


def tls_seed(key: str) -> str:
    """What the played broker's certificates are made of."""
    return same_id(key, "broker tls")


def add_devices(layouts: list[SiteLayout], key: str, first_port: int) -> list[Row]:
    """The broker as two gateways of ours know it, and everything on it; the broker's port, then one a module."""
    rows = [
        _broker_row(key, gateway, first_port, settings)
        for gateway, settings in (("blebadge", {}), ("mqttsign", {"prefix": "signs"}))
    ]
    number = 0
    for place, layout in enumerate(layouts):
        for spot in _gateway_spots(layout):
            number += 1
            rows.append(_gateway_row(layout, number, spot))
        rows += _sign_rows(layout)
        spots = layout.of_kind("gym", "cafeteria", "hall")[:STROBES]
        if place < MODULE_SITES:
            rows += _module_rows(layout, spots, first_port + 1 + place)
        else:
            rows += [_strobe_row(layout, one, spot) for one, spot in enumerate(spots, 1)]
    return rows


def _broker_row(key: str, gateway: str, port: int, settings: dict[str, Any]) -> Row:
    authority = make_loopback_tls(tls_seed(key)).authority
    return {
        "id": same_uuid(key, "equipment", "mqtt_broker", gateway), "kind": "mqtt_broker", "gateway": gateway,
        "name": f"Broker, {'badges' if gateway == 'blebadge' else 'signs and strobes'}",
        "identifier": f"broker-{gateway}", "device": "broker", "secret": same_id(key, "broker password", gateway),
        "settings": {"host": "127.0.0.1", "port": port, "username": f"watchbell-{gateway}", "ca": authority} | settings,
    }  # fmt: skip


def _gateway_spots(layout: SiteLayout) -> list[Spot]:
    """Rooms spread evenly over the site."""
    rooms = layout.of_kind("room", "office", "gym", "cafeteria", "library", "lobby", "health")
    count = GATEWAYS[layout.site.kind]
    return [rooms[(2 * one + 1) * len(rooms) // (2 * count)] for one in range(min(count, len(rooms)))]


def _gateway_row(layout: SiteLayout, number: int, spot: Spot) -> Row:
    mac = f"AC233FC{number:05X}"
    way = "http" if layout.site.kind in HTTP_KINDS else "mqtt"
    return layout.row(
        "badge_gateway", f"badge-gateway-{number:03d}", f"Badge gateway, {spot.name}, {layout.site.name}", spot,
        gateway="blebadge", device=f"blebadge/{mac}", secret=same_id(layout.key, "badge gateway", mac),
        settings={"mac": mac, "way": way},
    )  # fmt: skip


def _sign_rows(layout: SiteLayout) -> list[Row]:
    rows = []
    for number, spot in enumerate(layout.named(*SIGN_PLACES)[: SIGNS[layout.site.kind]], 1):
        device = f"{layout.code}-sign-{number}".lower()
        rows.append(layout.row(
            "sign", device, f"Sign, {spot.name}, {layout.site.name}", spot, gateway="mqttsign", device=device,
            secret=same_id(layout.key, "sign", device),
        ))  # fmt: skip
    return rows


def _strobe_row(layout: SiteLayout, number: int, spot: Spot) -> Row:
    device = f"{layout.code}-strobe-{number}".lower()
    return layout.row(
        "strobe", device, f"Strobe, {spot.name}, {layout.site.name}", spot, gateway="mqttsign", device=device,
        secret=same_id(layout.key, "sign", device),
    )  # fmt: skip


def _module_rows(layout: SiteLayout, strobes: list[Spot], port: int) -> list[Row]:
    """A module with a contact, a supervised loop, and the site's strobes on its coils."""
    name = f"{layout.code}-io-1".lower()
    closet = layout.of_kind("hall")[:1]
    settings = {"module": name, "host": "127.0.0.1", "port": port, "unit": 1, "poll_ms": 200}
    rows = [layout.row("io_module", name, f"I/O module, {layout.site.name}", *closet, gateway="modbus",
                       device=f"modbus/{name}", settings=settings)]  # fmt: skip
    for number, spot in enumerate(layout.named(*WALL_PLACES)[:2]):
        style = ("contact", "supervised")[number]
        rows.append(layout.row(
            "panic_button", f"{name}-{number}", f"Wall button, {spot.name}, {layout.site.name}", spot, gateway="modbus",
            device=f"modbus/{name}/{number}",
            settings={"module": name, "input": number, "style": style, "kind": "lockdown"},
        ))  # fmt: skip
    for number, spot in enumerate(strobes):
        rows.append(layout.row(
            "strobe", f"{layout.code}-strobe-{number + 1}".lower(), f"Strobe, {spot.name}, {layout.site.name}", spot,
            gateway="modbus", device=f"modbus/{name}/c{number}", settings={"module": name, "coils": [number]},
        ))  # fmt: skip
    return rows
