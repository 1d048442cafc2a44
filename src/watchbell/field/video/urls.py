"""Routes of cameras."""

from django.urls import path

from watchbell.field.video import pages

app_name = "video"

urlpatterns = [
    path("cameras", pages.cameras_page, name="cameras_page"),
    path("cameras/wall", pages.wall_page, name="wall_page"),
    path("cameras/looks", pages.looks_page, name="looks_page"),
    path("cameras/looks/<uuid:look_id>/renew", pages.renew, name="renew"),
    path("cameras/looks/<uuid:look_id>/end", pages.end, name="end"),
    path("cameras/<uuid:camera_id>", pages.camera_page, name="camera_page"),
    path("cameras/<uuid:camera_id>/look", pages.look, name="look"),
    path("cameras/<uuid:camera_id>/try", pages.try_out, name="try_out"),
    path("incidents/<uuid:incident_id>/cameras", pages.near_part, name="near_part"),
]
