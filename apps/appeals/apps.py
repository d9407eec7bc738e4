"""Registers the app with Django."""

from django.apps import AppConfig


class AppealsConfig(AppConfig):
    """See the package's docstring for what lives here."""

    name = "apps.appeals"
    label = "appeals"
