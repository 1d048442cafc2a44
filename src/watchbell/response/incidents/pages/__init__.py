"""Pages of incidents: the list, one incident, its board, its roll call, the home page's parts, the wall."""

from watchbell.response.incidents.pages.answering import (
    cancel_page,
    cancel_press,
    outcome_page,
    press_state,
    unintended_page,
)
from watchbell.response.incidents.pages.board import board_page, close_endpoint, log_page
from watchbell.response.incidents.pages.home import live_ticket_part, map_part, open_part, readiness_part, wall_page
from watchbell.response.incidents.pages.listing import incidents_page, report_page
from watchbell.response.incidents.pages.one import (
    add_note,
    all_clear,
    approve_step,
    incident_page,
    incident_part,
    press_page,
    refuse_step,
    retry_endpoint,
    timeline_part,
)
from watchbell.response.incidents.pages.rooms import check_in_room, room_page, rooms_page

__all__ = [
    "add_note",
    "all_clear",
    "approve_step",
    "board_page",
    "cancel_page",
    "cancel_press",
    "check_in_room",
    "close_endpoint",
    "incident_page",
    "incident_part",
    "incidents_page",
    "live_ticket_part",
    "log_page",
    "map_part",
    "open_part",
    "outcome_page",
    "press_page",
    "press_state",
    "readiness_part",
    "refuse_step",
    "report_page",
    "retry_endpoint",
    "room_page",
    "rooms_page",
    "timeline_part",
    "unintended_page",
    "wall_page",
]
