"""What each kind of equipment needs to be told, in the words of its gateway."""

from dataclasses import dataclass
from typing import Any

from django import forms

from watchbell.district.equipment.facts import KINDS
from watchbell.district.equipment.forms.fields import AddressField, CodesField, ListField, NumbersField, StreamField

ALARM_KINDS = (("lockdown", "Lockdown"), ("medical", "Medical"), ("staff_assist", "Staff assist"), ("fire", "Fire"),
               ("hold", "Hold"), ("secure", "Secure"), ("evacuate", "Evacuate"), ("shelter", "Shelter"))  # fmt: skip


def _number(label: str, least: int, most: int, initial: int | None = None, help_text: str = "") -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=least, max_value=most, initial=initial, help_text=help_text)


def _text(label: str, most: int, help_text: str = "", required: bool = True, initial: str = "") -> forms.CharField:
    return forms.CharField(label=label, max_length=most, help_text=help_text, required=required, initial=initial)


SECRET_LENGTH = 400


@dataclass(frozen=True)
class Shape:
    """What a kind of equipment is told. secret: its label, "" for none; device: how its gateway calls it."""

    gateway: str
    settings: dict[str, forms.Field]
    device: str = ""
    secret: str = ""
    secret_pattern: str = ""
    secret_length: int = SECRET_LENGTH
    secret_hint: str = ""
    is_of_site: bool = True


def _name(label: str, help_text: str = "", initial: str = "") -> forms.RegexField:
    return forms.RegexField(r"^[A-Za-z0-9._-]{1,40}$", label=label, help_text=help_text, initial=initial,
                            error_messages={"invalid": "Letters, digits, dots and dashes only."})  # fmt: skip


def _domain(label: str, help_text: str) -> forms.RegexField:
    return forms.RegexField(r"^[A-Za-z0-9]([A-Za-z0-9._-]{0,250}[A-Za-z0-9])?$", label=label, help_text=help_text,
                            required=False, error_messages={"invalid": "Letters, digits, dots and dashes only."})  # fmt: skip # noqa: E501


