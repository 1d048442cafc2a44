"""A recipient's own words in a text that many get."""

from collections.abc import Callable, Mapping


def fill(text: str, fields: Mapping[str, str], quote: Callable[[str], str] = str) -> str:
    """`text` with each `{{name}}` replaced by the recipient's field (quoted by `quote`), "" where there is none."""
    if "{{" not in text:
        return text
    head, *rest = text.split("{{")
    parts = [head]
    for piece in rest:
        name, closed, tail = piece.partition("}}")
        parts.append(quote(fields.get(name.strip(), "")) + tail if closed else "{{" + piece)
    return "".join(parts)
