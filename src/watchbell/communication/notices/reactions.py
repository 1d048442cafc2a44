"""What notices do when a mailing ends, somebody answers, an incident opens or its families were told."""

from collections.abc import Sequence
from uuid import UUID

from watchbell.communication.channels.events import MailingEnded, ReplyHeard
from watchbell.communication.channels.queries import mailings_by_id, recipients_by_id
from watchbell.communication.notices import actions, queries
from watchbell.communication.notices.actions import Said
from watchbell.communication.notices.events import NoticeSent
from watchbell.communication.notices.rules.owed import concerns_families
from watchbell.district.sites.facts import read_id
from watchbell.kernel.acting import acting_district
from watchbell.kernel.models import Announcement
from watchbell.kernel.permissions import system_actor
from watchbell.response.incidents.events import IncidentClosed, IncidentOpened


def answer_mailing(event: MailingEnded, announcement: Announcement) -> None:
    """A notice is sent once its mailing is through."""
    district = acting_district()
    assert district is not None
    actions.note_ended(system_actor(district), event.about, event.state)


def answer_opened(event: IncidentOpened, announcement: Announcement) -> None:
    """Families wait for a first message from now on."""
    if event.mode == "real":
        actions.watch_families(system_actor(announcement.district_id), UUID(event.incident))


def answer_closed(event: IncidentClosed, announcement: Announcement) -> None:
    """A letter will be owed: its template lies ready."""
    if concerns_families(event.kind, event.mode, is_cancelled=False):
        actions.keep_letter_template(system_actor(announcement.district_id))


def answer_sent(event: NoticeSent, announcement: Announcement) -> None:
    """Families were told of an incident: the next message's moment is set."""
    notice = queries.notice_by_id(event.notice)
    if notice.incident_id is not None:
        actions.watch_families(system_actor(announcement.district_id), notice.incident_id)


def answer_replies(news: Sequence[tuple[ReplyHeard, Announcement]]) -> None:
    """A key or a word is an answer to the question; everything else goes to a desk. All that wait, together."""
    district = acting_district()
    assert district is not None
    events = [event for event, _ in news]
    mailings = mailings_by_id(filter(None, (read_id(one.mailing) for one in events)))
    recipients = recipients_by_id(filter(None, (read_id(one.recipient) for one in events)))
    notices = queries.notices_of_mailings(mailings.values())
    schools = queries.schools_of(recipients.values())
    said: dict[tuple[str, bool], list[Said]] = {}
    for event in events:
        mailing, recipient = mailings.get(_id(event.mailing)), recipients.get(_id(event.recipient))
        notice = notices.get(mailing.about) if mailing else None
        text = f"{event.subject}\n{event.text}".strip() if event.channel == "email" else event.text
        who = "Telephone" if event.channel in ("text", "voice") else "E-mail"
        said.setdefault((who, event.kind == "key"), []).append(
            Said(event.heard, event.channel, event.sender, text, event.at, notice, recipient,
                 schools.get(recipient.pk) if recipient else None)
        )  # fmt: skip
    for (who, is_key), listed in said.items():
        (actions.note_keys if is_key else actions.note_replies)(system_actor(district, who), listed)


def _id(text: str) -> UUID:
    return read_id(text) or UUID(int=0)
