"""Brings records here: runs, steps, sealed raw resources, progress."""
