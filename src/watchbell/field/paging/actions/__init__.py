"""The verbs of paging: announcements, recordings, zone tests, bells, displays."""

from watchbell.field.paging.actions.announcing import (
    keep_announcement,
    make_announcement,
    stop_announcement,
    stop_everything,
    take_receipts,
    tidy_announcements,
)
from watchbell.field.paging.actions.calling import call_to_record, give_up_call, take_recorded, tidy_calls
from watchbell.field.paging.actions.displays import enrol_display, note_display_seen, revoke_display
from watchbell.field.paging.actions.recordings import add_recording, note_listened, restore_recording, retire_recording
from watchbell.field.paging.actions.testing import (
    claim_bell,
    forget_old_tests,
    set_bells,
    set_test_plan,
    start_nightly_test,
    start_test,
    take_test_receipts,
)

__all__ = [
    "add_recording",
    "call_to_record",
    "claim_bell",
    "enrol_display",
    "forget_old_tests",
    "give_up_call",
    "keep_announcement",
    "make_announcement",
    "note_display_seen",
    "note_listened",
    "restore_recording",
    "retire_recording",
    "revoke_display",
    "set_bells",
    "set_test_plan",
    "start_nightly_test",
    "start_test",
    "stop_announcement",
    "stop_everything",
    "take_receipts",
    "take_recorded",
    "take_test_receipts",
    "tidy_announcements",
    "tidy_calls",
]
