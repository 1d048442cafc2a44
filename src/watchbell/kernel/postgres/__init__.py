"""Django's PostgreSQL backend, with the acting district set in every transaction."""
