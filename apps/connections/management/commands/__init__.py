"""Commands of connections."""
