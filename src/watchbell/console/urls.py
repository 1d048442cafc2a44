"""Routes of the console itself."""

from django.urls import path

from watchbell.console import pages

app_name = "console"

urlpatterns = [
    path("", pages.home_page, name="home_page"),
    path("ui/", pages.gallery_page, name="gallery_page"),
    path("sw.js", pages.service_worker, name="service_worker"),
    path("manifest.webmanifest", pages.web_manifest, name="web_manifest"),
    path("form-token", pages.form_token, name="form_token"),
    path("offline", pages.offline_page, name="offline_page"),
]
