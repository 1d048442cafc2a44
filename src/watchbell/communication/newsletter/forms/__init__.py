"""What people hand in, and who asks without signing in."""

from watchbell.communication.newsletter.forms.asking import open_newsletter, slow_down, where_from, who_asks
from watchbell.communication.newsletter.forms.editor import Edited, read_editor

__all__ = ["Edited", "open_newsletter", "read_editor", "slow_down", "where_from", "who_asks"]
