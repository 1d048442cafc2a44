"""The pages of channels."""

from watchbell.communication.channels.pages import family, office

__all__ = ["family", "office"]
