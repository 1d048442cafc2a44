"""The pages of channels."""

from watchbell.communication.channels.pages import family, office, posts, wishes

__all__ = ["family", "office", "posts", "wishes"]
