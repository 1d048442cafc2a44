"""Addresses of places."""

from django.urls import path

from watchbell.district.sites import pages

app_name = "sites"

urlpatterns = [
    path("sites", pages.sites_page, name="sites_page"),
    path("sites/add", pages.add_site_page, name="add_site_page"),
    path("sites/<uuid:site_id>/edit", pages.edit_site_page, name="edit_site_page"),
    path("sites/<uuid:site_id>/add-floor", pages.add_floor_page, name="add_floor_page"),
    path("floors/<uuid:floor_id>/add-door", pages.door_change, name="door_change"),
    path("doors/<uuid:door_id>/remove", pages.door_removal, name="door_removal"),
    path("places/<uuid:place_id>/close", pages.room_closing, name="room_closing"),
    path("sites/<uuid:site_id>", pages.site_page, name="site_page"),
    path("sites/<uuid:site_id>/plan", pages.plan_part, name="plan_part"),
    path("places", pages.places_page, name="places_page"),
    path("floors/<uuid:floor_id>", pages.floor_page, name="floor_page"),
    path("floors/<uuid:floor_id>/picture", pages.picture_page, name="picture_page"),
    path("floors/<uuid:floor_id>/set-picture", pages.picture_change, name="picture_change"),
    path("floors/<uuid:floor_id>/set-placement", pages.placement_change, name="placement_change"),
    path("floors/<uuid:floor_id>/import-rooms", pages.rooms_change, name="rooms_change"),
    path("floors/<uuid:floor_id>/draw-room", pages.room_change, name="room_change"),
]
