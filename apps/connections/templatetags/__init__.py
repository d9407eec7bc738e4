"""Template tags about connections."""
