"""A site with a panel and two buttons, and presses, for tests."""

from typing import Any

from watchbell.district.equipment.actions import load_equipment
from watchbell.district.sites.tests.builders import SITE, build_site, room_of
from watchbell.line.ids import same_uuid
from watchbell.wire.press import PanicPressed

PANEL, OFFICE, GYM = (same_uuid("test", name) for name in ("panel", "office button", "gym button"))


def build_buttons() -> None:
    """Account 5678 at SITE with the buttons of zones 1 and 2."""
    build_site()
    common = {"site_id": SITE, "gateway": "siadc09"}
    load_equipment([
        common | {"id": PANEL, "kind": "alarm_panel", "name": "Panel", "device": "siadc09/5678",
                  "settings": {"account": "5678"}},
        common | {"id": OFFICE, "kind": "panic_button", "name": "Office button", "device": "siadc09/5678/1",
                  "settings": {"account": "5678", "zone": "1"}},
        common | {"id": GYM, "kind": "panic_button", "name": "Gym button", "device": "siadc09/5678/2",
                  "settings": {"account": "5678", "zone": "2"}},
    ])  # fmt: skip


def pressed(district: Any, press: str = "p1", **more: Any) -> PanicPressed:
    """A press of the office button as its gateway tells it."""
    words: dict[str, Any] = {
        "id": press, "district": str(district.id), "site": str(SITE), "kind": "lockdown", "mode": "real",
        "device": "siadc09/5678/1", "gateway": "siadc09", "received_at": 1_800_000_000.0, "place": str(room_of()),
        "place_name": "Room 101",
    }  # fmt: skip
    return PanicPressed(**{**words, **more})
