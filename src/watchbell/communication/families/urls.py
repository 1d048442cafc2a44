"""Routes of families."""

from django.urls import path

from watchbell.communication.families import pages

app_name = "families"
urlpatterns = [
    path("family/sign-in", pages.sign_in_page, name="sign_in_page"),
    path("family/sign-in/sent", pages.sent_page, name="sent_page"),
    path("family/sign-in/<str:ref>", pages.link_page, name="link_page"),
    path("family/sign-out", pages.sign_out, name="sign_out"),
    path("family/devices", pages.devices_page, name="devices_page"),
    path("family/devices/push", pages.keep_push, name="keep_push"),
    path("family/devices/push/stop", pages.drop_push, name="drop_push"),
    path("family/devices/end", pages.end_device, name="end_device"),
]
