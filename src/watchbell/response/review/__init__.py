"""Review: what an incident or a drill taught. Hot wash, after-action report, improvement plan; drafted by itself."""
