"""What Vite built: the manifest, the icons and the small sprite, read once and again when they change."""

import json
import logging
import os
from functools import lru_cache
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)
DIST = Path(__file__).parent / "static" / "console" / "dist"
MANIFEST = str(DIST / "manifest.json")
WHERE = "console/dist/"


def stamp() -> float:
    """When the front end was last built, as Unix seconds; 0.0 when it has not been."""
    try:
        return os.stat(MANIFEST).st_mtime  # asked for every icon: no Path is built
    except OSError:
        return 0.0


@lru_cache(maxsize=2)
def read_manifest(_stamp: float) -> dict[str, Any]:
    """Vite's manifest; {} when the front end has not been built."""
    if not _stamp:
        log.error("The front end has not been built: run `npm ci && npm run build`.")
        return {}
    return json.loads((DIST / "manifest.json").read_text())


@lru_cache(maxsize=2)
def read_icons(_stamp: float) -> dict[str, str]:
    """Icon name → the inside of its SVG."""
    return json.loads((DIST / "icons.json").read_text()) if _stamp else {}


@lru_cache(maxsize=2)
def read_sprite(_stamp: float) -> str:
    """Symbols of the plan and the islands, for <use href="#i-name">."""
    return (DIST / "sprite.svg").read_text() if _stamp else ""


def entry_files(name: str) -> tuple[list[str], list[str]]:
    """(style sheets, scripts) of the entry `name`, as static paths."""
    entry = read_manifest(stamp()).get(name, {})
    return [WHERE + css for css in entry.get("css", [])], [WHERE + entry["file"]] if entry else []
