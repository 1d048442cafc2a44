"""Places: every site, floor, room and door, drawn as responders need them and found by the number on the door."""
