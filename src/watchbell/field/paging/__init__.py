"""Announcements reach the zones that were chosen, never in an alarm's way, and every zone is known to work."""
