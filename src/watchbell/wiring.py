"""The one map: which announcement is answered by what, which job may be asked for by name."""

from watchbell.console import dashboard
from watchbell.console.dashboard import Tile
from watchbell.district.equipment.events import EquipmentChanged
from watchbell.district.people.events import RosterImported
from watchbell.district.sites.events import PlanChanged
from watchbell.field.panic.events import PanicRaised, TestSessionChanged
from watchbell.kernel import jobs as slow_jobs
from watchbell.kernel import tidy
from watchbell.kernel.jobs import Periodic
from watchbell.kernel.journal import Answer, wire_up
from watchbell.prevention.drills import reactions as drill_reactions
from watchbell.response.incidents import jobs as incident_jobs
from watchbell.response.incidents import reactions as incident_reactions
from watchbell.response.incidents.events import IncidentClosed
from watchbell.response.plans import jobs as plan_jobs
from watchbell.response.plans import reactions as plan_reactions
from watchbell.response.plans.events import PlanWritten
from watchbell.response.review import reactions as review_reactions

ANSWERS = [
    Answer(PanicRaised, incident_reactions.answer_press, is_urgent=True),
    Answer(IncidentClosed, drill_reactions.answer_closed),
    Answer(IncidentClosed, review_reactions.answer_closed),
    Answer(PlanWritten, plan_reactions.answer_plan),
    Answer(PlanChanged, plan_reactions.answer_places),
    Answer(EquipmentChanged, plan_reactions.answer_equipment),
    Answer(RosterImported, plan_reactions.answer_roster),
    Answer(TestSessionChanged, plan_reactions.answer_test_session),
]

JOBS = {
    "incidents.send_orders": incident_jobs.send_orders,
    "incidents.send_step": incident_jobs.send_step,
    "incidents.end_drill": incident_jobs.end_drill,
    "plans.publish_snapshots": plan_jobs.publish_snapshots,
}

#: Slow work, retried and in its turn, by the name `ask_slowly` gives.
SLOW_JOBS = {
    "kernel.forget_carried_out": tidy.forget_carried_out,
}

#: What comes round, in every district (UTC).
PERIODIC = [
    Periodic("kernel.forget_carried_out", "17 8 * * *"),
]

#: The home page, from above to below.
TILES = [
    Tile("panic:sessions_part", "alarms.raise", "sessions:all"),
    Tile("incidents:open_part", "incidents.view", "incidents:all"),
    Tile("review:hot_wash_part", "review.note", "incidents:all"),
    Tile("incidents:map_part", "sites.view", "incidents:all"),
    Tile("panic:demo_part", "alarms.raise", "", "side"),
    Tile("plans:ready_part", "equipment.view", "equipment:all", "side"),
    Tile("drills:due_part", "drills.view", "incidents:all", "side"),
    Tile("review:due_part", "review.view", "incidents:all", "side"),
    Tile("equipment:mine_part", "equipment.view", "equipment:all", "side"),
    Tile("incidents:readiness_part", "equipment.view", "", "side"),
]


def connect() -> None:
    """Hands the map to the kernel and the tiles to the console; every process with Django calls this once."""
    dashboard.TILES[:] = TILES
    wire_up(ANSWERS, JOBS)
    slow_jobs.wire_up(SLOW_JOBS, PERIODIC)
