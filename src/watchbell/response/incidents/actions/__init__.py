"""The verbs of incidents: opened by presses, kept by receipts, steered by people, ended by the all-clear."""

from watchbell.response.incidents.actions.board import (
    audit_failed,
    audit_orders,
    take_acknowledgements,
    take_orders,
    take_receipts,
)
from watchbell.response.incidents.actions.cancelling import cancel_incident, is_presser, note_cancel, set_outcome
from watchbell.response.incidents.actions.clearing import close_endpoint, finish_if_over, give_all_clear, reset_late
from watchbell.response.incidents.actions.opening import correct_place, open_or_join
from watchbell.response.incidents.actions.people import add_note, check_in_room
from watchbell.response.incidents.actions.steps import approve_step, refuse_step, release_due_steps, retry_endpoint

__all__ = [
    "add_note",
    "approve_step",
    "audit_failed",
    "audit_orders",
    "cancel_incident",
    "check_in_room",
    "close_endpoint",
    "correct_place",
    "finish_if_over",
    "give_all_clear",
    "is_presser",
    "note_cancel",
    "open_or_join",
    "refuse_step",
    "release_due_steps",
    "reset_late",
    "retry_endpoint",
    "set_outcome",
    "take_acknowledgements",
    "take_orders",
    "take_receipts",
]
