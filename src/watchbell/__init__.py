"""Watchbell: one open, self-hosted safety platform for school districts."""
