"""The district's own identity providers: who they are for, whom they vouch for, and who signs in by them."""
