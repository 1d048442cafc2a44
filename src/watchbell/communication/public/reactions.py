"""Answers to news: what everybody may read has changed, and the public copy follows at once."""

from watchbell.communication.notices.events import NoticeChanged, NoticeSent
from watchbell.communication.public import actions
from watchbell.kernel.models import Announcement
from watchbell.kernel.permissions import system_actor


def answer_sent(event: NoticeSent, announcement: Announcement) -> None:
    """A notice goes out."""
    _follow(event.is_public, announcement)
    if event.tell_media:
        _tell_media(event.notice, "sent", announcement)


def answer_changed(event: NoticeChanged, announcement: Announcement) -> None:
    """A notice was corrected, ended or stopped."""
    _follow(event.is_public, announcement)
    if event.tell_media:
        _tell_media(event.notice, event.what, announcement)


def _tell_media(notice: str, what: str, announcement: Announcement) -> None:
    actor = system_actor(announcement.district_id, "Publishing")
    actions.ask_media(actor, notice, what, cause=str(announcement.id))


def _follow(is_public: bool, announcement: Announcement) -> None:
    if is_public:
        actions.ask_publish(system_actor(announcement.district_id, "Publishing"), cause=str(announcement.id))
