"""A media list from a file and back: every line is read, what is wrong with one is said of it."""

import csv
import io
import re

from watchbell.communication.channels.facts import BodyText
from watchbell.communication.notices.facts import PublicNotice
from watchbell.communication.public.facts import MEDIA_COLUMNS, MediaRow, PublicDistrict
from watchbell.district.sites.facts import Fault

MOST_BYTES, MOST_LINES = 1_000_000, 5000
_EMAIL = re.compile(r"[^\s@<>()\",;:]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?\.[A-Za-z]{2,}")
_OTHER_NAMES = {"e-mail": "email", "mail": "email", "telephone": "phone", "tel": "phone", "outlet": "newsroom",
                "station": "newsroom", "organisation": "newsroom", "organization": "newsroom", "tag": "tags",
                "notes": "note", "contact": "name"}  # fmt: skip


def is_email(text: str) -> bool:
    return _EMAIL.fullmatch(text) is not None


def clean_phone(text: str) -> str:
    """A number in E.164, "" for none. Ten digits are North American. Raises ValueError for what is no number."""
    bare = re.sub(r"[\s().\-/]", "", text)
    if not bare:
        return ""
    if re.fullmatch(r"[0-9]{10}", bare, re.ASCII):
        return f"+1{bare}"
    bare = f"+{bare}" if re.fullmatch(r"1[0-9]{10}", bare, re.ASCII) else bare
    if not re.fullmatch(r"\+[1-9][0-9]{6,14}", bare, re.ASCII):
        raise ValueError(text)
    return bare


def find_fault(newsroom: str, email: str, phone: str) -> str:
    """What keeps a contact from being kept, or ""."""
    if not newsroom.strip():
        return "The newsroom's name is missing."
    if email and not is_email(email):
        return f"“{email[:60]}” is no e-mail address."
    try:
        number = clean_phone(phone)
    except ValueError:
        return f"“{phone[:40]}” is no telephone number. Write it as +15735550100."
    return "" if email or number else "An e-mail address or a telephone number is needed."


def split_tags(text: str) -> tuple[str, ...]:
    words = (re.sub(r"\s+", " ", one).strip().lower()[:30] for one in re.split(r"[,;|]", text))
    return tuple(dict.fromkeys(one for one in words if one))[:10]


def read_media(raw: bytes) -> tuple[list[MediaRow], list[Fault]]:
    """The rows of a CSV with a line of column names, and what is wrong with the others. Total."""
    if len(raw) > MOST_BYTES:
        return [], [Fault(1, "The file is larger than 1 MB.")]
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", "replace")
    text = text.replace("\x00", "")
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        return _read_rows(list(reader))
    except csv.Error as error:
        return [], [Fault(reader.line_num, f"This is no CSV: {error}.")]


def _read_rows(lines: list[list[str]]) -> tuple[list[MediaRow], list[Fault]]:
    names = [_OTHER_NAMES.get(one.strip().lower(), one.strip().lower()) for one in lines[0]] if lines else []
    if "newsroom" not in names:
        return [], [Fault(1, f"The first line names the columns: {', '.join(MEDIA_COLUMNS)}.")]
    rows, problems = [], []
    seen: dict[tuple[str, str], int] = {}
    for number, cells in enumerate(lines[1 : MOST_LINES + 1], 2):
        if not any(cell.strip() for cell in cells):
            continue
        told = dict.fromkeys(MEDIA_COLUMNS, "") | {
            name: cell.strip().removeprefix("'") for name, cell in zip(names, cells, strict=False)
        }
        fault = find_fault(told["newsroom"], told["email"], told["phone"])
        key = (told["newsroom"].lower(), told["email"].lower() or told["phone"])
        if not fault and key in seen:
            fault = f"The same as line {seen[key]}."
        if fault:
            problems.append(Fault(number, fault))
            continue
        seen[key] = number
        rows.append(
            MediaRow(
                number,
                told["name"][:120],
                told["newsroom"][:120],
                told["email"].lower(),
                clean_phone(told["phone"]),
                split_tags(told["tags"]),
                told["note"][:300],
            )
        )
    if len(lines) > MOST_LINES + 1:
        problems.append(Fault(MOST_LINES + 2, f"Lines after {MOST_LINES} were not read."))
    return rows, problems


_TOLD = {"sent": "", "corrected": "CORRECTION: ", "ended": "OVER: ", "stopped": ""}


def write_release(district: PublicDistrict, notice: PublicNotice, what: str, page: str, alert: str) -> BodyText:
    """What newsrooms are mailed: the words everybody may read, where they stay true, whom to ask.

    page: the notice's public page. alert: its CAP message, "" for everyday news. what: "sent", "corrected", "ended".
    """
    said = [{"corrected": notice.correction, "ended": notice.ended_because}.get(what, "")]
    where = f"Where: {', '.join(notice.sites)}" if notice.sites else "Where: the whole district"
    links = [f"This page is kept true; please link to it: {page}", *([f"CAP: {alert}"] if alert else [])]
    ask = [f"Questions: {district.contact}"] if district.contact else []
    parts = [*said, notice.short, notice.text if notice.text != notice.short else "", where, *links, *ask]
    words = "\n\n".join(part for part in parts if part)
    return BodyText(
        language=notice.language, subject=f"{_TOLD.get(what, '')}{notice.title} ({district.name})"[:200],
        text=f"{words}\n\n{district.name}", short=notice.short, spoken="",
    )  # fmt: skip
