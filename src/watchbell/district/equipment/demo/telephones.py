"""A telephone in every classroom and office, one telephone system, its 911 call feed, speakers and page groups."""

from datetime import timedelta
from typing import Any

from watchbell.district.equipment.demo.layout import Row, SiteLayout, Spot
from watchbell.district.equipment.facts import EquipmentFacts
from watchbell.district.equipment.queries import equipment_of_kinds, equipment_of_sites
from watchbell.district.sites.queries import place_names
from watchbell.line import clock
from watchbell.line.ids import same_id, same_uuid

FIRST_EXTENSION = 4001
#: The outside port the played telephone system listens on.
PBX_PORT = 7
PBX, FEED, SERVER, ACCOUNT = "pbx", "pbx-calls", "location-server", "watchbell"
CODES = {"*33": "staff_assist", "*99": "lockdown"}
KINDS = ("room", "office", "gym", "cafeteria", "library", "health", "lobby")
SPEAKERS = (("Gymnasium", "Cafeteria", "Hall", "Reception", "Bus yard"), ("Library", "Weights", "Main office", "Lobby"))


def add_telephones(layouts: list[SiteLayout], port: int) -> list[Row]:
    """Some 1,100 telephones. A few stand in no known room, some were never confirmed, so that the audit finds them."""
    rows: list[Row] = []
    number = FIRST_EXTENSION
    for layout in layouts:
        for spot in layout.of_kind(*KINDS):
            rows.append(_phone_row(layout, number, spot))
            number += 1
        rows += _sound_rows(layout, port)
    return rows


def _phone_row(layout: SiteLayout, number: int, spot: Spot) -> Row:
    extension = str(number)
    settings: dict[str, Any] = {
        "extension": extension, "elin": f"+1573555{extension}", "callback": f"+1573555{extension}",
        "mac": f"001b44{number:06x}", "silence_seconds": 0,
    }  # fmt: skip
    if number % 31:
        days = (number * 37) % (420 if number % 11 == 0 else 300)
        settings |= {
            "confirmed_on": (clock.now() - timedelta(days=days)).date().isoformat(),
            "confirmed_by": "Walk-round of the office",
        }
    is_lost = number % 157 == 0
    name = f"Telephone {extension}" if is_lost else f"Telephone {extension}, {spot.name}"
    more = {"gateway": PBX, "device": extension, "settings": settings}
    if is_lost:
        return layout.row("phone", f"phone-{extension}", name, state="trouble", state_at=clock.now(),
                          state_because="Without a room.", **more)  # fmt: skip
    return layout.row("phone", f"phone-{extension}", name, spot, **more)


def _sound_rows(layout: SiteLayout, port: int) -> list[Row]:
    """Two speakers called one by one, and the page group of the site's telephones."""
    where = {"host": "127.0.0.1", "port": port, "transport": "udp", "ring_seconds": 8}
    found = []
    for number, names in enumerate(SPEAKERS, 1):
        for spot in layout.named(*names)[:1]:
            device = f"{layout.code}-sip-{number}".lower()
            found.append(
                layout.row("sip_speaker", device, f"SIP speaker, {spot.name}, {layout.site.name}", spot, gateway="sip",
                           device=device, settings={**where, "user": f"7{layout.number:02d}{number}"})
            )  # fmt: skip
    device = f"{layout.code}-telephones".lower()
    found.append(
        layout.row("sip_group", device, f"Every telephone, {layout.site.name}", gateway="sip", device=device,
                   settings={"pbx": PBX, "user": f"*71{layout.number:02d}", "ring_seconds": 8})
    )  # fmt: skip
    return found


def add_telephone_system(key: str, port: int) -> list[Row]:
    """The district's telephone system as it is called and calls, as it tells of 911 calls, and the location server."""
    where = {"host": "127.0.0.1", "port": port, "transport": "udp"}

    def row(kind: str, device: str, name: str, gateway: str, settings: dict[str, Any]) -> Row:
        return {
            "id": same_uuid(key, "equipment", kind, device), "kind": kind, "name": name, "identifier": device,
            "gateway": gateway, "device": device, "settings": settings, "secret": same_id(key, "telephone", device),
        }  # fmt: skip

    return [
        row("pbx", PBX, "Telephone system", "sip", {**where, "user": ACCOUNT, "codes": CODES}),
        row("call_feed", FEED, "911 calls of the telephone system", "pbx", {**where, "watch": ["911", "933"]}),
        row("location_server", SERVER, "Location server for telephones", "held", {"clients": ["127.0.0.0/8"]}),
    ]


def played_telephones() -> dict[str, Any]:
    """What the simulator needs to play the telephone system."""
    found: dict[str, EquipmentFacts] = {one.kind: one for one in equipment_of_kinds(("pbx", "call_feed"))}
    if len(found) < 2:
        return {}
    system, feed = found["pbx"], found["call_feed"]
    phones = {str(one.settings.get("extension") or one.device): one for one in equipment_of_sites(("phone",))}
    names = place_names(one.place for one in phones.values() if one.place)
    return {
        "port": system.settings["port"], "endpoint": str(system.id), "name": system.name, "account": ACCOUNT,
        "password": system.secret, "feed": feed.device, "token": feed.secret,
        "phones": [
            {"extension": extension, "name": names.get(phone.place, phone.name) if phone.place else phone.name,
             "endpoint": str(phone.id), "site": str(phone.site), "place": str(phone.place) if phone.place else None}
            for extension, phone in sorted(phones.items(), key=lambda one: (len(one[0]), one[0]))
        ],
    }  # fmt: skip
