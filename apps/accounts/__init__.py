"""The member: sign-up, sign-in, sign-out."""
