"""Decisions about places: geometry of plans, and what an uploaded plan or rooms file is worth."""
