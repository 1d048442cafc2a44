"""An issue's blocks: read from what is kept, put in order, judged before they are sent. Total for any value."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from watchbell.communication.newsletter.facts import BLOCKS, MOST_BLOCKS, MOST_LINE, MOST_TEXT, Block, Letter

_ID = re.compile(r"[a-z0-9]{1,16}")
_URL = re.compile(r"https?://[^\s<>\"'{}\\^`|\x00-\x20]{3,900}")
MOVES = ("up", "down", "remove")


def read_blocks(value: Any) -> tuple[Block, ...]:
    """Blocks from JSON; what is none is left out, what is too long is cut."""
    found: list[Block] = []
    for one in value if isinstance(value, list) else []:
        block = _read_block(one) if isinstance(one, dict) else None
        if block is not None and block.id not in {known.id for known in found}:
            found.append(block)
    return tuple(found[:MOST_BLOCKS])


def _read_block(row: dict[Any, Any]) -> Block | None:
    words = {
        name: str(row.get(name) or "").replace("\0", "") for name in ("id", "kind", "text", "picture", "alt", "url")
    }
    if words["kind"] not in BLOCKS or not _ID.fullmatch(words["id"]):
        return None
    most = MOST_TEXT if words["kind"] in ("paragraph", "list") else MOST_LINE
    text = words["text"].replace("\r\n", "\n").replace("\r", "\n")[:most]
    return Block(
        words["id"], words["kind"], text, words["picture"][:64], words["alt"].strip()[:MOST_LINE],
        words["url"].strip()[:900],
    )  # fmt: skip


def change_order(blocks: Sequence[Block], what: str, which: str) -> tuple[Block, ...]:
    """A block one place up or down, or taken out; unchanged where that cannot be."""
    rows = list(blocks)
    at = next((number for number, one in enumerate(rows) if one.id == which), None)
    if at is None or what not in MOVES:
        return tuple(rows)
    if what == "remove":
        del rows[at]
        return tuple(rows)
    to = at - 1 if what == "up" else at + 1
    if 0 <= to < len(rows):
        rows[at], rows[to] = rows[to], rows[at]
    return tuple(rows)


def add_block(blocks: Sequence[Block], kind: str) -> tuple[tuple[Block, ...], str]:
    """One more at the end, with an id nobody has; ("" and unchanged where no more may be)."""
    if kind not in BLOCKS or len(blocks) >= MOST_BLOCKS:
        return tuple(blocks), ""
    taken = {one.id for one in blocks}
    fresh = next(f"b{number}" for number in range(1, MOST_BLOCKS + 2) if f"b{number}" not in taken)
    return (*blocks, Block(fresh, kind)), fresh


def items_of(text: str) -> list[str]:
    """A list's items, one a line, without a hand-made bullet."""
    return [words for line in text.split("\n") if (words := re.sub(r"^\s*(?:[-*•]\s+)?", "", line).strip())]


def is_link(url: str) -> bool:
    """Whether a button may lead there: an address of the web, nothing that runs."""
    return bool(_URL.fullmatch(url))


def is_blank(block: Block) -> bool:
    """Nothing was put into it: it is left out of what people get."""
    if block.kind == "divider":
        return False
    return not block.picture if block.kind == "picture" else not block.text.strip()


def judge_letters(letters: Iterable[Letter]) -> list[str]:
    """What keeps an issue from being sent, in words for people."""
    faults: list[str] = []
    listed = list(letters)
    if not listed:
        return ["Nothing is written yet."]
    for one in listed:
        where = "" if len(listed) == 1 else f" ({one.language})"
        faults += [] if one.title.strip() else [f"Give it a title{where}."]
        words = [block for block in one.blocks if not is_blank(block) and block.kind != "divider"]
        faults += [] if words else [f"Write at least one paragraph{where}."]
        for number, block in enumerate(one.blocks, 1):
            faults += [f"{fault.rstrip('.')}{where}." for fault in judge_block(block, number)]
    return faults


def judge_block(block: Block, number: int) -> list[str]:
    """What is wrong with one block."""
    if block.kind == "picture" and block.picture and not block.alt:
        return [f"Say what the picture in block {number} shows, for who does not see it."]
    if block.kind == "picture" and not block.picture and (block.alt or block.text.strip()):
        return [f"Choose the picture of block {number}, or take the block out."]
    if block.kind == "button" and (block.text.strip() or block.url):
        faults = [] if block.text.strip() else [f"Block {number}: write on the button what it opens."]
        return faults + ([] if is_link(block.url) else [f"Block {number}: an address begins with https://."])
    return []
