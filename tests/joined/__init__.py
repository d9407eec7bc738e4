"""What was done beside what it cost."""
