"""Prevention: what is prepared and practised before the day."""
