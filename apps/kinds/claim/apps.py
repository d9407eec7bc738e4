"""Registers the app with Django."""

from pathlib import Path

from django.apps import AppConfig
from django.conf import settings

from apps.kinds.claim.wording import codes


class ClaimsConfig(AppConfig):
    """See the package's docstring for what lives here."""

    name = "apps.kinds.claim"
    label = "claims"

    def ready(self) -> None:
        """Take the operator's own texts of licensed code lists, where a folder of them is named."""
        if settings.CODE_TEXTS:
            codes.take_texts(Path(settings.CODE_TEXTS))
