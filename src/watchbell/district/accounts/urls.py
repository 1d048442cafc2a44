"""Routes of accounts and the audit log."""

from django.urls import path

from watchbell.district.accounts import pages

app_name = "accounts"

urlpatterns = [
    path("people/accounts", pages.accounts_page, name="accounts_page"),
    path("people/accounts/add", pages.add_account, name="add_account"),
    path("people/accounts/<uuid:membership_id>/end", pages.end_membership, name="end_membership"),
    path("people/tokens/<uuid:token_id>/revoke", pages.revoke_token, name="revoke_token"),
    path("people/pins", pages.pins_page, name="pins_page"),
    path("people/devices", pages.devices_page, name="devices_page"),
    path("people/devices/keep", pages.keep_device, name="keep_device"),
    path("people/devices/<uuid:subscription_id>/remove", pages.remove_device, name="remove_device"),
    path("audit", pages.audit_page, name="audit_page"),
]
