"""How guardians come to their own pages: by a link or code to an address on record, or by an identity provider."""
