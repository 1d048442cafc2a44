"""Panic presses: each is recorded once, whatever happened to it on the way."""
