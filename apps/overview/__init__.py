"""Home: plans connected, last sync, newest claims, the year so far."""
