"""Who brings texts and calls to the demo district's families: two carriers of texts, two of calls, and trials."""

from typing import Any

from watchbell.district.equipment.demo.layout import Row
from watchbell.district.equipment.facts import EquipmentFacts
from watchbell.district.equipment.queries import gateway_equipment
from watchbell.line.ids import same_id, same_uuid

#: Ports after the first of the carriers'.
SMPP_PORT, REST_PORT, REST_TRIAL_PORT, CALLS_PORT, CALLS_TRIAL_PORT = range(5)
SENDER = "+15735550198"
GATEWAYS = {"text_carrier": "sms", "call_carrier": "voicecall", "sip_trunk": "siptrunk"}


def add_carriers(key: str, first_port: int, trunk_port: int) -> list[Row]:
    """The carriers; the second of texts is there to show who takes over."""
    texts, rest = {"from": SENDER, "plain": True, "lanes": 4, "per_second": 0}, {"style": "rest", "connections": 8}
    rows: list[tuple[str, str, str, bool, dict[str, Any]]] = [
        ("text_carrier", "texts-smpp", "Prairie Mobile, texts over SMPP", False, {
            **texts, **_at(first_port + SMPP_PORT), "style": "smpp", "system_id": "cedarvalley", "priority": 1,
            "window": 50, "alphabet": "gsm",
        }),
        ("text_carrier", "texts-api", "Crosswind Messaging, texts by API", False,
         {**texts, **rest, **_at(first_port + REST_PORT), "account_sid": _account(key, "texts"), "priority": 2}),
        ("text_carrier", "texts-trial", "Crosswind Messaging, trial account", True,
         {**texts, **rest, **_at(first_port + REST_TRIAL_PORT), "account_sid": _account(key, "trial"), "priority": 1}),
        ("call_carrier", "calls", "Crosswind Voice", False, {
            **_at(first_port + CALLS_PORT), "from": SENDER, "account_sid": _account(key, "calls"), "priority": 1,
            "per_second": 40, "lanes": 4, "at_once": 1600,
        }),
        ("call_carrier", "calls-trial", "Crosswind Voice, trial account", True, {
            **_at(first_port + CALLS_TRIAL_PORT), "from": SENDER, "account_sid": _account(key, "calls trial"),
            "priority": 1, "per_second": 1, "lanes": 1, "at_once": 5,
        }),
        ("sip_trunk", "trunk", "Tallgrass Telephone, SIP trunk", False, {
            **_at(trunk_port), "transport": "udp", "user": "cedarvalley", "from": SENDER, "plus": True,
            "register": True, "priority": 2, "per_second": 10, "lanes": 4, "at_once": 60,
        }),
    ]  # fmt: skip
    return [
        {"id": same_uuid(key, "equipment", kind, device), "kind": kind, "identifier": device, "name": name,
         "gateway": GATEWAYS[kind], "device": device, "is_test": is_test,
         "settings": settings, "secret": same_id(key, "carrier secret", device)[:32]}
        for kind, device, name, is_test, settings in rows
    ]  # fmt: skip


def _at(port: int) -> dict[str, Any]:
    return {"host": "127.0.0.1", "port": port}


def _account(key: str, what: str) -> str:
    return "AC" + same_id(key, "carrier account", what)


def played_texts() -> list[dict[str, Any]]:
    """The carriers of texts, as the simulator plays them; the first in use first."""
    found = sorted(gateway_equipment("sms"), key=lambda thing: (thing.is_test, thing.settings.get("priority", 9)))
    return [{**_played(thing), "style": thing.settings.get("style", "rest"),
             "system_id": thing.settings.get("system_id", "")} for thing in found]  # fmt: skip


def played_calls() -> list[dict[str, Any]]:
    """The carriers of calls."""
    found = [thing for thing in gateway_equipment("voicecall") if thing.kind == "call_carrier"]
    return [_played(thing) for thing in sorted(found, key=lambda thing: thing.is_test)]


def played_trunks() -> list[dict[str, Any]]:
    """The trunks."""
    return [{**_played(thing), "user": thing.settings.get("user", "")} for thing in gateway_equipment("siptrunk")]


def _played(thing: EquipmentFacts) -> dict[str, Any]:
    return {"endpoint": str(thing.id), "name": thing.name, "port": thing.settings["port"], "secret": thing.secret,
            "account_sid": thing.settings.get("account_sid", "")}  # fmt: skip
