"""Pages of paging."""

from watchbell.field.paging.pages.announcing import (
    announce,
    announce_page,
    announcement_page,
    history_page,
    keep,
    on_air_part,
    preview,
    prompt_sound,
    stop,
    stop_everything,
)
from watchbell.field.paging.pages.calling import call_form_part, call_page, call_part, call_to_record
from watchbell.field.paging.pages.displays import (
    displays_page,
    enrol_display,
    revoke_display,
    screen_page,
    screen_ticket,
)
from watchbell.field.paging.pages.library import (
    add_recording,
    note_listened,
    recording_sound,
    recordings_page,
    restore_recording,
    retire_recording,
)
from watchbell.field.paging.pages.zones import (
    set_bells,
    set_test_plan,
    settings_page,
    test_zones,
    tests_page,
    zones_page,
)

__all__ = [
    "add_recording", "announce", "announce_page", "announcement_page", "call_form_part", "call_page", "call_part",
    "call_to_record", "displays_page", "enrol_display", "history_page", "keep", "note_listened", "on_air_part",
    "preview", "prompt_sound", "recording_sound", "recordings_page", "restore_recording", "retire_recording",
    "revoke_display", "screen_page", "screen_ticket", "set_bells", "set_test_plan", "settings_page", "stop",
    "stop_everything",
    "test_zones", "tests_page", "zones_page",
]  # fmt: skip
