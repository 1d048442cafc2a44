"""Police and 911 see what is going on without installing anything; the school sees who has it and who comes."""
