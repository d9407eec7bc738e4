"""Pages: `pages` (what a member has), `trip` (to a plan and back), `ending` and its receipts, `closing`."""
