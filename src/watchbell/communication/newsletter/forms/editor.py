"""What the editor's form says: a title, blocks in order, and what was asked of one of them."""

import re
from typing import Any, NamedTuple

from watchbell.communication.newsletter.facts import BLOCKS, Block
from watchbell.communication.newsletter.rules.blocks import add_block, change_order, read_blocks
from watchbell.line.numbers import read_whole

_WHAT = re.compile(r"(up|down|remove|add):([a-z0-9]{1,16})")


class Edited(NamedTuple):
    """at: the block the reader goes on with, "" for none. uploads: block → its file."""

    title: str
    blocks: tuple[Block, ...]
    version: int
    at: str
    uploads: dict[str, Any]


def read_editor(form: Any, files: Any) -> Edited:
    """Total: any form gives something that can be saved or refused."""
    rows = [
        {name: form.get(f"{name}_{ident}", "") for name in ("kind", "text", "picture", "alt", "url")} | {"id": ident}
        for ident in form.getlist("blocks")[:200]
    ]
    blocks, at = read_blocks(rows), ""
    found = _WHAT.fullmatch(form.get("what", ""))
    if found and found[1] == "add":
        blocks, at = add_block(blocks, found[2]) if found[2] in BLOCKS else (blocks, "")
    elif found:
        blocks, at = change_order(blocks, found[1], found[2]), found[2]
    version = form.get("version", "")
    uploads = {one.id: files[f"file_{one.id}"] for one in blocks if one.kind == "picture" and f"file_{one.id}" in files}
    return Edited(form.get("title", ""), blocks, read_whole(version) or 0, at,
                  uploads)  # fmt: skip
