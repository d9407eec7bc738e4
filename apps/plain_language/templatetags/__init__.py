"""Template tags that put values into everyday words."""
