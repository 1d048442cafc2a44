"""A drawing's style sheet and style attributes, made into presentation attributes (SVG 1.1 §6): no style is left."""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

PROPERTIES = frozenset(
    {
        "fill", "fill-opacity", "fill-rule", "stroke", "stroke-width", "stroke-opacity", "stroke-linecap",
        "stroke-linejoin", "stroke-dasharray", "stroke-dashoffset", "stroke-miterlimit", "opacity", "font-size",
        "font-family", "font-weight", "font-style", "text-anchor", "dominant-baseline", "stop-color", "stop-opacity",
        "clip-path", "clip-rule", "mask", "visibility", "display", "letter-spacing",
    }
)  # fmt: skip
MOST_RULES, MOST_LETTERS = 1000, 500_000
_BRACE = re.compile(r"[{}]")
#: A selector of one element: its name, its classes, its id. Others (of nesting, of attributes) are passed over.
_SELECTOR = re.compile(r"(\*|[A-Za-z][\w-]*)?((?:\.[\w-]+)*)(#[\w-]+)?", re.ASCII)

#: (how special, place in the sheet, classes, element's name, declarations)
Rule = tuple[tuple[int, int, int], int, frozenset[str], str, dict[str, str]]


def _without_comments(text: str) -> str:
    pieces, at = [], 0
    while (begins := text.find("/*", at)) >= 0:
        pieces.append(text[at:begins])
        ends = text.find("*/", begins + 2)
        at = len(text) if ends < 0 else ends + 2
    return " ".join([*pieces, text[at:]])


def read_declarations(text: str) -> dict[str, str]:
    """The known properties of `fill:none;stroke:#000`; the last of one name counts."""
    found: dict[str, str] = {}
    for declaration in _without_comments(text).split(";"):
        name, colon, value = declaration.partition(":")
        name = name.strip().lower()
        if colon and name in PROPERTIES:
            plain, mark, rest = value.rpartition("!")
            value = (plain if mark and rest.strip().lower() == "important" else value).strip()
            found |= {name: value} if value else {}
    return found


def _blocks(sheet: str) -> Iterator[tuple[str, str]]:
    """(selectors, declarations) of each rule; what begins with @ (print, fonts, imports) is passed over whole."""
    at = 0
    while (opened := sheet.find("{", at)) >= 0:
        selectors = sheet[at:opened].rpartition(";")[2].strip()
        at, depth = opened + 1, 1
        while depth and (brace := _BRACE.search(sheet, at)):
            at, depth = brace.end(), depth + (1 if brace[0] == "{" else -1)
        if depth:
            return
        if not selectors.startswith("@"):
            yield selectors, sheet[opened + 1 : at - 1]


class Sheet:
    """The rules of a drawing's style elements."""

    def __init__(self, texts: list[str]) -> None:
        self._by_key: dict[str, list[Rule]] = {}
        self._known: dict[tuple[str, str, str], dict[str, str]] = {}
        sheet = _without_comments("\n".join(texts)[:MOST_LETTERS])
        for number, (selectors, block) in enumerate(_blocks(sheet)):
            if number >= MOST_RULES:
                break
            declarations = read_declarations(block)
            for selector in selectors.split(",")[:MOST_RULES] if declarations else ():
                self._keep(selector.strip(), number, declarations)

    def _keep(self, selector: str, number: int, declarations: dict[str, str]) -> None:
        found = _SELECTOR.fullmatch(selector)
        if not selector or found is None:
            return
        name, classes, id = found[1] or "*", [one for one in found[2].split(".") if one], (found[3] or "")[1:]
        # Each rule is looked for under one key only, and each kind of element once.
        key = f"#{id}" if id else f".{classes[0]}" if classes else name
        weight = (bool(id), len(classes), name != "*")
        self._by_key.setdefault(key, []).append((weight, number, frozenset(classes), name, declarations))

    def style_of(self, name: str, element: Element) -> dict[str, str]:
        """What the sheet says of an element of that name; what is more special, then later, counts."""
        if not self._by_key:
            return {}
        classes, id = element.get("class", ""), f"#{element.get('id', '')}"
        kind = (name, classes, id if id in self._by_key else "")
        if kind not in self._known:
            keys = ["*", name, *(f".{one}" for one in dict.fromkeys(classes.split())), kind[2]]
            rules = [rule for key in keys for rule in self._by_key.get(key, ())]
            fits = [rule for rule in rules if rule[2] <= set(classes.split()) and rule[3] in ("*", name)]
            found: dict[str, str] = {}
            for rule in sorted(fits, key=lambda one: one[:2]):
                found |= rule[4]
            self._known[kind] = found
        return self._known[kind]


def spread_style(name: str, element: Element, sheet: Sheet) -> None:
    """Makes attributes of an element's style, which goes before the attributes it has."""
    for wanted, value in (sheet.style_of(name, element) | read_declarations(element.attrib.pop("style", ""))).items():
        element.set(wanted, value)
