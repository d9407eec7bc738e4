"""The stories of the invented members, one module each: `story(today)` yields all resources of its people."""
