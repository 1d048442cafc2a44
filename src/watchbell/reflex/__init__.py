"""Carries out the immediate steps of a plan from a snapshot, at the site, with database and hub away."""
