"""Notices: written once, approved, told by every way, corrected everywhere, answered, and counted by family."""
