"""A district from nothing: every page that sets one up, in the order an administrator needs them."""
