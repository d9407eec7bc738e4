"""Keys and sealing: a data key per member, wrapped by a key list from the environment."""
