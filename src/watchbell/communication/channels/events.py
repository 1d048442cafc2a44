"""What channels tell."""

import msgspec


class ReplyHeard(msgspec.Struct, frozen=True):
    """Somebody answers. mailing, recipient: "" when it is not known what they answer."""

    heard: str
    channel: str
    kind: str
    sender: str
    text: str
    subject: str = ""
    mailing: str = ""
    recipient: str = ""
    at: float = 0.0


class MailingEnded(msgspec.Struct, frozen=True):
    """Every message of a mailing has been tried, or it was stopped."""

    mailing: str
    about: str
    state: str
