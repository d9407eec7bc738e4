"""Clinical records: read, listed, shown."""
