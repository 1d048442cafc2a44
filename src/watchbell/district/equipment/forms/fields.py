"""Fields of equipment that Django does not have: addresses, lists, codes."""

import re
from typing import Any
from urllib.parse import urlsplit

from django import forms

from watchbell.wire.press import KINDS


class AddressField(forms.CharField):
    """A device address as it is printed, with or without colons; kept as twelve capital hexadecimal digits."""

    def clean(self, value: Any) -> str:
        digits = re.sub(r"[:.\s-]", "", str(super().clean(value))).upper()
        if not re.fullmatch(r"[0-9A-F]{12}", digits):
            raise forms.ValidationError("A device address has twelve hexadecimal digits, like F0:00:00:00:00:01.")
        return digits


class StreamField(forms.CharField):
    """Where a camera's stream is. A user and a password in it are refused: addresses are shown, secrets are not."""

    def clean(self, value: Any) -> str:
        url = str(super().clean(value)).strip()
        try:
            parts = urlsplit(url)
            is_right = parts.scheme == "rtsp" and bool(parts.hostname) and (parts.port or 1) > 0
        except ValueError:
            is_right = False
        if url and (not is_right or re.search(r"\s", url)):
            raise forms.ValidationError("An address like rtsp://10.0.4.20:554/stream2.")
        if url and "@" in parts.netloc:
            raise forms.ValidationError("Put the user and the password into their own fields.")
        return url


class ListField(forms.CharField):
    """Words with commas or spaces between; kept as a list."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(map(str, value)) if isinstance(value, list | tuple) else value

    def clean(self, value: Any) -> list[str]:
        return [word for word in re.split(r"[,;\s]+", str(super().clean(self.prepare_value(value)))) if word]


class NumbersField(ListField):
    """Whole numbers from 0; kept as a list."""

    def clean(self, value: Any) -> list[int]:  # type: ignore[override]
        words = super().clean(value)
        if not words or not all(re.fullmatch(r"[0-9]{1,5}", word) for word in words):
            raise forms.ValidationError("Whole numbers, with commas between.")
        return [int(word) for word in words]


class CodesField(forms.CharField):
    """One code a line with the kind of alarm it raises; kept as {code: kind}."""

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(f"{code} {kind}" for code, kind in value.items()) if isinstance(value, dict) else value

    def clean(self, value: Any) -> dict[str, str]:
        found = {}
        for line in str(super().clean(self.prepare_value(value))).splitlines():
            if not line.strip():
                continue
            code, _, kind = line.strip().partition(" ")
            kind = kind.strip().lower().replace(" ", "_")
            if not re.fullmatch(r"[0-9*#]{1,12}", code) or kind not in KINDS:
                raise forms.ValidationError(f"“{line.strip()}” is not a code and a kind, like *57 lockdown.")
            found[code] = kind
        return found
