"""All addresses."""

from django.urls import include, path

from watchbell.project.api import api

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("api/v1/", api.urls),
]
