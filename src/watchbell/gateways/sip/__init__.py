"""Speaks SIP: pages speakers, telephones and page groups by call, and takes code calls from the telephone system."""
