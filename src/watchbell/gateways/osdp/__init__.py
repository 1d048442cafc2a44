"""OSDP over TCP with secure channel: electronic locks and their door contacts. Egress is never locked.

The output a door order switches works the outside trim only; the inside lever always opens (NFPA 101).
"""
