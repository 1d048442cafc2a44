"""Routes of the public side in the console. The site itself is served as files, outside of Django."""

from django.urls import path

from watchbell.communication.public import pages

app_name = "public"

urlpatterns = [
    path("website", pages.site_page, name="site_page"),
    path("website/publish", pages.publish_again, name="publish_again"),
    path("website/settings", pages.save_site, name="save_site"),
    path("website/preview/<path:name>", pages.preview, name="preview"),
    path("website/targets", pages.add_target, name="add_target"),
    path("website/targets/<uuid:target_id>", pages.target_page, name="target_page"),
    path("website/targets/<uuid:target_id>/remove", pages.remove_target, name="remove_target"),
    path("website/log", pages.log_page, name="log_page"),
    path("website/media", pages.media_page, name="media_page"),
    path("website/media/import", pages.import_media, name="import_media"),
    path("website/media/<uuid:contact_id>", pages.contact_page, name="contact_page"),
    path("website/media/<uuid:contact_id>/remove", pages.remove_contact, name="remove_contact"),
]
