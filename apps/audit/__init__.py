"""The audit: what operators and commands changed, in a chain that shows when somebody changed it."""
