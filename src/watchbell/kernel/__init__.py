"""Machinery without school words that needs Django or Postgres."""
