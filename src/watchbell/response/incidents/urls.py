"""Routes of incidents."""

from django.urls import path

from watchbell.response.incidents import pages

app_name = "incidents"

urlpatterns = [
    path("incidents/", pages.incidents_page, name="incidents_page"),
    path("incidents/unintended", pages.unintended_page, name="unintended_page"),
    path("incidents/press/<str:press>", pages.press_page, name="press_page"),
    path("incidents/press/<str:press>/state", pages.press_state, name="press_state"),
    path("incidents/press/<str:press>/cancel", pages.cancel_press, name="cancel_press"),
    path("incidents/<uuid:incident_id>/cancel", pages.cancel_page, name="cancel_page"),
    path("incidents/<uuid:incident_id>/outcome", pages.outcome_page, name="outcome_page"),
    path("incidents/<uuid:incident_id>", pages.incident_page, name="incident_page"),
    path("incidents/<uuid:incident_id>/part/<slug:name>", pages.incident_part, name="incident_part"),
    path("incidents/<uuid:incident_id>/timeline", pages.timeline_part, name="timeline_part"),
    path("incidents/<uuid:incident_id>/log", pages.log_page, name="log_page"),
    path("incidents/<uuid:incident_id>/board", pages.board_page, name="board_page"),
    path("incidents/<uuid:incident_id>/steps/<uuid:step_id>/refuse", pages.refuse_step, name="refuse_step"),
    path("wall", pages.wall_page, name="wall_page"),
    path("incidents/<uuid:incident_id>/rooms", pages.rooms_page, name="rooms_page"),
    path("incidents/<uuid:incident_id>/rooms/<uuid:place_id>", pages.room_page, name="room_page"),
    path("incidents/<uuid:incident_id>/rooms/<uuid:place_id>/check-in", pages.check_in_room, name="check_in_room"),
    path("incidents/<uuid:incident_id>/note", pages.add_note, name="add_note"),
    path("incidents/<uuid:incident_id>/all-clear", pages.all_clear, name="all_clear"),
    path("incidents/<uuid:incident_id>/steps/<uuid:step_id>/approve", pages.approve_step, name="approve_step"),
    path("incidents/<uuid:incident_id>/board/<uuid:entry_id>/retry", pages.retry_endpoint, name="retry_endpoint"),
    path("incidents/<uuid:incident_id>/board/<uuid:entry_id>/close", pages.close_endpoint, name="close_endpoint"),
    path("incidents/<uuid:incident_id>/report", pages.report_page, name="report_page"),
    path("home/open", pages.open_part, name="open_part"),
    path("home/map", pages.map_part, name="map_part"),
    path("home/readiness", pages.readiness_part, name="readiness_part"),
    path("live-ticket", pages.live_ticket_part, name="live_ticket"),
]
