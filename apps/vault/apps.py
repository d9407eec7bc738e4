"""Registers the vault and refuses to start without keys."""

from django.apps import AppConfig


class VaultConfig(AppConfig):
    """No key, no start: a site that cannot seal must not take data."""

    name = "apps.vault"

    def ready(self) -> None:
        """Read the keys' settings now: bad ones stop the process with a message that names the entry."""
        from apps.vault.checks import register_checks  # noqa: PLC0415 - models are ready only here
        from apps.vault.wrapping import all_wrappers  # noqa: PLC0415 - and settings

        all_wrappers()
        register_checks()
