"""Addresses of equipment."""

from django.urls import path

from watchbell.district.equipment import pages

app_name = "equipment"

urlpatterns = [
    path("equipment", pages.equipment_page, name="equipment_page"),
    path("equipment/add", pages.add_page, name="add_page"),
    path("equipment/<uuid:equipment_id>/edit", pages.edit_page, name="edit_page"),
    path("equipment/<uuid:equipment_id>/retire", pages.retire_change, name="retire_change"),
    path("equipment/telephones", pages.telephones_page, name="telephones_page"),
    path("equipment/telephones/import", pages.telephones_import, name="telephones_import"),
    path("equipment/telephones/confirm", pages.telephones_confirm, name="telephones_confirm"),
    path("equipment/telephones/audit", pages.telephones_audit, name="telephones_audit"),
    path("equipment/telephones/<uuid:telephone_id>", pages.telephone_page, name="telephone_page"),
    path("equipment/telephones/<uuid:telephone_id>/change", pages.telephone_change, name="telephone_change"),
    path("equipment/telephones/<uuid:telephone_id>/pidf-lo", pages.telephone_pidf, name="telephone_pidf"),
    path("equipment/<uuid:equipment_id>", pages.one_page, name="one_page"),
    path("equipment/<uuid:equipment_id>/save", pages.save_one, name="save_one"),
    path("equipment/<uuid:equipment_id>/holder", pages.holder_page, name="holder_page"),
    path("equipment/<uuid:equipment_id>/holder/give", pages.give_badge, name="give_badge"),
    path("equipment/<uuid:equipment_id>/holder/take-back", pages.take_badge_back, name="take_badge_back"),
    path("equipment/owner", pages.give_owner, name="give_owner"),
    path("equipment/owner-rule", pages.write_owner_rule, name="write_owner_rule"),
    path("tickets", pages.tickets_page, name="tickets_page"),
    path("tickets/report", pages.report_page, name="report_page"),
    path("tickets/<uuid:ticket_id>", pages.ticket_page, name="ticket_page"),
    path("tickets/<uuid:ticket_id>/change", pages.change_ticket, name="change_ticket"),
    path("tickets/<uuid:ticket_id>/photos/<uuid:photo_id>", pages.photo_page, name="photo_page"),
    path("home/tickets", pages.tickets_part, name="tickets_part"),
    path("health/tickets", pages.site_tickets_part, name="site_tickets_part"),
    path("home/equipment", pages.mine_part, name="mine_part"),
    path("equipment/plan/<uuid:site_id>", pages.plan_part, name="plan_part"),
]
