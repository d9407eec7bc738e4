"""Registers the payer's tables with its own Django project."""

from django.apps import AppConfig


class HarborlightConfig(AppConfig):
    """The only app of the payer's project with tables of its own."""

    name = "apps.demo_payer.server"
    label = "harborlight"
