"""Configuration entries of the gateways that know telephones: sip, pbx, held."""

from collections.abc import Callable, Sequence
from typing import Any

from watchbell.response.plans.rules.entries import Listed, Shape

#: gateway → kinds of equipment it is told of, whatever gateway speaks with them
TOLD_OF = {
    "sip": ("pbx", "sip_speaker", "sip_group", "phone"),
    "pbx": ("call_feed", "phone"),
    "held": ("location_server", "phone"),
}


def _common(listed: Listed) -> dict[str, Any]:
    thing = listed.thing
    return {
        "kind": thing.kind, "endpoint": str(thing.id), "name": thing.name, "device": thing.device,
        "district": listed.district, "site": str(thing.site) if thing.site else None, "fallback": listed.fallback,
        "test": thing.is_test,
    }  # fmt: skip


def _phone(listed: Listed) -> dict[str, Any] | None:
    """A telephone with its room; one without a site cannot raise anything and is left out."""
    phone = listed.telephone
    if phone is None or phone.site is None or not phone.extension:
        return None
    entry = {
        "kind": "phone", "endpoint": str(phone.id), "extension": phone.extension, "district": listed.district,
        "site": str(phone.site), "place": str(phone.place) if phone.place else None,
    }  # fmt: skip
    more = {"elin": phone.elin, "callback": phone.callback}
    return entry | {name: text for name, text in more.items() if text}


def _called(listed: Listed) -> dict[str, Any] | None:
    entry = _phone(listed)
    if entry is None or listed.telephone is None:
        return None
    return entry | {"site_name": listed.telephone.site_name, "place_name": listed.telephone.place_name}


def _located(listed: Listed) -> dict[str, Any] | None:
    entry, phone = _phone(listed), listed.telephone
    if entry is None or phone is None:
        return None
    where: dict[str, Any] = {"civic": phone.civic} if phone.civic else {}
    if phone.latitude is not None and phone.longitude is not None:
        where |= {"latitude": round(phone.latitude, 6), "longitude": round(phone.longitude, 6)}
    more = {"mac": phone.mac, "ip": phone.ip}
    return entry | where | {name: text for name, text in more.items() if text}


def _shape(kinds: tuple[str, ...], say_phone: Callable[[Listed], dict[str, Any] | None]) -> Shape:
    def entries(listed: Sequence[Listed]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        found, secrets = [], {}
        for one in listed:
            if one.thing.kind not in kinds:
                continue
            entry = say_phone(one) if one.thing.kind == "phone" else {**one.thing.settings, **_common(one)}
            if entry is None:
                continue
            found.append(entry)
            if one.thing.secret:
                secrets[str(one.thing.id)] = one.thing.secret
        return found, secrets

    return entries


SHAPES: dict[str, Shape] = {
    "sip": _shape(TOLD_OF["sip"], _called),
    "pbx": _shape(TOLD_OF["pbx"], _called),
    "held": _shape(TOLD_OF["held"], _located),
}
