"""Drivers: one folder a protocol, the same four files in each. They know wire and line only."""
