"""The verbs of pressing: presses recorded once, test sessions opened by two people and ended."""

from watchbell.field.panic.actions.presses import correct_place, record_press, record_refusal
from watchbell.field.panic.actions.sessions import (
    confirm_test_session,
    end_finished_sessions,
    end_test_session,
    note_session_word,
    propose_test_session,
)

__all__ = [
    "confirm_test_session",
    "correct_place",
    "end_finished_sessions",
    "end_test_session",
    "note_session_word",
    "propose_test_session",
    "record_press",
    "record_refusal",
]
