"""Where badges of different makers keep their button: BTHome, Minew, and layouts a district writes down for others."""

import msgspec

from watchbell.gateways.blebadge.advertising import Advertisement, read_bthome, read_minew

#: BTHome v2 button events: presses each stands for. From LONG on the button was held.
BTHOME_PRESSES = {0x01: 1, 0x02: 2, 0x03: 3, 0x04: 1, 0x05: 2, 0x06: 3, 0x80: 1}
LONG = 0x04


class Button(msgspec.Struct, frozen=True, kw_only=True):
    """A badge's button as an advertisement shows it.

    counter: rises by one with each press (or event) and begins again after `bits` bits; None where there is none.
    is_latched: the press is shown for some seconds; None where the badge does not say.
    presses: how many in a row so far, 0 where the badge does not say. step: presses that one event stands for.
    """

    counter: int | None
    bits: int = 16
    is_latched: bool | None = None
    presses: int = 0
    step: int = 1
    is_held: bool = False
    battery: int | None = None


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """Where another maker's badge keeps its button. Offsets count from the first byte of the service's or the
    maker's data.

    where: "service:<uuid>" or "maker:<company number in hex>". prefix: hex the data begins with.
    counter: (offset, bytes), latched: (offset, mask), presses and battery: offsets; -1 where there is none.
    """

    name: str
    where: str
    prefix: str = ""
    counter: tuple[int, int] = (-1, 1)
    is_big_endian: bool = True
    latched: tuple[int, int] = (-1, 0xFF)
    presses: int = -1
    battery: int = -1


def read_button(said: Advertisement, layouts: tuple[Layout, ...] = ()) -> Button | None:
    """The button in an advertisement; None for a device that shows none. Of several frames, the one that is pressed."""
    found = [
        button
        for one in (said, *(_alone(where, data) for where, data in said.others))
        if (button := _read_one(one, layouts)) is not None
    ]
    return next((button for button in found if button.is_latched), found[0] if found else None)


def _alone(where: str, data: bytes) -> Advertisement:
    kind, _, name = where.partition(":")
    return Advertisement(makers={int(name, 16): data}) if kind == "maker" else Advertisement(services={name: data})


def _read_one(said: Advertisement, layouts: tuple[Layout, ...]) -> Button | None:
    for layout in layouts:
        found = _read_layout(said, layout)
        if found is not None:
            return found
    return _read_bthome(said) or _read_minew(said)


def _read_bthome(said: Advertisement) -> Button | None:
    found = read_bthome(said)
    if found is None or not found.buttons:
        return None
    pressed = max(found.buttons)
    common = {"is_latched": pressed != 0, "is_held": pressed >= LONG, "battery": found.battery}
    if found.count is not None:
        value, bits = found.count
        return Button(counter=value, bits=bits, **common)  # type: ignore[arg-type]
    step = BTHOME_PRESSES.get(pressed, 1)
    return Button(counter=found.packet, bits=8, step=step, **common)  # type: ignore[arg-type]


def _read_minew(said: Advertisement) -> Button | None:
    found = read_minew(said)
    if found is None or found.kind != "button":
        return None
    return Button(counter=None, is_latched=found.status != 0, battery=found.battery)


def _read_layout(said: Advertisement, layout: Layout) -> Button | None:
    kind, _, name = layout.where.partition(":")
    try:
        body = said.makers.get(int(name, 16), b"") if kind == "maker" else said.services.get(name.lower(), b"")
        prefix = bytes.fromhex(layout.prefix)
    except ValueError:
        return None
    at, wide = layout.counter
    needed = max(
        len(prefix), at + wide if at >= 0 else 0, layout.latched[0] + 1, layout.presses + 1, layout.battery + 1
    )
    if not body or len(body) < needed or not body.startswith(prefix) or not 1 <= wide <= 8:
        return None
    order = "big" if layout.is_big_endian else "little"
    return Button(
        counter=int.from_bytes(body[at : at + wide], order) if at >= 0 else None, bits=8 * wide,  # type: ignore[arg-type]
        is_latched=bool(body[layout.latched[0]] & layout.latched[1]) if layout.latched[0] >= 0 else None,
        presses=body[layout.presses] if layout.presses >= 0 else 0,
        battery=min(body[layout.battery], 100) if layout.battery >= 0 else None,
    )  # fmt: skip
