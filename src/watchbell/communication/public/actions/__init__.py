"""Writing what is public: targets, how each publication went, and the media list."""

from watchbell.communication.public.actions.media import (
    ask_media,
    import_media,
    load_media,
    remove_contact,
    save_contact,
)
from watchbell.communication.public.actions.targets import (
    add_target,
    ask_publish,
    change_target,
    ensure_here,
    note_alerts,
    note_publication,
    remove_target,
    save_site,
)

__all__ = [
    "add_target", "ask_media", "ask_publish", "change_target", "ensure_here", "import_media", "load_media",
    "note_alerts", "note_publication", "remove_contact", "remove_target", "save_contact", "save_site",
]  # fmt: skip
