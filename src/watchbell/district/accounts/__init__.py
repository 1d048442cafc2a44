"""Accounts: people with roles in places sign in, act under their role's permissions, and hold tokens that end."""
