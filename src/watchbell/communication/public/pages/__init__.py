"""Pages of the public side: what is public now, where it goes, and the media list."""

from watchbell.communication.public.pages.media import contact_page, import_media, media_page, remove_contact
from watchbell.communication.public.pages.site import (
    add_target,
    log_page,
    preview,
    publish_again,
    remove_target,
    save_site,
    site_page,
    target_page,
)

__all__ = [
    "add_target", "contact_page", "import_media", "log_page", "media_page", "preview", "publish_again",
    "remove_contact", "remove_target", "save_site", "site_page", "target_page",
]  # fmt: skip
