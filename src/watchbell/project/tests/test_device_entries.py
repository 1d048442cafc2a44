"""Configuration entries of badges, signs, strobes and I/O modules."""

from dataclasses import replace
from uuid import UUID

from watchbell.district.equipment.facts import EquipmentFacts
from watchbell.gateways.blebadge.book import read_book
from watchbell.gateways.modbus.codec import read_modules
from watchbell.gateways.mqttsign.service import read_entries
from watchbell.response.plans.rules import SHAPES
from watchbell.response.plans.rules.entries import Listed

SITE, ROOM = UUID(int=90), UUID(int=91)


def listed(number, kind, device, settings, secret="", session=None, place=ROOM, site=SITE):
    thing = EquipmentFacts(
        id=UUID(int=number), kind=kind, name=f"{kind} {number}", site=site, place=place, gateway="g", device=device,
        settings=settings, secret=secret, is_test=False, state="online",
    )  # fmt: skip
    return Listed("d", "fallback", thing, "Room 12", (), session)


def test_badges_gateways_and_the_broker_are_understood_by_their_gateway():
    entries, secrets = SHAPES["blebadge"]([
        listed(1, "mqtt_broker", "broker", {"host": "h", "port": 1, "ca": "pem"}, "pass", place=None, site=None),
        listed(2, "badge_gateway", "blebadge/AC233FC00001", {"mac": "AC233FC00001"}, "token"),
        listed(3, "badge", "blebadge/F00000000001", {"mac": "F00000000001", "hold_kind": "lockdown"},
               session=("test", 99.0)),
        replace(listed(4, "badge", "blebadge/F00000000002", {"mac": "F00000000002"}), by="u7"),
        listed(5, "badge", "blebadge/nonsense", {}),
    ])  # fmt: skip
    book, problems = read_book(entries, secrets)
    assert len(problems) == 1 and "badge 5" in problems[0]
    (broker,), (gateway,) = book.brokers.values(), book.gateways.values()
    assert (broker.host, broker.fallback, book.passwords[broker.endpoint]) == ("h", "fallback", "pass")
    assert (gateway.place, gateway.place_name, gateway.site) == (str(ROOM), "Room 12", str(SITE))
    assert book.tokens == {"token": gateway}
    first, second = book.badges.values()
    assert (first.by, second.by) == ("", "u7")
    assert (first.mode(50), first.mode(100), second.mode(50), first.hold_kind) == ("test", "real", "real", "lockdown")


def test_signs_and_strobes_are_understood_by_their_gateway():
    entries, secrets = SHAPES["mqttsign"]([
        listed(1, "mqtt_broker", "broker", {"host": "h", "port": 1}, "pass"),
        listed(2, "sign", "n-sign-1", {}, "own"), listed(3, "strobe", "n-strobe-1", {}),
    ])  # fmt: skip
    brokers, devices, problems = read_entries(entries)
    assert problems == [] and len(brokers) == 1 and list(secrets.values()) == ["pass"]
    assert [(one.device, one.kind) for one in devices.values()] == [("n-sign-1", "sign"), ("n-strobe-1", "strobe")]


def test_a_module_has_its_buttons_and_strobes():
    entries, _ = SHAPES["modbus"]([
        listed(1, "io_module", "modbus/n-io", {"module": "n-io", "host": "h", "port": 502, "unit": 1}),
        listed(2, "panic_button", "modbus/n-io/0", {"module": "n-io", "input": 0, "kind": "medical"},
               session=("drill", 9.0)),
        listed(3, "strobe", "modbus/n-io/c0", {"module": "n-io", "coils": [0]}),
        listed(4, "panic_button", "modbus/gone/0", {"module": "gone", "input": 0}),
    ])  # fmt: skip
    (module,), problems = read_modules(entries)
    (button,), (strobe,) = module.inputs, module.outputs
    assert problems == [] and (button.kind, button.place_name, button.mode(5)) == ("medical", "Room 12", "drill")
    assert strobe.coils == (0,) and module.device_of(button) == "modbus/n-io/0"
