"""What a plan sent, kept as it was sent, and the sealed books that lists and sums are read from."""
