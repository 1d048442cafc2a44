"""Whole numbers as others write them."""

MOST_DIGITS = 9


def read_whole(text: str) -> int | None:
    """0 to 999,999,999; None for anything else. What Python takes for a digit ("²") is no number, and thousands of
    digits are one that it refuses to read."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None
