"""The commands this app adds to manage.py."""
