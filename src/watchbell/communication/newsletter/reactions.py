"""What the newsletter does when a mailing ends."""

from watchbell.communication.channels.events import MailingEnded
from watchbell.communication.newsletter import actions
from watchbell.kernel.acting import acting_district
from watchbell.kernel.models import Announcement
from watchbell.kernel.permissions import system_actor


def answer_mailing(event: MailingEnded, announcement: Announcement) -> None:
    """An issue is sent once its mailing is through."""
    district = acting_district()
    if district is not None and event.about.startswith("newsletter:"):
        actions.note_ended(system_actor(district), event.about, event.state)
