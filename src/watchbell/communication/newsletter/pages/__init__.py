"""The pages of the newsletter: everybody's, and the console's."""

from watchbell.communication.newsletter.pages import issues, people, public

__all__ = ["issues", "people", "public"]
