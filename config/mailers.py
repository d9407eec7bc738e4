"""Where mail goes, as Django's setting MAILERS takes it."""

from typing import Any, Final

SECONDS: Final = 20
"""A mail server that is silent or slow is given up then: somebody may wait for the page."""


def mailer_of(mail: dict[str, Any]) -> dict[str, Any]:
    """The mailer that *mail* describes, an address as `environ` has read it."""
    backend = str(mail["EMAIL_BACKEND"])
    options: dict[str, Any] = {}
    if backend.endswith("smtp.EmailBackend"):
        backend = "config.smtp.EmailBackend"
        options = {
            "host": mail["EMAIL_HOST"],
            "port": mail["EMAIL_PORT"],
            "username": mail["EMAIL_HOST_USER"],
            "password": mail["EMAIL_HOST_PASSWORD"],
            "use_tls": mail.get("EMAIL_USE_TLS", False),
            "use_ssl": mail.get("EMAIL_USE_SSL", False),
            "timeout": SECONDS,
        }
    elif backend.endswith("filebased.EmailBackend"):
        options = {"file_path": mail["EMAIL_FILE_PATH"]}
    return {"BACKEND": backend, **({"OPTIONS": options} if options else {})}
