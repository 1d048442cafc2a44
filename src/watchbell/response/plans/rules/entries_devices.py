"""Configuration entries of badges, signs, strobes and I/O modules, in the shapes their gateways document."""

from collections.abc import Sequence
from typing import Any

from watchbell.response.plans.rules.entries import Listed, Shape, common_words, session_words

Entries = tuple[list[dict[str, Any]], dict[str, Any]]


def badge_entries(listed: Sequence[Listed]) -> Entries:
    """Brokers, badge gateways with their rooms, and badges; secrets (passwords, tokens) by endpoint."""
    entries, secrets = [], {}
    for one in listed:
        thing = one.thing
        what = {"mqtt_broker": "broker", "badge_gateway": "gateway", "badge": "badge"}.get(thing.kind)
        if what is None:
            continue
        entry = {**thing.settings, **common_words(one), "what": what}
        del entry["test"]
        if what != "badge":
            entry["fallback"] = one.fallback
        if what == "gateway":
            entry |= {"place": str(thing.place) if thing.place else None, "place_name": one.place_name}
        if what == "badge" and one.by:
            entry["by"] = one.by
        if what == "badge" and one.session is not None:
            entry |= session_words(one)
        entries.append(entry)
        if thing.secret and what != "badge":
            secrets[str(thing.id)] = thing.secret
    return entries, secrets


def sign_entries(listed: Sequence[Listed]) -> Entries:
    """Brokers, and the signs and strobes on them by the name their topics have."""
    entries, secrets = [], {}
    for one in listed:
        thing = one.thing
        if thing.kind == "mqtt_broker":
            entries.append({**thing.settings, **common_words(one), "what": "broker"})
            if thing.secret:
                secrets[str(thing.id)] = thing.secret
        elif thing.kind in ("sign", "strobe"):
            entries.append(
                {**thing.settings, **common_words(one), "what": "device", "kind": thing.kind, "device": thing.device}
            )
    return entries, secrets


def module_entries(listed: Sequence[Listed]) -> Entries:
    """One entry an I/O module with the buttons and strobes that hang on it."""
    modules: dict[tuple[str, str], dict[str, Any]] = {}
    for one in listed:
        if one.thing.kind == "io_module":
            name = str(one.thing.settings.get("module", one.thing.device))
            modules[one.district, name] = {
                **one.thing.settings, **common_words(one), "module": name, "inputs": [], "outputs": [],
            }  # fmt: skip
    for one in listed:
        thing = one.thing
        module = modules.get((one.district, str(thing.settings.get("module"))))
        if module is None or thing.kind not in ("panic_button", "strobe"):
            continue
        settings = {name: value for name, value in thing.settings.items() if name != "module"}
        entry = {**settings, "endpoint": str(thing.id), "name": thing.name}
        if thing.kind == "strobe":
            module["outputs"].append(entry)
            continue
        place = str(thing.place) if thing.place else None
        module["inputs"].append(
            {**entry, "place": place, "place_name": one.place_name or thing.name, **session_words(one)}
        )
    return list(modules.values()), {}


DEVICE_SHAPES: dict[str, Shape] = {"blebadge": badge_entries, "mqttsign": sign_entries, "modbus": module_entries}
