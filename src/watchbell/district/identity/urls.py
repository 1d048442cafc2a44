"""Routes of identity providers."""

from django.urls import path

from watchbell.district.identity.pages import managing, signing

app_name = "identity"

urlpatterns = [
    path("people/identity", managing.providers_page, name="providers_page"),
    path("people/identity/new/<str:kind>", managing.add_page, name="add_page"),
    path("people/identity/<uuid:provider_id>", managing.provider_page, name="provider_page"),
    path("people/identity/<uuid:provider_id>/edit", managing.edit_page, name="edit_page"),
    path("people/identity/<uuid:provider_id>/switch", managing.switch_provider, name="switch_provider"),
    path("people/identity/<uuid:provider_id>/remove", managing.remove_provider, name="remove_provider"),
    path("people/identity/links/<uuid:identity_link_id>/remove", managing.remove_link, name="remove_link"),
    path("sign-in/find", signing.find_home, name="find_home"),
    path("signed-out", signing.signed_out_page, name="signed_out_page"),
    path("sign-in/<str:ref>", signing.begin, name="begin"),
    path("sign-in/<str:ref>/callback", signing.callback, name="callback"),
    path("sign-in/<str:ref>/acs", signing.acs, name="acs"),
    path("sign-in/<str:ref>/finish", signing.finish, name="finish"),
    path("sign-in/<str:ref>/metadata", signing.metadata, name="metadata"),
]
