"""Input shape of one piece of equipment."""

import copy
import re
from typing import Any

from django import forms

from watchbell.district.equipment.forms.shapes import SECRET_LENGTH, SHAPES


class EquipmentForm(forms.Form):
    """One piece of equipment of `kind` (a key of SHAPES); rooms, doors: choices of (id, name) at its site."""

    name = forms.CharField(label="Name", max_length=160)
    identifier = forms.CharField(label="Identifier", max_length=120, required=False, help_text="Serial or asset number")

    def __init__(self, kind: str, rooms: Any, doors: Any, *args: Any, is_new: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind, self.shape = kind.partition("@")[0], SHAPES.get(kind)
        if kind == "badge":
            self.fields["name"].help_text = "While somebody carries it, it is called after them"
        if rooms:
            self.fields["place"] = forms.ChoiceField(label="Room", choices=[("", "Not said"), *rooms], required=False)
        if doors and kind == "controlled_door":
            self.fields["door"] = forms.ChoiceField(label="Door on the plan", choices=[("", "None"), *doors],
                                                    required=False)  # fmt: skip
        if self.kind in (
            "dispatch_endpoint",
            "voice_line",
            "cap_endpoint",
            "mail_relay",
            "text_carrier",
            "call_carrier",
            "sip_trunk",
            "push_service",
            "social_account",
        ):
            self.fields["is_test"] = forms.BooleanField(label="Takes drills and tests, never a real alarm",
                                                        required=False)  # fmt: skip
        if kind == "aed":
            self.fields["expires_on"] = forms.DateField(label="Pads expire on", required=False,
                                                        widget=forms.DateInput(attrs={"type": "date"}))  # fmt: skip
        for name, field in (self.shape.settings if self.shape else {}).items():
            self.fields[f"s-{name}"] = copy.deepcopy(field)
        if self.shape and self.shape.secret:
            is_long = self.shape.secret_length > SECRET_LENGTH
            self.fields["secret"] = forms.CharField(
                label=self.shape.secret, required=is_new and kind == "controlled_door",
                max_length=self.shape.secret_length,
                help_text=self.shape.secret_hint if is_new else
                f"{self.shape.secret_hint} Empty leaves it as it is; it is never shown".strip(),
                widget=forms.Textarea({"rows": 5, "autocomplete": "off", "spellcheck": "false"}) if is_long
                else forms.PasswordInput(attrs={"autocomplete": "off"}),
            )  # fmt: skip

    def clean_secret(self) -> str:
        secret = str(self.cleaned_data["secret"])
        if self.shape and not re.match(self.shape.secret_pattern, secret):
            is_key = "0-9A-F" in self.shape.secret_pattern
            fault = "hexadecimal digits of the right length." if is_key else "it has no spaces."
            raise forms.ValidationError(f"That is no {self.shape.secret}: {fault}")
        return secret

    def values(self) -> dict[str, Any]:
        """What the action is told; valid forms only."""
        data = {name: value for name, value in self.cleaned_data.items() if not name.startswith("s-")}
        settings = {name[2:]: value for name, value in self.cleaned_data.items() if name.startswith("s-")}
        values = {**data, "kind": self.kind, "settings": settings}
        if self.shape:
            told = {
                **settings, "zone": str(settings.get("zone", "")).lstrip("0") or "0",
                "first_coil": next(iter(settings.get("coils", ())), 0),
            }  # fmt: skip
            values |= {"gateway": self.shape.gateway, "device": self.shape.device.format(**told)}
            settings.pop("device", None)  # it is the row's own
        return values
