"""Incidents: presses joined, orders with their receipts, rooms checked in, and the all-clear."""
