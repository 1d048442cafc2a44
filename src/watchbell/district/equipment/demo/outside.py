"""Who is told outside: the 911 centre, police, the telephone line; and the staff's screens and phones."""

from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from watchbell.district.equipment.demo.layout import Row, SiteLayout
from watchbell.line.ids import same_id, same_uuid

#: name, device, whether it takes drills and tests
CENTRES = (
    ("Tallgrass County 911", "county-911", False),
    ("Cedar Valley Police", "city-police", False),
    ("County 911 training desk", "county-911-training", True),
)
VOICE_PORT, PUSH_PORT = 3, 4
#: Asked only where a plan names it: the second centre, and the county's door for public alerts.
NEIGHBOUR_PORT, CAP_PORT = 5, 6
#: Two of them.
RELAY_PORT = 8
#: device, name, whether it takes drills and tests only
RELAYS = (("relay", "District mail relay", False), ("relay-tests", "Mail relay for drills and tests", True))
#: Both networks are played on one port: (name, device, network, account, whether it takes drills and tests).
SOCIAL_PORT = 15
ACCOUNTS = (
    ("Cedar Valley Schools on Facebook", "facebook-page", "facebook", "104857600000001", False),
    ("@CedarValleySD on X", "x-account", "x", "1760000000000000001", False),
    ("X account for tests", "x-test", "x", "1760000000000000002", True),
)


def add_outside(key: str, first_port: int) -> list[Row]:
    """Dispatch endpoints and the voice line; they belong to the district, not to a site."""
    rows: list[Row] = [
        _row(key, "dispatch_endpoint", device, name, gateway="eido", device=device, is_test=is_test,
             settings={**_address(first_port + number), "agency_id": f"{device}.invalid"},
             secret=same_id(key, "eido token", device))
        for number, (name, device, is_test) in enumerate(CENTRES)
    ]  # fmt: skip
    rows.append(
        _row(key, "voice_line", "line-1", "Telephone line to the 911 centre", gateway="voicecall", device="line-1",
             secret=same_id(key, "voice token"), settings={
                 **_address(first_port + VOICE_PORT), "to": "+15735550100", "from": "+15735550199",
                 "account_sid": "AC" + same_id(key, "voice account"),
             })
    )  # fmt: skip
    rows.append(
        _row(key, "dispatch_endpoint", "neighbour-911", "Neighbouring county 911", gateway="eido",
             device="neighbour-911", is_test=False, secret=same_id(key, "eido token", "neighbour-911"),
             settings={**_address(first_port + NEIGHBOUR_PORT), "agency_id": "neighbour-911.invalid",
                       "is_standby": True})
    )  # fmt: skip
    rows.append(_row(key, "push_service", "families", "Push to families' browsers", gateway="webpush",
                     device="families", settings={"priority": 1, "per_second": 0, "lanes": 2}))  # fmt: skip
    rows.append(
        _row(key, "cap_endpoint", "county-cap", "Tallgrass County public alerts", gateway="cap", device="county-cap",
             secret=same_id(key, "cap token"), settings={
                 **_address(first_port + CAP_PORT), "sender": "watchbell@cedar-valley.invalid", "same": ["029159"],
                 "profile": "ipaws", "languages": ["en-US", "es-US"],
             })
    )  # fmt: skip
    rows += [
        _row(key, "social_account", device, name, gateway="social", device=device, is_test=is_test,
             secret=same_id(key, "social token", device), settings={
                 **_address(first_port + SOCIAL_PORT), "network": network, "account": account, "priority": 1,
             })
        for name, device, network, account, is_test in ACCOUNTS
    ]  # fmt: skip
    return rows


def add_relays(key: str, first_port: int) -> list[Row]:
    """Where mails to families go out, and a relay of its own for drills and tests."""
    rows = []
    for number, (device, name, is_test) in enumerate(RELAYS):
        signer = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(same_id(key, "dkim", device) * 2))
        pem = signer.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        rows.append(
            _row(key, "mail_relay", device, name, gateway="smtp", device=device, is_test=is_test, secret=f"\n{pem}",
                 settings={
                     **_address(first_port + RELAY_PORT + number), "security": "none", "username": "",
                     "from_address": "alerts@cedar-valley.invalid", "from_name": "Cedar Valley Schools",
                     "bounce_domain": "tests.cedar-valley.invalid" if is_test else "mail.cedar-valley.invalid",
                     "dkim_domain": "cedar-valley.invalid", "dkim_selector": "watchbell", "ca": "",
                     "priority": 1, "per_second": 0, "lanes": 2, "connections": 2,
                 })
        )  # fmt: skip
    return rows


def add_staff_groups(layout: SiteLayout, push_port: int) -> list[Row]:
    """The screens and the phones of a site's staff."""
    return [
        layout.row("screen_group", f"screens-{layout.code}", f"Staff screens, {layout.site.name}", gateway="screens",
                   device=layout.code),
        layout.row("push_group", f"push-{layout.code}", f"Staff phones, {layout.site.name}", gateway="webpush",
                   device=layout.code, settings={"port": push_port}),
    ]  # fmt: skip


def _address(port: int) -> dict[str, Any]:
    return {"host": "127.0.0.1", "port": port}


def _row(key: str, kind: str, identifier: str, name: str, **more: Any) -> Row:
    return {
        "id": same_uuid(key, "equipment", kind, identifier),
        "kind": kind,
        "name": name,
        "identifier": identifier,
    } | more
