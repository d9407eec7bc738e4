"""What was done beside what it cost: clinical records and the claims for them, joined for pages alone."""
