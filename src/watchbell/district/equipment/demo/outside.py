"""Who is told outside: the 911 centre, police, the telephone line; and the staff's screens and phones."""

from typing import Any

from watchbell.district.equipment.demo.layout import Row, SiteLayout
from watchbell.line.ids import same_id, same_uuid

#: name, device, whether it takes drills and tests
CENTRES = (
    ("Tallgrass County 911", "county-911", False),
    ("Cedar Valley Police", "city-police", False),
    ("County 911 training desk", "county-911-training", True),
)
VOICE_PORT, PUSH_PORT = 3, 4


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
