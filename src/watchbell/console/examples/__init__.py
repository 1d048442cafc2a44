"""Example content of the gallery. Nothing in it is real."""
