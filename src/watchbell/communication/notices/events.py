"""What notices tell."""

import msgspec


class NoticeSent(msgspec.Struct, frozen=True):
    """A notice goes out now."""

    notice: str
    is_public: bool
    tell_media: bool = False


class NoticeChanged(msgspec.Struct, frozen=True):
    """A notice that is out was corrected, ended or stopped."""

    notice: str
    is_public: bool
    what: str
    tell_media: bool = False
