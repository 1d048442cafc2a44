"""Routes of channels."""

from django.urls import path

from watchbell.communication.channels import pages

app_name = "channels"
urlpatterns = [
    path("messages/addresses", pages.addresses_page, name="addresses_page"),
    path("messages/addresses/<uuid:bad_id>/clear", pages.clear_address, name="clear_address"),
    path("messages/changes/taken", pages.take_changes, name="take_changes"),
    path("messages/carriers", pages.carriers_page, name="carriers_page"),
    path("messages/wishes", pages.wishes_page, name="wishes_page"),
    path("m/<str:token>/contacts", pages.family_page, name="family_page"),
    path("wishes/<str:token>", pages.unsubscribe_page, name="unsubscribe_page"),
]
