"""Routes of channels."""

from django.urls import path

from watchbell.communication.channels.pages import family, office, posts, wishes

app_name = "channels"
urlpatterns = [
    path("messages/addresses", office.addresses_page, name="addresses_page"),
    path("messages/addresses/<uuid:bad_id>/clear", office.clear_address, name="clear_address"),
    path("messages/addresses/<uuid:bad_id>/ways", office.link_ways_part, name="link_ways_part"),
    path("messages/addresses/<uuid:bad_id>/link", office.send_link, name="send_link"),
    path("messages/changes/taken", office.take_changes, name="take_changes"),
    path("messages/posts", posts.posts_page, name="posts_page"),
    path("messages/carriers", office.carriers_page, name="carriers_page"),
    path("messages/wishes", wishes.wishes_page, name="wishes_page"),
    path("messages/wishes/quiet", wishes.set_quiet_hours, name="set_quiet_hours"),
    path("messages/wishes/digest", wishes.set_digest_hour, name="set_digest_hour"),
    path("messages/wishes/strays", wishes.strays_page, name="strays_page"),
    path("messages/wishes/strays/<uuid:wish_id>/settle", wishes.settle_stray, name="settle_stray"),
    path("messages/wishes/<uuid:person_id>/mail", wishes.record_mail, name="record_mail"),
    path("messages/wishes/<uuid:person_id>", wishes.person_wishes_page, name="person_wishes_page"),
    path("messages/wishes/<uuid:person_id>/told", wishes.record_wishes, name="record_wishes"),
    path("messages/wishes/<uuid:person_id>/telephone", wishes.mark_telephone, name="mark_telephone"),
    path("m/<str:token>/contacts", family.family_page, name="family_page"),
    path("wishes/<str:token>", family.unsubscribe_page, name="unsubscribe_page"),
]
