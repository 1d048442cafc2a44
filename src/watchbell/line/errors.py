"""Errors whose text is the message a person reads."""


class WatchbellError(Exception):
    """Something went wrong."""

    def __str__(self) -> str:
        return super().__str__() or (type(self).__doc__ or "").strip()


class Refused(WatchbellError):
    """This may not be done."""


class NotFound(WatchbellError):
    """There is no such thing, or you may not see it."""


class Conflict(WatchbellError):
    """Somebody else has changed this meanwhile; look again before you try once more."""


class TooOften(WatchbellError):
    """This was tried too often; wait a minute."""


class Unavailable(WatchbellError):
    """A part this needs is away at the moment; try again shortly."""
