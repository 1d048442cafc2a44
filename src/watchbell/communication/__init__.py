"""Telling people: notices, the carriers that bring them, and what everybody may read."""
