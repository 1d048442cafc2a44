"""The console: frame, navigation, dashboard, shared template parts; it imports no capability."""
