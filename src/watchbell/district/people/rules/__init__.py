"""Decisions about rosters (OneRoster 1.2 CSV): what a package says, what is wrong in it, what it would change."""
