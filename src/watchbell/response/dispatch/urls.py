"""Routes of dispatch."""

from django.urls import path

from watchbell.response.dispatch import pages

app_name = "dispatch"

urlpatterns = [
    path("d", pages.entrance_page, name="entrance_page"),
    path("d/<str:token>", pages.link_page, name="link_page"),
    path("dispatch", pages.incidents_page, name="incidents_page"),
    path("dispatch/<uuid:incident_id>", pages.dispatch_page, name="dispatch_page"),
    path("dispatch/<uuid:incident_id>/now", pages.now_part, name="now_part"),
    path("dispatch/<uuid:incident_id>/floors/<uuid:floor_id>", pages.floor_part, name="floor_part"),
    path("dispatch/<uuid:incident_id>/floors/<uuid:floor_id>/picture", pages.picture_page, name="picture_page"),
    path("dispatch/<uuid:incident_id>/ticket", pages.ticket_part, name="ticket_part"),
    path("dispatch/<uuid:incident_id>/acknowledge", pages.acknowledge, name="acknowledge"),
    path("dispatch/<uuid:incident_id>/units", pages.report_unit, name="report_unit"),
    path("dispatch/<uuid:incident_id>/messages", pages.send_message, name="send_message"),
    path("incidents/<uuid:incident_id>/dispatch", pages.school_part, name="school_part"),
    path("incidents/<uuid:incident_id>/dispatch/message", pages.school_message, name="school_message"),
    path("incidents/<uuid:incident_id>/dispatch/links", pages.make_link, name="make_link"),
    path("incidents/<uuid:incident_id>/dispatch/links/withdraw", pages.revoke_sent, name="revoke_sent"),
    path("dispatch/links/<uuid:link_id>/withdraw", pages.revoke_link, name="revoke_link"),
]
