"""Machinery every process needs, edges included: no Django, no database."""
