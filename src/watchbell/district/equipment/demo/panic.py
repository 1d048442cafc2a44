"""One alarm panel to a site with three fixed panic buttons, and a badge for every member of staff."""

import random

from watchbell.district.equipment.demo.layout import Row, SiteLayout, Spot
from watchbell.district.people.queries import staff_holders
from watchbell.line import clock
from watchbell.line.ids import same_id

FIRST_ACCOUNT = 4100
BUTTONS = 3
#: Where buttons are fixed, first choice first, and what they raise.
PREFERRED = (
    ("Main office", "lockdown"),
    ("Reception", "lockdown"),
    ("Nurse", "medical"),
    ("Cafeteria", "lockdown"),
    ("Hall", "lockdown"),
    ("Bus yard", "staff_assist"),
    ("Office 102", "medical"),
)
KEY_DIGITS = {0: 0, 1: 32, 2: 64}


def add_panel(layout: SiteLayout) -> list[Row]:
    """The site's DC-09 panel (a third plain, a third AES-128, a third AES-256) and its buttons as zones."""
    account = str(FIRST_ACCOUNT + layout.number)
    digits = KEY_DIGITS[layout.number % 3]
    key = (same_id(layout.key, "aes", account) + same_id(layout.key, "aes more", account))[:digits]
    settings = {"account": account, "receiver": "", "supervision_seconds": 60}
    if layout.site.kind == "office":
        settings["fallback"] = True
    spots = layout.named("Main office", "Reception")[:1]
    rows = [
        layout.row(
            "alarm_panel",
            f"panel-{account}",
            f"Alarm panel, {layout.site.name}",
            *spots,
            gateway="siadc09",
            device=f"siadc09/{account}",
            secret=key,
            settings=settings,
        )
    ]
    kinds = dict(PREFERRED)
    for number, spot in enumerate(layout.named(*kinds)[:BUTTONS], 1):
        rows.append(_button_row(layout, account, number, spot, kinds[spot.name]))
    return rows


def _button_row(layout: SiteLayout, account: str, number: int, spot: Spot, kind: str) -> Row:
    zone = f"{number:03d}"
    return layout.row(
        "panic_button", f"button-{account}-{zone}", f"Panic button, {spot.name}, {layout.site.name}", spot,
        gateway="siadc09", device=f"siadc09/{account}/{int(zone)}",
        settings={"account": account, "zone": zone, "kind": kind},
    )  # fmt: skip


def badge_mac(number: int) -> str:
    """The address of the badge with this number."""
    return f"F0{number:010X}"


def add_badges(layouts: list[SiteLayout]) -> list[Row]:
    """A badge for every member of staff; a few have weak batteries or have not been heard for hours."""
    by_site = {layout.site.id: layout for layout in layouts}
    chance = random.Random(7)
    now = clock.now()
    rows = []
    for number, (person, site, room, name) in enumerate(staff_holders(), 1):
        layout = by_site.get(site) if site else None
        if layout is None:
            continue
        battery = chance.randint(34, 100) if number % 97 else chance.randint(3, 9)
        state, because = ("online", "") if battery > 9 else ("trouble", f"The battery is at {battery} %.")
        if number % 173 == 0:
            state, because = "silent", "Not heard since yesterday evening."
        mac = badge_mac(number)
        rows.append(
            layout.row(
                "badge",
                f"badge-{number:04d}",
                f"Badge of {name}",
                holder_id=person,
                place_id=room,
                gateway="blebadge",
                device=f"blebadge/{mac}",
                battery=battery,
                state=state,
                state_because=because,
                state_at=now,
                settings={"mac": mac, "hold_kind": "lockdown"},
            )
        )
    return rows
