"""Template tags of Today and Money."""
