"""The one map: which announcement is answered by what, which job may be asked for by name."""

from watchbell.console import dashboard
from watchbell.console.dashboard import Tile
from watchbell.field.panic.events import PanicRaised
from watchbell.kernel.journal import Answer, wire_up
from watchbell.response.incidents import jobs as incident_jobs
from watchbell.response.incidents import reactions as incident_reactions

ANSWERS = [
    Answer(PanicRaised, incident_reactions.answer_press, is_urgent=True),
]

JOBS = {
    "incidents.send_orders": incident_jobs.send_orders,
    "incidents.send_step": incident_jobs.send_step,
    "incidents.end_drill": incident_jobs.end_drill,
}


#: The home page, from above to below.
TILES = [
    Tile("incidents:open_part", "incidents.view", "incidents:all"),
    Tile("incidents:map_part", "sites.view", "incidents:all"),
    Tile("panic:demo_part", "alarms.raise", "", "side"),
    Tile("incidents:readiness_part", "equipment.view", "", "side"),
]


def connect() -> None:
    """Hands the map to the kernel and the tiles to the console; every process with Django calls this once."""
    dashboard.TILES[:] = TILES
    wire_up(ANSWERS, JOBS)
