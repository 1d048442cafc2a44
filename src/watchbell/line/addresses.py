"""Telephone numbers and e-mail addresses as they are compared: total, "" for what is none."""

import re

_EMAIL = re.compile(r"[^@\s,;<>\"\x00]{1,64}@[^@\s,;<>\"\x00]+\.[^@\s,;<>\"\x00]{2,}")


def read_number(text: str, country: str = "1") -> str:
    """A telephone number as E.164, "" for what is none. Ten digits are one of the own country (North America: "1")."""
    digits = re.sub(r"[^\d+]", "", text.split("ext")[0].split("x")[0])
    if digits.startswith("+"):
        found = digits[1:].replace("+", "")
    elif digits.startswith("00"):
        found = digits[2:]
    else:
        found = digits.replace("+", "")
        found = country + found if len(found) == 10 and country == "1" else found
        if country == "1" and not (len(found) == 11 and found.startswith("1")):
            return ""
    return f"+{found}" if 7 <= len(found) <= 15 and not found.startswith("0") else ""


def masked(address: str) -> str:
    """An address or a number as it is shown to whoever need not know all of it; what is neither stays as it is."""
    name, at, host = address.strip().partition("@")
    if at:
        return f"{name[:1]}…{name[-1:]}@{host}"
    return f"… {address.strip()[-4:]}" if len(re.findall(r"\d", address)) >= 7 else address


def read_email(text: str) -> str:
    """An address as it is compared (lower case), "" for what is none."""
    text = text.strip().lower()
    return text if len(text) <= 254 and _EMAIL.fullmatch(text) else ""
