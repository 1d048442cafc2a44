"""Drills: what the state asks of each site, what was done, and what is due; a drill that closes counts by itself."""
