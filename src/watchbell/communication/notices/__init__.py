"""Notices: what a district tells people."""
