"""The console: frame, navigation, shared template parts, the gallery of parts, and what a browser is given."""
