"""Two districts in one database: neither sees, changes or learns of the other."""
