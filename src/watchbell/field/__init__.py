"""Things in the field: buttons, doors, cameras; they know of each other only by news."""
