"""Incidents as their readers see them."""

from watchbell.response.incidents.queries.reading import (
    board_of,
    confirmations_of,
    incident_as_dict,
    incident_in_full,
    incident_of_press,
    incident_seen_by,
    incidents_seen_by,
    presses_of,
    report_numbers,
    roll_of,
    roll_summary,
    steps_of,
    timeline_of,
)
from watchbell.response.incidents.queries.showing import band_of, floors_of, signals_of, steps_shown, timeline_shown

__all__ = [
    "band_of",
    "board_of",
    "confirmations_of",
    "floors_of",
    "incident_as_dict",
    "incident_in_full",
    "incident_of_press",
    "incident_seen_by",
    "incidents_seen_by",
    "presses_of",
    "report_numbers",
    "roll_of",
    "roll_summary",
    "signals_of",
    "steps_of",
    "steps_shown",
    "timeline_of",
    "timeline_shown",
]
