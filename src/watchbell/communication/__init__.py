"""The floor that tells people: staff, families, the public."""
