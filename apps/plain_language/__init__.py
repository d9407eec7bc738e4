"""Money, dates and codes as everyday words, and the template tags that show them."""
