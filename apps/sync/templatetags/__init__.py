"""Template tags of sync."""
