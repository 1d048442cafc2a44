"""Assembles everything: settings, addresses, the command line."""
