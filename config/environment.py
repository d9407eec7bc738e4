"""The variables that settings are read from, and where mail goes by them."""

from typing import Any, Final

import environ
from django.core.exceptions import ImproperlyConfigured

MAIL_SECONDS: Final = 20
"""A mail server that says nothing is given up then: somebody may wait for the page."""


class Environment(environ.fileaware_mapping.FileAwareMapping):  # type: ignore[misc] # it ships no types
    """The environment; NAME_FILE names a file that holds NAME, as orchestrators hand secrets over (W-43)."""

    def __getitem__(self, name: str) -> str:
        try:
            return str(super().__getitem__(name)).rstrip("\r\n")
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE names a file that cannot be read") from error


def mailer_of(mail: dict[str, Any]) -> dict[str, Any]:
    """The mailer, as MAILERS takes it, that *mail* describes: an address as `environ` has read it."""
    backend = str(mail["EMAIL_BACKEND"])
    options: dict[str, Any] = {}
    if backend.endswith("smtp.EmailBackend"):
        options = {
            "host": mail["EMAIL_HOST"],
            "port": mail["EMAIL_PORT"],
            "username": mail["EMAIL_HOST_USER"],
            "password": mail["EMAIL_HOST_PASSWORD"],
            "use_tls": mail.get("EMAIL_USE_TLS", False),
            "use_ssl": mail.get("EMAIL_USE_SSL", False),
            "timeout": MAIL_SECONDS,
        }
    elif backend.endswith("filebased.EmailBackend"):
        options = {"file_path": mail["EMAIL_FILE_PATH"]}
    return {"BACKEND": backend, **({"OPTIONS": options} if options else {})}
