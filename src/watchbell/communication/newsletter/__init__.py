"""The newsletter ("Patron Update"): subscribers who have said so twice, issues made of blocks, a public archive."""
