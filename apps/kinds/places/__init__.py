"""People and places that records refer to."""
