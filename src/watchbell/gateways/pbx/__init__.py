"""Hears from a telephone system that somebody has called 911, and only hears: it never stands in the call's path."""
