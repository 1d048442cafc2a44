"""What keeps harm from happening: drills, and what else prepares a district."""
