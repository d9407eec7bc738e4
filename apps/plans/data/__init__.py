"""Facts about the country that the plan directory needs, as plain Python data."""
