"""All addresses."""

from django.urls import include, path

from watchbell.project.api import api
from watchbell.project.entrance import SignIn
from watchbell.project.health import health_page

urlpatterns = [
    path("accounts/login/", SignIn.as_view(), name="account_login"),
    path("accounts/", include("allauth.account.urls")),  # and none of allauth.socialaccount's: see district.identity
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("accounts/sessions/", include("allauth.usersessions.urls")),
    path("api/v1/", api.urls),
    path("health", health_page, name="health_page"),
    path("", include("watchbell.console.urls")),
    path("", include("watchbell.communication.families.urls")),
    path("", include("watchbell.communication.notices.urls")),
    path("", include("watchbell.communication.channels.urls")),
    path("", include("watchbell.response.dispatch.urls")),
    path("", include("watchbell.prevention.drills.urls")),
    path("", include("watchbell.communication.public.urls")),
    path("", include("watchbell.communication.newsletter.urls")),
    path("", include("watchbell.response.incidents.urls")),
    path("", include("watchbell.response.accountability.urls")),
    path("", include("watchbell.response.command.urls")),
    path("", include("watchbell.prevention.procedures.urls")),
    path("", include("watchbell.response.plans.urls")),
    path("", include("watchbell.field.paging.urls")),
    path("", include("watchbell.field.video.urls")),
    path("", include("watchbell.response.review.urls")),
    path("", include("watchbell.field.panic.urls")),
    path("", include("watchbell.district.sites.urls")),
    path("", include("watchbell.district.people.urls")),
    path("", include("watchbell.district.equipment.urls")),
    path("", include("watchbell.district.schedules.urls")),
    path("", include("watchbell.district.accounts.urls")),
    path("", include("watchbell.district.identity.urls")),
]
