"""Pages: `pages` (what a member has, and its end), `trips` (to a plan and back)."""
