"""Places that files are brought to."""
