"""Routes of incident command."""

from django.urls import path

from watchbell.response.command import pages

app_name = "command"

urlpatterns = [
    path("incidents/<uuid:incident_id>/command", pages.command_page, name="command_page"),
    path("incidents/<uuid:incident_id>/command/part", pages.command_part, name="command_part"),
    path("incidents/<uuid:incident_id>/command/take", pages.take, name="take"),
    path("incidents/<uuid:incident_id>/command/offer", pages.offer, name="offer"),
    path("command/offers/<uuid:offer_id>", pages.sign_page, name="sign_page"),
    path("command/offers/<uuid:offer_id>/withdraw", pages.withdraw, name="withdraw"),
    path("incidents/<uuid:incident_id>/command/post", pages.choose_post, name="choose_post"),
    path("incidents/<uuid:incident_id>/command/positions", pages.assign, name="assign"),
    path("incidents/<uuid:incident_id>/command/positions/<str:position>/end", pages.relieve, name="relieve"),
    path("incidents/<uuid:incident_id>/command/objectives", pages.add_objective, name="add_objective"),
    path("command/objectives/<uuid:objective_id>/done", pages.finish_objective, name="finish_objective"),
    path("incidents/<uuid:incident_id>/command/release", pages.release, name="release"),
    path("incidents/<uuid:incident_id>/ics-201", pages.briefing_page, name="briefing_page"),
    path("incidents/<uuid:incident_id>/ics-201.pdf", pages.briefing_pdf, name="briefing_pdf"),
    path("incidents/<uuid:incident_id>/care", pages.care_page, name="care_page"),
]
