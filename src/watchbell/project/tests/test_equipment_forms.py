"""What people type about equipment is understood by the gateway it is for."""

from uuid import UUID

import pytest

from watchbell.district.equipment.facts import EquipmentFacts
from watchbell.district.equipment.forms import SHAPES, EquipmentForm, kind_choices, way_of
from watchbell.gateways.blebadge.book import read_book as read_badges
from watchbell.gateways.held.directory import read_entries as read_held
from watchbell.gateways.modbus.codec import read_modules
from watchbell.gateways.mqttsign.service import read_entries as read_signs
from watchbell.gateways.pbx.feeds import read_entries as read_feeds
from watchbell.gateways.sip.agent import Agent
from watchbell.gateways.sip.book import read_entries as read_lines
from watchbell.gateways.sip.media import Pump
from watchbell.gateways.siptrunk.trunk import Trunk
from watchbell.gateways.sms.smpp import read_terms
from watchbell.gateways.smtp.service import Relay, split_secret
from watchbell.gateways.twilio import account_url
from watchbell.response.plans.rules import SHAPES as ENTRIES
from watchbell.response.plans.rules.entries import Listed

SITE, ROOM = UUID(int=90), UUID(int=91)
SIP = {"host": "10.0.0.9", "port": "5060", "transport": "tcp"}
BROKER = {"host": "broker.lan", "port": "8883", "username": "watchbell", "tls": "on", "ca": ""}
TYPED = {
    "badge_gateway": {"mac": "AC:23:3F:C0:00:01", "way": "http"},
    "mqtt_broker@blebadge": {**BROKER, "uplink": "/gw/+/status", "state": "/gw/+/state", "downlink": "/gw/{mac}/a"},
    "mqtt_broker@mqttsign": {**BROKER, "prefix": "signs"},
    "sign": {"device": "hall-1"},
    "strobe": {"device": "gym-1"},
    "io_module": {"module": "io-1", "host": "10.0.0.8", "port": "502", "unit": "1", "poll_ms": "150"},
    "panic_button@modbus": {"module": "io-1", "input": "3", "style": "supervised", "kind": "medical"},
    "strobe@modbus": {"module": "io-1", "coils": "4, 5"},
    "pbx": {**SIP, "device": "pbx", "user": "watchbell", "codes": "*57 lockdown\n*58 Staff assist\n"},
    "sip_speaker": {**SIP, "device": "gym", "user": "7011", "ring_seconds": "8"},
    "sip_group": {"device": "all", "pbx": "pbx", "user": "*7101", "ring_seconds": "8"},
    "call_feed": {**SIP, "device": "calls", "watch": "911 933"},
    "location_server": {"device": "lis", "clients": "10.0.0.0/8, 192.168.0.0/16"},
    "text_carrier": {"style": "rest", "url": "https://api.carrier.example", "account_sid": "AC1",
                     "from": "+15735550199", "priority": "2", "per_second": "25", "lanes": "4",
                     "connections": "8", "plain": "on"},
    "text_carrier@smpp": {"style": "smpp", "host": "smsc.example", "port": "2775", "system_id": "district",
                          "from": "12345", "priority": "1", "per_second": "30", "lanes": "4", "window": "20",
                          "alphabet": "gsm", "plain": "on"},
    "call_carrier": {"url": "https://api.carrier.example", "account_sid": "AC1", "from": "+15735550199",
                     "priority": "1", "per_second": "40", "lanes": "4", "at_once": "1600"},
    "sip_trunk": {**SIP, "user": "district", "domain": "trunk.example", "from": "+15735550199", "register": "on",
                  "plus": "on", "priority": "2", "per_second": "10", "lanes": "20", "at_once": "60"},
    "cap_endpoint": {"device": "county", "url": "https://cap.example/in", "sender": "us@example", "same": "029159",
                     "profile": "ipaws", "languages": "en-US, es-US"},
    "mail_relay": {"host": "smtp.example", "port": "587", "security": "starttls", "username": "us",
                   "from_address": "alerts@cedar.example", "from_name": "Cedar Valley", "ca": "", "priority": "1",
                   "bounce_domain": "mail.cedar.example", "dkim_domain": "cedar.example", "dkim_selector": "wb",
                   "per_second": "50", "lanes": "2", "connections": "4"},
}  # fmt: skip


def fill(key: str, typed: dict[str, str], initial: dict | None = None) -> EquipmentForm:
    data = {"name": f"Thing {key}", "secret": "word"} | {f"s-{name}": text for name, text in typed.items()}
    return EquipmentForm(key, [], [], data, initial=initial or {})


def listed(number: int, key: str) -> Listed:
    form = fill(key, TYPED[key])
    assert form.is_valid(), (key, form.errors)
    values = form.values()
    shape = SHAPES[key]
    thing = EquipmentFacts(
        id=UUID(int=number), kind=values["kind"], name=values["name"], site=SITE if shape.is_of_site else None,
        place=ROOM, gateway=values["gateway"], device=values["device"], settings=values["settings"],
        secret=values.get("secret", ""), is_test=False, state="unknown",
    )  # fmt: skip
    return Listed("d", str(SITE), thing, "Room 12")


ALL = [listed(number, key) for number, key in enumerate(TYPED, 1)]


def entries_of(gateway: str) -> tuple[list, dict]:
    kinds = {"sip": ("pbx", "sip_speaker", "sip_group"), "pbx": ("call_feed",), "held": ("location_server",)}
    return ENTRIES[gateway]([
        one for one in ALL if (one.thing.kind in kinds[gateway] if gateway in kinds else one.thing.gateway == gateway)
    ])  # fmt: skip


