"""Registers the app with Django, and tells the vault what allauth stores sealed."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """See the package's docstring for what lives here."""

    name = "apps.accounts"

    def ready(self) -> None:
        """Begin the lives of sessions; name seeds of recovery codes and of code generators (W-16)."""
        from apps.accounts import security_log, session_lives, ways  # noqa: PLC0415 - models are ready only here
        from apps.accounts.passkeys import PURPOSE  # noqa: PLC0415
        from apps.vault.registry import SealedText, seals_text  # noqa: PLC0415

        session_lives.connect()
        ways.connect()
        security_log.connect()
        seals_text(SealedText("mfa.Authenticator", "data", PURPOSE, ("seed", "secret", "migrated_codes")))
