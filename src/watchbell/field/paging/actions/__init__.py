"""The verbs of paging: announcements, recordings, zone tests, bells, displays."""

from watchbell.field.paging.actions.announcing import (
    keep_announcement,
    make_announcement,
    stop_announcement,
    take_receipts,
    tidy_announcements,
)
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
    "claim_bell",
    "enrol_display",
    "forget_old_tests",
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
    "take_receipts",
    "take_test_receipts",
    "tidy_announcements",
]
