"""Template tags of connections."""
