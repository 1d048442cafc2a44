"""An organisation's card with its telephone numbers (vCard 3.0, RFC 2426; read by whatever reads RFC 6350): pure.

3.0 is what the contacts of iPhone and Android take by a touch; 4.0 they read in part. Lines end with CR LF and are
folded at 75 octets, never within a letter.
"""

import base64
from collections.abc import Sequence
from datetime import datetime

FOLDED = 75


def _escaped(text: str) -> str:
    plain = text.replace("\\", "\\\\").replace(",", "\\,").replace(";", "\\;")
    return plain.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")


def _folded(line: str) -> str:
    """RFC 2426 §2.6: longer lines go on after CR LF and a space."""
    parts, part, size, most = [], "", 0, FOLDED
    for one in line:
        octets = len(one.encode("utf-8", "replace"))
        if size + octets > most:
            parts.append(part)
            part, size, most = "", 0, FOLDED - 1
        part, size = part + one, size + octets
    return "\r\n ".join([*parts, part])


def build_card(
    uid: str,
    name: str,
    organisation: str,
    numbers: Sequence[str],
    note: str,
    changed_at: datetime,
    picture: bytes = b"",
) -> str:
    """uid: lasting, so that a phone may know the card again. numbers: E.164 or short codes. picture: PNG, b"" none."""
    lines = [
        "BEGIN:VCARD", "VERSION:3.0", "PRODID:-//Watchbell//Alert card//EN", f"UID:{_escaped(uid)}",
        f"FN:{_escaped(name)}", f"N:{_escaped(name)};;;;", f"ORG:{_escaped(organisation)}",
        *(f"TEL;TYPE={'WORK,VOICE,CELL' if one.startswith('+') else 'WORK,CELL'}:{_escaped(one)}" for one in numbers),
        f"NOTE:{_escaped(note)}", "X-ABSHOWAS:COMPANY", f"REV:{changed_at:%Y-%m-%dT%H:%M:%SZ}",
    ]  # fmt: skip
    if picture:
        lines.append(f"PHOTO;ENCODING=b;TYPE=PNG:{base64.b64encode(picture).decode()}")
    return "".join(f"{_folded(line)}\r\n" for line in [*lines, "END:VCARD"])
