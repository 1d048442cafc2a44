"""Who leads an incident, from where, how command is handed over, which rooms are released (NIMS, ICS 201)."""
