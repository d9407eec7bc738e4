"""What happened and who paid what."""
