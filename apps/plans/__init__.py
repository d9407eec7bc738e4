"""Which plans can be connected: the directory, discovery, search."""
