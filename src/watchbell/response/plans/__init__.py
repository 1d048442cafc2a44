"""Plans: what happens for each kind of alarm at a site, in steps with endpoints, deadlines and fallbacks."""
