"""Until when the certificate holds that an address shows."""

import socket
import ssl
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

SECONDS: Final = 5


def holds_until(address: str) -> datetime:
    """The last moment of the certificate at an https address.

    Raises ssl.SSLError where it is over or browsers would not trust it, OSError where nobody answers.
    """
    parts = urlsplit(address)
    host = parts.hostname or ""
    with (
        socket.create_connection((host, parts.port or 443), timeout=SECONDS) as link,
        ssl.create_default_context().wrap_socket(link, server_hostname=host) as shown,
    ):
        told = shown.getpeercert() or {}
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(told["notAfter"])), UTC)
