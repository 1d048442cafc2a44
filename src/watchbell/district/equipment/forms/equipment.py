"""Input shapes of equipment: what each kind needs to be told, in the words of its gateway."""

import copy
import re
from dataclasses import dataclass
from typing import Any

from django import forms

from watchbell.district.equipment.facts import KINDS

ALARM_KINDS = (("lockdown", "Lockdown"), ("medical", "Medical"), ("staff_assist", "Staff assist"), ("fire", "Fire"),
               ("hold", "Hold"), ("secure", "Secure"), ("evacuate", "Evacuate"), ("shelter", "Shelter"))  # fmt: skip


def _number(label: str, least: int, most: int, initial: int | None = None, help_text: str = "") -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=least, max_value=most, initial=initial, help_text=help_text)


def _text(label: str, most: int, help_text: str = "", required: bool = True, initial: str = "") -> forms.CharField:
    return forms.CharField(label=label, max_length=most, help_text=help_text, required=required, initial=initial)


class AddressField(forms.CharField):
    """A device address as it is printed, with or without colons; kept as twelve capital hexadecimal digits."""

    def clean(self, value: Any) -> str:
        digits = re.sub(r"[:.\s-]", "", str(super().clean(value))).upper()
        if not re.fullmatch(r"[0-9A-F]{12}", digits):
            raise forms.ValidationError("A device address has twelve hexadecimal digits, like F0:00:00:00:00:01.")
        return digits


@dataclass(frozen=True)
class Shape:
    """What a kind of equipment is told. secret: its label, "" for none; device: how its gateway calls it."""

    gateway: str
    settings: dict[str, forms.Field]
    device: str = ""
    secret: str = ""
    secret_pattern: str = ""
    is_of_site: bool = True


#: Kinds that are not here have no gateway: they are only registered.
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
         "contact_input": _number("Input of the door contact", 0, 63, 0)},
        "{controller}-{address}", "Secure channel key (SCBK)", r"^$|^[0-9A-Fa-f]{32}$",
    ),
    "paging_zone": Shape(
        "rtppaging",
        {"group": forms.RegexField(r"^(22[4-9]|23[0-9])(\.[0-9]{1,3}){3}$", label="Multicast group",
                                   help_text="239.192.1.1"),
         "port": _number("Port", 1, 65535), "interface": _text("Own address towards the speakers", 45, "10.0.4.2"),
         "ttl": _number("Hops", 1, 32, 1)},
        "{group}-{port}",
    ),
    "dispatch_endpoint": Shape(
        "eido",
        {"url": forms.URLField(label="Where EIDOs go", assume_scheme="https"),
         "agency_id": _text("Agency's id", 120, "As NENA registers it: 911.example.gov"),
         "kind": forms.ChoiceField(label="It is", choices=[("psap", "A 911 centre"), ("police", "Police")])},
        "{agency_id}", "Bearer token", r"^\S*$", is_of_site=False,
    ),
    "voice_line": Shape(
        "voicecall",
        {"url": forms.URLField(label="Carrier's API", assume_scheme="https"),
         "to": forms.RegexField(r"^\+[1-9][0-9]{6,14}$", label="Number called", help_text="+15735550100"),
         "from": forms.RegexField(r"^\+[1-9][0-9]{6,14}$", label="Number shown"),
         "account_sid": _text("Account at the carrier", 64)},
        "{to}", "Token at the carrier", r"^\S*$", is_of_site=False,
    ),
}  # fmt: skip


class EquipmentForm(forms.Form):
    """One piece of equipment of `kind`; rooms, doors: choices of (id, name) at its site."""

    name = forms.CharField(label="Name", max_length=160)
    identifier = forms.CharField(label="Identifier", max_length=120, required=False, help_text="Serial or asset number")

    def __init__(self, kind: str, rooms: Any, doors: Any, *args: Any, is_new: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind, self.shape = kind, SHAPES.get(kind)
        if kind == "badge":
            self.fields["name"].help_text = "While somebody carries it, it is called after them"
        if rooms:
            self.fields["place"] = forms.ChoiceField(label="Room", choices=[("", "Not said"), *rooms], required=False)
        if doors and kind == "controlled_door":
            self.fields["door"] = forms.ChoiceField(label="Door on the plan", choices=[("", "None"), *doors],
                                                    required=False)  # fmt: skip
        if kind in ("dispatch_endpoint", "voice_line"):
            self.fields["is_test"] = forms.BooleanField(label="Takes drills and tests, never a real alarm",
                                                        required=False)  # fmt: skip
        if kind == "aed":
            self.fields["expires_on"] = forms.DateField(label="Pads expire on", required=False,
                                                        widget=forms.DateInput(attrs={"type": "date"}))  # fmt: skip
        for name, field in (self.shape.settings if self.shape else {}).items():
            self.fields[f"s-{name}"] = copy.deepcopy(field)
        if self.shape and self.shape.secret:
            self.fields["secret"] = forms.CharField(
                label=self.shape.secret, required=is_new and kind == "controlled_door", max_length=400,
                help_text="" if is_new else "Empty leaves it as it is; it is never shown",
                widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
            )  # fmt: skip

    def clean_secret(self) -> str:
        secret = str(self.cleaned_data["secret"])
        if self.shape and not re.match(self.shape.secret_pattern, secret):
            raise forms.ValidationError(f"That is no {self.shape.secret}: hexadecimal digits of the right length.")
        return secret

    def values(self) -> dict[str, Any]:
        """What the action is told; valid forms only."""
        data = {name: value for name, value in self.cleaned_data.items() if not name.startswith("s-")}
        settings = {name[2:]: value for name, value in self.cleaned_data.items() if name.startswith("s-")}
        values = {**data, "kind": self.kind, "settings": settings}
        if self.shape:
            told = {**settings, "zone": str(settings.get("zone", "")).lstrip("0") or "0"}
            values |= {"gateway": self.shape.gateway, "device": self.shape.device.format(**told)}
        return values


def kind_choices() -> list[tuple[str, str]]:
    """Kinds a person may add; screens and phones of the staff come with their site."""
    return [(kind, name) for kind, name in KINDS.items() if kind not in ("screen_group", "push_group")]
