"""Routes of the cards."""

from django.urls import path

from watchbell.prevention.procedures import pages

app_name = "procedures"

urlpatterns = [
    path("w/<str:token>", pages.wall_page, name="wall_page"),
    path("cards", pages.mine_page, name="mine_page"),
    path("cards/rooms/<uuid:place_id>", pages.room_page, name="room_page"),
    path("cards/sites/<uuid:site_id>/print", pages.print_page, name="print_page"),
    path("cards/sites/<uuid:site_id>/hung", pages.note_hung, name="note_hung"),
    path("cards/walls", pages.walls_page, name="walls_page"),
    path("cards/walls/<uuid:sheet_id>/down", pages.take_down, name="take_down"),
    path("cards/library", pages.library_page, name="library_page"),
    path("cards/library/new", pages.new_page, name="new_page"),
    path("cards/library/<uuid:card_id>", pages.card_page, name="card_page"),
    path("cards/library/<uuid:card_id>/edit", pages.edit_page, name="edit_page"),
    path("cards/library/<uuid:card_id>/compare", pages.compare_page, name="compare_page"),
    path("cards/library/<uuid:card_id>/approve", pages.approve_card, name="approve_card"),
    path("cards/library/<uuid:card_id>/withdraw", pages.withdraw_card, name="withdraw_card"),
]
