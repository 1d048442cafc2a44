"""Each gateway's configuration entries, in the shape its service.py documents, from the district's equipment."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from watchbell.district.equipment.facts import EquipmentFacts, TelephoneFacts

Spot = tuple[str, float, float]  # floor, x, y in plan units


@dataclass(frozen=True)
class Listed:
    """A piece of equipment with its district; `fallback` is the site an unknown panel's press is raised at.

    session: (mode, end in Unix seconds) of the test session it is in. telephone: a telephone's room and numbers.
    by: the account of who wears it. spot: where it hangs. plan: of the first camera of a site, the entry that says
    where the site's places are.
    """

    district: str
    fallback: str
    thing: EquipmentFacts
    place_name: str = ""
    subscriptions: tuple[dict[str, Any], ...] = ()
    session: tuple[str, float] | None = None
    telephone: TelephoneFacts | None = None
    spot: Spot | None = None
    plan: dict[str, Any] | None = None
    by: str = ""


Shape = Callable[[Sequence[Listed]], tuple[list[dict[str, Any]], dict[str, Any]]]


def common_words(listed: Listed) -> dict[str, Any]:
    """Who and where an endpoint is."""
    thing = listed.thing
    return {
        "endpoint": str(thing.id), "name": thing.name, "district": listed.district,
        "site": str(thing.site) if thing.site else None, "test": thing.is_test,
    }  # fmt: skip


def plain_entries(listed: Sequence[Listed]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """One entry an endpoint: its settings beside who and where it is; its secret by endpoint."""
    entries = [{**one.thing.settings, **common_words(one)} for one in listed]
    return entries, {str(one.thing.id): one.thing.secret for one in listed if one.thing.secret}


def dispatch_entries(listed: Sequence[Listed]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Centres by EIDO: the address as a URL."""
    entries, secrets = plain_entries(listed)
    for entry in entries:
        entry.setdefault("url", f"http://{entry.get('host')}:{entry.get('port')}/eido")
        entry.setdefault("kind", "psap" if "911" in entry["name"] else "police")
    return entries, secrets


def cap_entries(listed: Sequence[Listed]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Feeds of public alerts: the county's address as a URL."""
    entries, secrets = plain_entries(listed)
    for entry in entries:
        entry.setdefault("url", f"http://{entry.get('host')}:{entry.get('port')}/cap")
    return entries, secrets


def voice_entries(listed: Sequence[Listed]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Telephone lines and carriers of calls: the carrier's API as a URL."""
    entries, secrets = plain_entries(listed)
    for entry, one in zip(entries, listed, strict=True):
        entry["kind"] = one.thing.kind
        entry.setdefault("url", f"http://{entry.get('host')}:{entry.get('port')}")
    return entries, secrets


def text_entries(listed: Sequence[Listed]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Carriers of text messages: those with an API have it as a URL."""
    entries, secrets = plain_entries(listed)
    for entry in entries:
        if entry.get("style") != "smpp":
            entry.setdefault("url", f"http://{entry.get('host')}:{entry.get('port')}")
    return entries, secrets


def social_entries(listed: Sequence[Listed]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The district's own accounts: the network's API as a URL."""
    entries, secrets = plain_entries(listed)
    for entry in entries:
        entry.setdefault("url", f"http://{entry.get('host')}:{entry.get('port')}")
    return entries, secrets


def push_entries(listed: Sequence[Listed]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    entries, secrets = plain_entries(listed)
    for entry, one in zip(entries, listed, strict=True):
        entry["subscriptions"] = [dict(subscription) for subscription in one.subscriptions]
        entry["is_carrier"] = one.thing.kind == "push_service"
    return entries, secrets


def panel_entries(listed: Sequence[Listed]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """One entry an account with its zones; one fallback a district for accounts nobody knows."""
    zones: dict[tuple[str, str], dict[str, Any]] = defaultdict(dict)
    for one in listed:
        settings = one.thing.settings
        if one.thing.kind == "panic_button":
            zones[one.district, str(settings.get("account"))][str(settings.get("zone"))] = {
                "endpoint": str(one.thing.id), "place": str(one.thing.place) if one.thing.place else None,
                "place_name": one.place_name or one.thing.name, "kind": settings.get("kind", "lockdown"),
                **session_words(one),
            }  # fmt: skip
    entries, secrets = [], {}
    for one in listed:
        if one.thing.kind != "alarm_panel" or one.thing.site is None:
            continue
        settings = one.thing.settings
        account = str(settings.get("account"))
        entries.append(
            {
                "account": account, "receiver": settings.get("receiver", ""), "line": settings.get("line", ""),
                "district": one.district, "site": str(one.thing.site), "endpoint": str(one.thing.id), "place": None,
                "supervision_seconds": settings.get("supervision_seconds", 0), "fallback": False,
                "zones": zones[one.district, account], **session_words(one),
            }
        )  # fmt: skip
        if one.thing.secret:
            secrets[f"{one.district} {account}"] = one.thing.secret
    for district, fallback in sorted({(one.district, one.fallback) for one in listed if one.fallback}):
        empty: dict[str, Any] = {
            "account": "",
            "receiver": "",
            "line": "",
            "place": None,
            "supervision_seconds": 0,
            "zones": {},
        }
        entries.append({**empty, "district": district, "site": fallback, "fallback": True, "test_session": None})
    return entries, secrets


def session_words(one: Listed) -> dict[str, Any]:
    """The session as the gateway is told it: the end goes along, so that it is over at the gateway by itself."""
    mode, until = one.session or (None, 0.0)
    return {"test_session": mode, "test_until": until}


def door_entries(listed: Sequence[Listed]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """One entry a controller with the devices on its bus; keys by `<controller>:<address>`.

    Controllers of two districts may have one name: the later one's is told with its district then, or their doors would
    share a bus.
    """
    buses: dict[tuple[str, str], dict[str, Any]] = {}
    secrets = {}
    for one in listed:
        settings = one.thing.settings
        if one.thing.kind != "controlled_door":
            continue
        named = str(settings["controller"])
        if any(name == named and district != one.district for district, name in buses):
            named = f"{named}@{one.district}"
        bus = buses.setdefault(
            (one.district, str(settings["controller"])),
            {
                "controller": named, "host": settings["host"], "port": settings["port"],
                "district": one.district, "site": str(one.thing.site), "devices": [],
            },
        )  # fmt: skip
        bus["devices"].append(
            {
                "endpoint": str(one.thing.id), "address": settings["address"], "name": one.thing.name,
                "lock_output": settings.get("lock_output", 0), "lock_on": settings.get("lock_on", "locked"),
                "contact_input": settings.get("contact_input", 0), "test": one.thing.is_test,
                "normal": settings.get("normal", ""),
            }
        )  # fmt: skip
        secrets[f"{bus['controller']}:{settings['address']}"] = one.thing.secret
    return list(buses.values()), secrets


OWN_SHAPES: dict[str, Shape] = {
    "siadc09": panel_entries,
    "osdp": door_entries,
    "rtppaging": plain_entries,
    "cap": cap_entries,
    "eido": dispatch_entries,
    "voicecall": voice_entries,
    "social": social_entries,
    "siptrunk": plain_entries,
    "webpush": push_entries,
    "smtp": plain_entries,
    "sms": text_entries,
}
