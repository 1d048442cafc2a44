"""Quick reference cards: what to do, for this role, room and language; approved, dated, readable offline."""
