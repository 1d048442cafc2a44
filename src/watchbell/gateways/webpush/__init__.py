"""Pushes alarms to staff's browsers and phones: Web Push (RFC 8030), encrypted (RFC 8291), signed (RFC 8292)."""
