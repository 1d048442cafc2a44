"""Notices as the public may read them."""

from watchbell.communication.notices.facts import PublicNotice


def public_notices() -> list[PublicNotice]:
    """What the acting district has told everybody."""
    return []
