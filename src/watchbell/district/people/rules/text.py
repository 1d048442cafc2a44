"""Splits CSV text as OneRoster wants it: RFC 4180 quoting, UTF-8, and no line break inside a field."""

from watchbell.district.people.facts import RosterFault

Rows = list[list[str]]


def split_csv(raw: bytes, file: str) -> tuple[Rows, RosterFault | None]:
    """The rows of a CSV file, or the first fault in it. A byte order mark is passed over."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        at = raw[: error.start].count(b"\n") + 1
        return [], RosterFault("csv.invalid_utf8", "The file is not UTF-8 text.", file, at)
    if "\0" in text:
        at = text[: text.index("\0")].count("\n") + 1
        return [], RosterFault("csv.invalid_character", "The file holds a NUL character.", file, at)
    lines = text.split("\n")
    if lines and lines[-1] == "":
        lines.pop()
        is_ended = True
    else:
        is_ended = False
    rows: Rows = []
    for number, line in enumerate(lines, 1):
        is_last = number == len(lines) and not is_ended
        cells, code = _split_line(line, is_last=is_last)
        if code:
            return [], RosterFault(code, SENTENCES[code], file, number)
        rows.append(cells)
    return rows, None


SENTENCES = {
    "csv.bare_carriage_return": "A carriage return stands without a line feed.",
    "csv.unescaped_quote": "A quotation mark stands inside a field that is not quoted.",
    "csv.unexpected_character_after_quote": "Something follows a closing quotation mark.",
    "csv.line_break_in_quoted_field": "A field goes on over the end of the line.",
    "csv.unclosed_quote": "A quotation mark is never closed.",
}


def _split_line(line: str, *, is_last: bool) -> tuple[list[str], str]:
    if line.endswith("\r"):
        if is_last:
            return [], "csv.bare_carriage_return"
        line = line[:-1]
    if '"' not in line:
        return ([], "csv.bare_carriage_return") if "\r" in line else (line.split(","), "")
    cells: list[str] = []
    at = 0
    while True:
        if line.startswith('"', at):
            cell, at, code = _read_quoted(line, at + 1, is_last)
        else:
            cell, at, code = _read_plain(line, at)
        if code:
            return [], code
        cells.append(cell)
        if at >= len(line):
            return cells, ""
        at += 1


def _read_plain(line: str, at: int) -> tuple[str, int, str]:
    end = line.find(",", at)
    end = len(line) if end < 0 else end
    cell = line[at:end]
    if '"' in cell:
        return "", end, "csv.unescaped_quote"
    return cell, end, "csv.bare_carriage_return" if "\r" in cell else ""


def _read_quoted(line: str, at: int, is_last: bool) -> tuple[str, int, str]:
    parts = []
    while True:
        end = line.find('"', at)
        if end < 0 or "\r" in line[at:end]:
            is_broken = "\r" in line[at:] or not is_last
            return "", len(line), "csv.line_break_in_quoted_field" if is_broken else "csv.unclosed_quote"
        parts.append(line[at:end])
        if line.startswith('"', end + 1):
            parts.append('"')
            at = end + 2
            continue
        if end + 1 < len(line) and line[end + 1] != ",":
            code = "csv.bare_carriage_return" if line[end + 1] == "\r" else "csv.unexpected_character_after_quote"
            return "", end, code
        return "".join(parts), end + 1, ""
