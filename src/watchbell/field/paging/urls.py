"""Routes of announcing."""

from django.urls import path

from watchbell.field.paging import pages

app_name = "paging"

urlpatterns = [
    path("announce", pages.announce_page, name="announce_page"),
    path("announce/send", pages.announce, name="announce"),
    path("announce/preview", pages.preview, name="preview"),
    path("announce/prompts/<slug:kind>/<slug:language>", pages.prompt_sound, name="prompt_sound"),
    path("announce/on-air", pages.on_air_part, name="on_air_part"),
    path("announce/history", pages.history_page, name="history_page"),
    path("announce/<uuid:announcement_id>", pages.announcement_page, name="announcement_page"),
    path("announce/<uuid:announcement_id>/keep", pages.keep, name="keep"),
    path("announce/<uuid:announcement_id>/stop", pages.stop, name="stop"),
    path("announce/stop-everything", pages.stop_everything, name="stop_everything"),
    path("announce/recordings", pages.recordings_page, name="recordings_page"),
    path("announce/recordings/add", pages.add_recording, name="add_recording"),
    path("announce/recordings/call", pages.call_to_record, name="call_to_record"),
    path("announce/recordings/call/form", pages.call_form_part, name="call_form_part"),
    path("announce/recordings/call/<uuid:recording_call_id>", pages.call_page, name="call_page"),
    path("announce/recordings/call/<uuid:recording_call_id>/state", pages.call_part, name="call_part"),
    path("announce/recordings/<uuid:recording_id>/sound", pages.recording_sound, name="recording_sound"),
    path("announce/recordings/<uuid:recording_id>/listened", pages.note_listened, name="note_listened"),
    path("announce/recordings/<uuid:recording_id>/retire", pages.retire_recording, name="retire_recording"),
    path("announce/recordings/<uuid:recording_id>/restore", pages.restore_recording, name="restore_recording"),
    path("announce/zones", pages.zones_page, name="zones_page"),
    path("announce/zones/test", pages.test_zones, name="test_zones"),
    path("announce/zones/tests", pages.tests_page, name="tests_page"),
    path("announce/settings", pages.settings_page, name="settings_page"),
    path("announce/settings/tests", pages.set_test_plan, name="set_test_plan"),
    path("announce/settings/bells/<uuid:site_id>", pages.set_bells, name="set_bells"),
    path("announce/screens", pages.displays_page, name="displays_page"),
    path("announce/screens/enrol", pages.enrol_display, name="enrol_display"),
    path("announce/screens/<uuid:display_id>/revoke", pages.revoke_display, name="revoke_display"),
    path("screen/<str:token>", pages.screen_page, name="screen_page"),
    path("screen/<str:token>/ticket", pages.screen_ticket, name="screen_ticket"),
]
