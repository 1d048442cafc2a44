"""Routes of accounts and the audit log."""

from django.urls import path

from watchbell.district.accounts import pages

app_name = "accounts"

urlpatterns = [
    path("people/accounts", pages.accounts_page, name="accounts_page"),
    path("people/accounts/add", pages.add_account, name="add_account"),
    path("people/accounts/<uuid:membership_id>", pages.account_page, name="account_page"),
    path("people/accounts/<uuid:membership_id>/link", pages.make_link, name="make_link"),
    path("people/accounts/<uuid:membership_id>/remove-factor", pages.remove_factor, name="remove_factor"),
    path("people/break-glass", pages.break_glass_page, name="break_glass_page"),
    path("people/break-glass/seal", pages.seal_break_glass, name="seal_break_glass"),
    path("people/break-glass/uses", pages.break_glass_part, name="break_glass_part"),
    path("people/break-glass/<uuid:use_id>/seen", pages.look_into_use, name="look_into_use"),
    path("people/tokens/add", pages.add_token, name="add_token"),
    path("people/accounts/<uuid:membership_id>/end", pages.end_membership, name="end_membership"),
    path("people/tokens/<uuid:token_id>/revoke", pages.revoke_token, name="revoke_token"),
    path("people/pins", pages.pins_page, name="pins_page"),
    path("people/district", pages.districts_page, name="districts_page"),
    path("people/district/switch", pages.switch_district, name="switch_district"),
    path("people/devices", pages.devices_page, name="devices_page"),
    path("people/devices/keep", pages.keep_device, name="keep_device"),
    path("people/devices/<uuid:subscription_id>/remove", pages.remove_device, name="remove_device"),
    path("audit", pages.audit_page, name="audit_page"),
]
