"""Pages: `pages` (what a member has, its end), `trips` (to a plan and back), `sign_in`, `closing`, `keys`."""
