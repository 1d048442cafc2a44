"""Which parts stand on the home page and on an incident's: filled by `wiring.py`, because the console imports no
capability."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Tile:
    """A part on a page: its route, the permission that shows it, the live topic it follows, its place.

    On an incident's page the route takes the incident's id, and the topic is the incident's own.
    """

    route: str
    permission: str
    topic: str
    place: str = "main"


TILES: list[Tile] = []
INCIDENT_TILES: list[Tile] = []
