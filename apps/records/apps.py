"""Registers the app with Django."""

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    """See the package's docstring for what lives here."""

    name = "apps.records"
