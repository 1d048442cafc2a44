"""Which parts stand on the home page: filled by `wiring.py`, because the console imports no capability."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Tile:
    """A part on the home page: its route, the permission that shows it, the live topic it follows, its place."""

    route: str
    permission: str
    topic: str
    place: str = "main"


TILES: list[Tile] = []