def test_every_kind_a_gateway_speaks_with_can_be_added():
    offered = dict(kind_choices())
    assert set(SHAPES) <= set(offered) and len(set(offered.values())) == len(offered)
    assert all(words for words in offered.values())


def test_badges_and_signs():
    book, problems = read_badges(*entries_of("blebadge"))
    (broker,), (gateway,) = book.brokers.values(), book.gateways.values()
    assert problems == [] and (broker.host, broker.tls, broker.downlink) == ("broker.lan", True, "/gw/{mac}/a")
    assert (gateway.mac, gateway.place_name) == ("AC233FC00001", "Room 12") and "word" in book.tokens
    brokers, devices, problems = read_signs(entries_of("mqttsign")[0])
    assert problems == [] and len(brokers) == 1
    assert {(one.device, one.kind) for one in devices.values()} == {("hall-1", "sign"), ("gym-1", "strobe")}


def test_io_modules():
    (module,), problems = read_modules(entries_of("modbus")[0])
    (button,), (strobe,) = module.inputs, module.outputs
    assert problems == [] and (module.host, module.device) == ("10.0.0.8", "modbus/io-1")
    assert (button.input, button.style, button.kind, button.closed_is_pressed) == (3, "supervised", "medical", False)
    assert strobe.coils == (4, 5) and module.device_of(strobe) == "modbus/io-1/c4"


def test_telephones():
    book = read_lines(*entries_of("sip"))
    (system,) = book.systems
    assert book.problems == [] and len(book.lines) == 2 and system.password == "word"
    assert system.codes == {"*57": "lockdown", "*58": "staff_assist"} and system.hop.transport == "TCP"
    feeds, held = read_feeds(*entries_of("pbx")), read_held(*entries_of("held"))
    assert feeds.problems == [] and feeds.by_device["calls"].watch == ("911", "933") and held.problems == []


def test_the_public_alert_feed():
    entries, secrets = entries_of("cap")
    (entry,) = entries
    assert (entry["same"], entry["languages"], entry["profile"]) == (["029159"], ["en-US", "es-US"], "ipaws")
    assert list(secrets.values()) == ["word"]


def test_the_mail_relay():
    (entry,), secrets = entries_of("smtp")
    relay = Relay(entry, *secrets.values(), 1.0)
    assert relay.fault == "" and relay.pool.most == 4 and relay.pool.door.password == "word"
    assert relay.origin.address == "alerts@cedar.example" and relay.pool.door.context is not None
    pem = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"
    typed = fill("mail_relay", TYPED["mail_relay"]).data | {"secret": f"pw\r\n{pem}"}
    form = EquipmentForm("mail_relay", [], [], typed)
    assert form.is_valid() and split_secret(form.values()["secret"]) == ("pw", pem + "\n")
    assert split_secret(pem) == ("", pem + "\n") and split_secret("") == ("", "")


def test_carriers_of_texts_and_calls():
    entries, secrets = entries_of("sms")
    by_style = {entry["style"]: entry for entry in entries}
    terms = read_terms(by_style["smpp"], next(iter(secrets.values())))
    assert (terms.host, terms.port, terms.system_id, terms.window, terms.password) == (
        "smsc.example", 2775, "district", 20, "word",
    )  # fmt: skip
    assert account_url(by_style["rest"], ".json") == "https://api.carrier.example/2010-04-01/Accounts/AC1.json"
    assert (by_style["smpp"]["per_second"], by_style["smpp"]["priority"], len(secrets)) == (30, 1, 2)
    (entry,), _ = entries_of("voicecall")
    assert (entry["kind"], entry["at_once"], entry["per_second"]) == ("call_carrier", 1600, 40)


def test_the_trunk():
    (entry,), secrets = entries_of("siptrunk")
    trunk = Trunk(entry, *secrets.values(), Agent(), Pump())
    assert (trunk.domain, trunk.caller, trunk.is_registering) == ("trunk.example", "+15735550199", True)
    assert trunk.credentials is not None and trunk.credentials.password == "word"


@pytest.mark.parametrize("key", TYPED)
def test_what_is_kept_can_be_shown_and_saved_again(key):
    first = fill(key, TYPED[key])
    assert first.is_valid()
    values = first.values()
    known = {f"s-{name}": value for name, value in values["settings"].items()} | {"s-device": values["device"]}
    shown = EquipmentForm(
        way_of(values["kind"], values["gateway"], values["settings"]), [], [], initial=known, is_new=False
    )
    again = {
        name: "on" if (value := shown[name].value()) is True else value
        for name in shown.fields if name.startswith("s-") and shown[name].value() not in (None, False)
    }  # fmt: skip
    form = EquipmentForm(key, [], [], {"name": "Thing", **again}, is_new=False)
    assert form.is_valid() and form.values()["settings"] == values["settings"], form.errors
    assert form.values()["device"] == values["device"]


@pytest.mark.parametrize(
    ("key", "wrong"),
    [("strobe@modbus", {"coils": "one"}), ("pbx", {"codes": "lockdown *57"}), ("sign", {"device": "a/b"}),
     ("mqtt_broker@mqttsign", {"port": "0"}), ("cap_endpoint", {"url": "nowhere"}),
     ("mail_relay", {"from_address": "nobody"}), ("mail_relay", {"bounce_domain": "a b"})],
)  # fmt: skip
def test_what_cannot_be_is_refused(key, wrong):
    assert not fill(key, TYPED[key] | wrong).is_valid()
