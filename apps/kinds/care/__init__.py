"""What happened and what is known of a member's health: clinical records."""
