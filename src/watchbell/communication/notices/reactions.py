"""What notices do when a mailing ends or somebody answers."""

from watchbell.communication.channels.events import MailingEnded, ReplyHeard
from watchbell.communication.channels.queries import mailing_by_id, recipient_by_id
from watchbell.communication.notices import actions, queries
from watchbell.district.sites.facts import read_id
from watchbell.kernel.acting import acting_district
from watchbell.kernel.permissions import system_actor


def answer_mailing(event: MailingEnded) -> None:
    district = acting_district()
    assert district is not None
    actions.note_ended(system_actor(district), event.about, event.state)


def answer_reply(event: ReplyHeard) -> None:
    """A key or a word is an answer to the question; everything else goes to a desk."""
    district = acting_district()
    assert district is not None
    actor = system_actor(district, "Telephone" if event.channel in ("text", "voice") else "E-mail")
    mailing = mailing_by_id(read_id(event.mailing)) if event.mailing else None
    recipient = recipient_by_id(read_id(event.recipient)) if event.recipient else None
    notice = queries.notice_of_mailing(mailing.about) if mailing else None
    if event.kind == "key":
        if notice is not None and recipient is not None and notice.options and event.text.isdigit():
            option = int(event.text) - 1
            if 0 <= option < len(notice.options):
                actions.note_answer(actor, notice, recipient, option, event.channel)
        return
    text = f"{event.subject}\n{event.text}".strip() if event.channel == "email" else event.text
    actions.note_reply(actor, event.heard, event.channel, event.sender, text, event.at, notice, recipient,
                       queries.school_of(recipient))  # fmt: skip
