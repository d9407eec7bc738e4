"""Registers the app with Django, and tells the vault what allauth stores sealed."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """See the package's docstring for what lives here."""

    name = "apps.accounts"

    def ready(self) -> None:
        """Seeds of recovery codes and of code generators, and codes taken over from elsewhere (W-16)."""
        from apps.accounts.passkeys import PURPOSE  # noqa: PLC0415 - models are ready only here
        from apps.vault.registry import SealedText, seals_text  # noqa: PLC0415

        seals_text(SealedText("mfa.Authenticator", "data", PURPOSE, ("seed", "secret", "migrated_codes")))
