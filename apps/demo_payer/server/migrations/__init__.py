"""The demo payer's own tables."""
