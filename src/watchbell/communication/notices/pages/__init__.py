"""The pages of notices."""

from watchbell.communication.notices.pages import desk, family, notices, writing

__all__ = ["desk", "family", "notices", "writing"]
