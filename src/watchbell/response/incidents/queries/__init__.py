"""Incidents as their readers see them."""

from watchbell.response.incidents.queries.reading import (
    board_of,
    board_row,
    confirmations_of,
    incident_as_dict,
    incident_in_full,
    incident_of_press,
    incident_on_at,
    incident_seen_by,
    incidents_seen_by,
    presses_of,
    report_numbers,
    roll_of,
    roll_summary,
    room_words,
    steps_of,
    timeline_of,
)
from watchbell.response.incidents.queries.showing import band_of, floors_of, signals_of, steps_shown, timeline_shown
from watchbell.response.incidents.queries.wall import equipment_on_wall, incidents_on_wall, wall_roll

__all__ = [
    "band_of",
    "board_of",
    "board_row",
    "confirmations_of",
    "equipment_on_wall",
    "floors_of",
    "incident_as_dict",
    "incident_in_full",
    "incident_of_press",
    "incident_on_at",
    "incident_seen_by",
    "incidents_on_wall",
    "incidents_seen_by",
    "presses_of",
    "report_numbers",
    "roll_of",
    "roll_summary",
    "room_words",
    "signals_of",
    "steps_of",
    "steps_shown",
    "timeline_of",
    "timeline_shown",
    "wall_roll",
]
