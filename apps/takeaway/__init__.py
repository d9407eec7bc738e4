"""Takes a member's records along: spreadsheets, our reading as JSON, the plan's originals."""