BROKER = {
    "host": _text("Address of the broker", 120), "port": _number("Port", 1, 65535, 8883),
    "username": _text("User there", 120), "tls": forms.BooleanField(label="TLS", required=False, initial=True),
    "ca": forms.CharField(label="Authority that signs its certificate", required=False, max_length=20_000,
                          widget=forms.Textarea({"rows": 3}), help_text="PEM; empty: those this machine trusts"),
}  # fmt: skip
RELAY_HINT = "The password in the first line (nothing where there is none), the private key (PEM) below it."
#: What every carrier of messages to people is told.
SIP = {
    "host": _text("Address", 120),
    "port": _number("Port", 1, 65535, 5060),
    "transport": forms.ChoiceField(label="Transport", choices=[("udp", "UDP"), ("tcp", "TCP")]),
}
#: What every carrier of messages to families has.
CARRIER = {
    "priority": _number("Asked in which order", 1, 9, 1, "1 first; the next takes over when it fails or slows"),
    "per_second": _number("At most a second", 0, 2000, 0, "As the contract says; 0: no limit. Texts count by parts"),
    "lanes": _number("Batches at once", 1, 20, 4),
}
TEXTS = {
    **CARRIER,
    "from": forms.RegexField(r"^(\+[1-9][0-9]{6,14}|[0-9]{3,6}|MG[0-9a-f]{32}|[A-Za-z][A-Za-z0-9 ]{0,10})$",
                             label="Sender", help_text="+15735550199, a short code, or a messaging service"),
    "plain": forms.BooleanField(label="Make quotes and dashes plain where that makes it shorter", required=False,
                                initial=True),
}  # fmt: skip
#: By kind, by kind@style where one gateway speaks in several, or by kind@gateway where one kind is spoken with in
#: several ways. Kinds that are not here have no gateway: they are only registered.
SHAPES = {
    "alarm_panel": Shape(
        "siadc09",
        {"account": forms.RegexField(r"^[0-9A-Fa-f]{3,16}$", label="Account number"),
         "receiver": _text("Receiver number", 6, required=False), "line": _text("Line number", 6, required=False),
         "supervision_seconds": _number("Silent after seconds", 0, 86400, 60, "0: not supervised")},
        "siadc09/{account}", "AES key", r"^$|^([0-9A-Fa-f]{32}|[0-9A-Fa-f]{48}|[0-9A-Fa-f]{64})$",
    ),
    "panic_button": Shape(
        "siadc09",
        {"account": forms.RegexField(r"^[0-9A-Fa-f]{3,16}$", label="Account of its panel"),
         "zone": forms.RegexField(r"^U?[0-9]{1,4}$", label="Zone", help_text="001, or U3 for user 3"),
         "kind": forms.ChoiceField(label="It raises", choices=ALARM_KINDS)},
        "siadc09/{account}/{zone}",
    ),
    "badge": Shape(
        "blebadge",
        {"mac": AddressField(label="Device address", max_length=20, help_text="Printed on it: F0:00:00:00:00:01"),
         "hold_kind": forms.ChoiceField(label="Holding its button raises", required=False,
                                        choices=[("", "Nothing"), *ALARM_KINDS])},
        "blebadge/{mac}",
    ),
    "controlled_door": Shape(
        "osdp",
        {"controller": _text("Controller", 40, "Doors of one controller share its bus"),
         "host": _text("Address of the controller", 120), "port": _number("Port", 1, 65535),
         "address": _number("Address on the bus", 0, 126),
         "lock_output": _number("Output of the lock", 0, 63, 0),
         "lock_on": forms.ChoiceField(label="The output is on when", choices=[("locked", "Locked"),
                                                                              ("unlocked", "Unlocked")]),
         "contact_input": _number("Input of the door contact", 0, 63, 0),
         "normal": forms.ChoiceField(label="After an alarm", required=False,
                                     choices=[("", "As it was before"), ("locked", "Locked"),
                                              ("unlocked", "Unlocked")])},
        "{controller}-{address}", "Secure channel key (SCBK)", r"^$|^[0-9A-Fa-f]{32}$",
    ),
    "paging_zone": Shape(
        "rtppaging",
        {"group": forms.RegexField(r"^(22[4-9]|23[0-9])(\.[0-9]{1,3}){3}$", label="Multicast group",
                                   help_text="239.192.1.1"),
         "port": _number("Port", 1, 65535), "interface": _text("Own address towards the speakers", 45, "10.0.4.2"),
         "ttl": _number("Hops", 1, 32, 1),
         "volume": forms.IntegerField(label="Volume of announcements and bells, per cent", min_value=5, max_value=100,
                                      initial=100, required=False, help_text="Alarms always have all of it")},
        "{group}-{port}",
    ),
    "camera": Shape(
        "recorder",
        {"device": _name("Short name"),
         "live": StreamField(label="Address of its sub stream", required=False, max_length=400,
                             help_text="H.264, as small as will do: rtsp://10.0.4.20:554/stream2"),
         "username": _text("User there", 80, "Empty where it asks for none", required=False),
         "is_live": forms.BooleanField(label="May be looked at live", required=False, initial=True,
                                       help_text="Restrooms, changing rooms and the health room never are"),
         "view": _text("What it sees", 80, "Towards the main entrance", required=False)},
        "{device}", "Password there", r"^.*$",
    ),
    "dispatch_endpoint": Shape(
        "eido",
        {"url": forms.URLField(label="Where EIDOs go", assume_scheme="https"),
         "agency_id": _text("Agency's id", 120, "As NENA registers it: 911.example.gov"),
         "kind": forms.ChoiceField(label="It is", choices=[("psap", "A 911 centre"), ("police", "Police")])},
        "{agency_id}", "Bearer token", r"^\S*$", is_of_site=False,
    ),
    "push_service": Shape(
        "webpush",
        {"priority": _number("Asked in this order", 1, 99, 1),
         "per_second": _number("At most a second", 0, 100_000, 0, "0: no limit"),
         "lanes": _number("Batches at once", 1, 20, 2)},
        "families", is_of_site=False,
    ),
    "voice_line": Shape(
        "voicecall",
        {"url": forms.URLField(label="Carrier's API", assume_scheme="https"),
         "to": forms.RegexField(r"^\+[1-9][0-9]{6,14}$", label="Number called", help_text="+15735550100"),
         "from": forms.RegexField(r"^\+[1-9][0-9]{6,14}$", label="Number shown"),
         "account_sid": _text("Account at the carrier", 64)},
        "{to}", "Token at the carrier", r"^\S*$", is_of_site=False,
    ),
    "call_carrier": Shape(
        "voicecall",
        {"url": forms.URLField(label="Carrier's API", assume_scheme="https"),
         "account_sid": _text("Account at the carrier", 64),
         "from": forms.RegexField(r"^\+[1-9][0-9]{6,14}$", label="Number shown", help_text="+15735550199"),
         **CARRIER, "at_once": _number("Calls at once", 1, 5000, 500, "As many as the contract allows")},
        "{account_sid}", "Token at the carrier", r"^\S*$", is_of_site=False,
    ),
    "sip_trunk": Shape(
        "siptrunk",
        {**SIP, "user": _text("Account there", 80, "Empty where it knows us by our address", required=False),
         "domain": _domain("Domain of its numbers", "What stands behind the @; empty: its address"),
         "from": forms.RegexField(r"^\+[1-9][0-9]{6,14}$", label="Number shown", help_text="+15735550199"),
         "register": forms.BooleanField(label="Registers there", required=False),
         "plus": forms.BooleanField(label="Numbers begin with a plus", required=False, initial=True),
         **CARRIER, "lanes": _number("Batches at once", 1, 20, 4, "60 calls each; one for every 40 calls at once"),
         "at_once": _number("Calls at once", 1, 5000, 100, "As many channels as the contract has")},
        "{host}:{port}", "Password there", r"^.*$", is_of_site=False,
    ),
    "text_carrier": Shape(
        "sms",
        {"style": forms.ChoiceField(label="Spoken with by", choices=[("rest", "API like Twilio's")]),
         "url": forms.URLField(label="Carrier's API", assume_scheme="https"),
         "account_sid": _text("Account at the carrier", 64), **TEXTS,
         "connections": _number("Connections at once", 1, 64, 8)},
        "{account_sid}", "Token at the carrier", r"^\S*$", is_of_site=False,
    ),
    "text_carrier@smpp": Shape(
        "sms",
        {"style": forms.ChoiceField(label="Spoken with by", choices=[("smpp", "SMPP 3.4")]),
         "host": _text("Address", 120), "port": _number("Port", 1, 65535, 2775),
         "system_id": _text("System id", 15), "system_type": _text("System type", 12, required=False),
         "tls": forms.BooleanField(label="TLS", required=False), **TEXTS,
         "window": _number("Messages that may wait for their answer", 1, 1000, 50),
         "alphabet": forms.ChoiceField(label="Its usual alphabet", choices=[("gsm", "GSM 03.38"),
                                                                            ("latin1", "Latin-1")])},
        "{system_id}@{host}:{port}", "Password there", r"^\S*$", is_of_site=False,
    ),
    "panic_button@modbus": Shape(
        "modbus",
        {"module": _name("I/O module", "The short name of the module it hangs on"),
         "input": _number("Input", 0, 65535, 0),
         "style": forms.ChoiceField(label="Wired as", choices=[("contact", "Dry contact"), ("supervised",
                                    "Supervised loop with resistors: a cut wire is told")]),
         "closed_is_pressed": forms.BooleanField(label="Closed means pressed", required=False, initial=True),
         "kind": forms.ChoiceField(label="It raises", choices=ALARM_KINDS)},
        "modbus/{module}/{input}",
    ),
    "io_module": Shape(
        "modbus",
        {"module": _name("Short name", "Buttons and strobes on it name it"),
         "host": _text("Address", 120), "port": _number("Port", 1, 65535, 502), "unit": _number("Unit", 0, 247, 1),
         "poll_ms": _number("Looks every milliseconds", 50, 5000, 150)},
        "modbus/{module}",
    ),
    "strobe": Shape("mqttsign", {"device": _name("Name in its topics")}, "{device}"),
    "strobe@modbus": Shape(
        "modbus",
        {"module": _name("I/O module", "The short name of the module it hangs on"),
         "coils": NumbersField(label="Coils", help_text="One, or several with commas between: 0, 1")},
        "modbus/{module}/c{first_coil}",
    ),
    "sign": Shape("mqttsign", {"device": _name("Name in its topics")}, "{device}"),
    "badge_gateway": Shape(
        "blebadge",
        {"mac": AddressField(label="Device address", max_length=20, help_text="Printed on it: AC:23:3F:C0:00:01"),
         "way": forms.ChoiceField(label="It reports by", choices=[("mqtt", "MQTT"), ("http", "HTTP")])},
        "blebadge/{mac}", "Token it reports with over HTTP", r"^\S*$",
    ),
    "mqtt_broker@blebadge": Shape(
        "blebadge",
        {**BROKER, "uplink": _text("Topic of what badges say", 120, "+ stands for the gateway", initial="/gw/+/status"),
         "state": _text("Topic of the gateways' state", 120, initial="/gw/+/state"),
         "downlink": _text("Topic to a gateway", 120, "{mac} stands for its address", initial="/gw/{mac}/action")},
        "broker/{host}:{port}", "Password there", r"^.*$", is_of_site=False,
    ),
    "mqtt_broker@mqttsign": Shape(
        "mqttsign", {**BROKER, "prefix": _name("First word of the topics", initial="signs")},
        "broker/{host}:{port}", "Password there", r"^.*$", is_of_site=False,
    ),
    "sip_speaker": Shape(
        "sip",
        {"device": _name("Short name"), **SIP, "user": _name("Number or user part", "What is called: 7011"),
         "ring_seconds": _number("Rings at most seconds", 1, 60, 8)},
        "{device}", "Password, where it asks for one", r"^.*$",
    ),
    "sip_group": Shape(
        "sip",
        {"device": _name("Short name"), "pbx": _name("Telephone system", "Its short name"),
         "user": forms.RegexField(r"^[A-Za-z0-9*#+._-]{1,40}$", label="Number of the page group", help_text="*7101"),
         "ring_seconds": _number("Rings at most seconds", 1, 60, 8)},
        "{device}",
    ),
    "pbx": Shape(
        "sip",
        {"device": _name("Short name"), **SIP, "user": _name("Account there", initial="watchbell"),
         "register": forms.BooleanField(label="Registers as a telephone", required=False, initial=True),
         "codes": CodesField(label="Codes that raise an alarm", required=False, widget=forms.Textarea({"rows": 3}),
                             help_text="One a line: *57 lockdown")},
        "{device}", "Password there", r"^.*$", is_of_site=False,
    ),
    "call_feed": Shape(
        "pbx",
        {"device": _name("Short name"), **SIP,
         "watch": ListField(label="Numbers that are watched", initial=["911", "933"],
                            help_text="With commas between; 933 is the test number")},
        "{device}", "Token of its webhook", r"^\S*$", is_of_site=False,
    ),
    "location_server": Shape(
        "held",
        {"device": _name("Short name"),
         "clients": ListField(label="Networks that may ask", help_text="10.0.0.0/8, with commas between")},
        "{device}", "Token", r"^\S*$", is_of_site=False,
    ),
    "mail_relay": Shape(
        "smtp",
        {"host": _text("Address of the relay", 120), "port": _number("Port", 1, 65535, 587),
         "security": forms.ChoiceField(
             label="Connection", help_text="“In the open” works to this machine or a private network only",
             choices=[("starttls", "STARTTLS"), ("tls", "TLS from the start"), ("none", "In the open")]),
         "username": _text("User there", 200, "Empty where it asks for none", required=False),
         "from_address": forms.EmailField(label="Sender's address", max_length=200),
         "from_name": _text("Sender's name", 120, "What families see: Cedar Valley Schools", required=False),
         "bounce_domain": _domain("Domain of bounces and answers", "Its mails must come to this system's port 9714; "
                                  "empty: answers go to the address of each notice"),
         "dkim_domain": _domain("DKIM domain", "The sender's domain, or the one above it"),
         "dkim_selector": _domain("DKIM selector", "watchbell, for watchbell._domainkey"),
         "ca": forms.CharField(label="Authority that signs its certificate", required=False, max_length=20_000,
                               widget=forms.Textarea({"rows": 3}), help_text="PEM; empty: those this machine trusts"),
         **CARRIER, "connections": _number("Connections at once", 1, 20, 4)},
        "{from_address}", "Password and DKIM key", r"(?s).*$", is_of_site=False, secret_length=8000,
        secret_hint=RELAY_HINT,
    ),
    "social_account": Shape(
        "social",
        {"network": forms.ChoiceField(label="Network", choices=[("facebook", "Facebook Page"), ("x", "X")]),
         "account": _text("Page or account id", 40, "The number the network gave it"),
         "url": forms.URLField(label="Network's API", assume_scheme="https", initial="https://graph.facebook.com/v23.0",
                               help_text="Facebook: https://graph.facebook.com/v23.0, X: https://api.x.com"),
         **CARRIER},
        "{network}-{account}", "Access token", r"^\S*$", is_of_site=False,
    ),
    "cap_endpoint": Shape(
        "cap",
        {"device": _name("Short name"), "url": forms.URLField(label="Where alerts go", assume_scheme="https"),
         "sender": _text("Sender", 120, "As the county knows us: watchbell@district.example"),
         "same": ListField(label="SAME codes", required=False, help_text="Six digits each, with commas between"),
         "profile": forms.ChoiceField(label="Profile", required=False, choices=[("", "CAP 1.2"), ("ipaws", "IPAWS")]),
         "languages": ListField(label="Languages", initial=["en-US", "es-US"])},
        "{device}", "Bearer token", r"^\S*$", is_of_site=False,
    ),
}  # fmt: skip
#: How the ways of one kind are told apart.
WAYS = {
    "call_carrier": "Carrier of calls with an API", "sip_trunk": "Carrier of calls through a SIP trunk",
    "panic_button": "Panic button on an alarm panel", "panic_button@modbus": "Panic button on an I/O module",
    "strobe": "Strobe on MQTT", "strobe@modbus": "Strobe on an I/O module",
    "text_carrier": "Carrier of text messages with an API", "text_carrier@smpp": "Carrier of text messages over SMPP",
    "mqtt_broker@blebadge": "MQTT broker of badges", "mqtt_broker@mqttsign": "MQTT broker of signs and strobes",
}  # fmt: skip


def way_of(kind: str, gateway: str, settings: dict[str, Any] | None = None) -> str:
    """The key in SHAPES of a piece of equipment that is there."""
    styled = f"{kind}@{(settings or {}).get('style')}"
    if styled in SHAPES:
        return styled
    return f"{kind}@{gateway}" if f"{kind}@{gateway}" in SHAPES else kind


def kind_choices() -> list[tuple[str, str]]:
    """(key, words) of what a person may add; screens and phones of the staff come with their site."""
    others = [kind for kind in KINDS if kind not in ("screen_group", "push_group", "mqtt_broker")]
    keys = {*others, *SHAPES}
    return sorted(((key, WAYS.get(key) or KINDS[key.partition("@")[0]]) for key in keys), key=lambda pair: pair[1])
