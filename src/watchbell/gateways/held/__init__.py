"""Answers telephone systems and 911 centres that ask where a telephone is (HELD)."""
