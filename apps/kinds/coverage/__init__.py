"""What the plan covers."""
