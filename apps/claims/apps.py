"""Registers the app with Django."""

from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.db.models.signals import pre_delete

from apps.claims.wording import codes


class ClaimsConfig(AppConfig):
    """See the package's docstring for what lives here."""

    name = "apps.claims"

    def ready(self) -> None:
        """Take the operator's own texts of licensed code lists, where a folder of them is named.

        And hear of connections that go: the claims of another one that stood behind theirs are shown again.
        """
        pre_delete.connect(self._set_twins_free, sender="connections.Connection")
        if settings.CODE_TEXTS:
            codes.take_texts(Path(settings.CODE_TEXTS))

    def _set_twins_free(self, instance: Any, **_: object) -> None:
        from apps.claims import freeing  # noqa: PLC0415 - models are there only now

        freeing.set_free(instance.claims.all(), member_id=instance.member_id)
