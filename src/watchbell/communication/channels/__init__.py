"""Messages to people by every way: each once, by a carrier that works, with what became of it and by whom."""
