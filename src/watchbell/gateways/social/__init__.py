"""Posts of the district's own accounts at Facebook and X."""
