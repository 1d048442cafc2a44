"""Who is accounted for: by room, by class list, by name; guests too; a person in two places is a question."""
