"""Pages of identity providers: keeping them, and signing in by them."""
