"""The pages of channels."""

from watchbell.communication.channels.pages import family, office, wishes

__all__ = ["family", "office", "wishes"]
