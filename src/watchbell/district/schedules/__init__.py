"""School days: which day it is, which bell schedule runs, and which period."""
