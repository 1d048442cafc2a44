"""Equipment: everything that can be pressed, locked, heard or seen, where it is and whether it answers."""
