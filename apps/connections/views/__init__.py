"""Pages: `pages` (what a member has), `trips` (to a plan and back), `ending` and its receipts, `closing`."""
