"""Routes of the roll call."""

from django.urls import path

from watchbell.response.accountability import pages

app_name = "accountability"

urlpatterns = [
    path("check-in", pages.check_in_page, name="check_in_page"),
    path("check-in/lists", pages.lists_part, name="lists_part"),
    path("check-in/find", pages.find_part, name="find_part"),
    path("check-in/rooms/<uuid:place_id>", pages.room_list_part, name="room_list_part"),
    path("check-in/rooms/<uuid:place_id>/stand-in", pages.stand_in, name="stand_in"),
    path("incidents/<uuid:incident_id>/roll", pages.roll_page, name="roll_page"),
    path("incidents/<uuid:incident_id>/roll/print", pages.print_page, name="print_page"),
    path("incidents/<uuid:incident_id>/roll/answer", pages.answer_question, name="answer_question"),
    path("incidents/<uuid:incident_id>/roll/help", pages.help_part, name="help_part"),
    path("incidents/<uuid:incident_id>/roll/questions", pages.questions_part, name="questions_part"),
    path("incidents/<uuid:incident_id>/roll/progress", pages.progress_part, name="progress_part"),
    path("incidents/<uuid:incident_id>/roll/standings", pages.standings_part, name="standings_part"),
]
