"""The certificate of the site's own address: its last days are told, and one that browsers refuse."""

import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socket import create_server, socket
from typing import Any

import pytest
from django.utils import timezone

from apps.desk.findings import Level
from apps.desk.outside import certificate, certificate_now
from tests.outbound.test_tls import self_signed


@pytest.fixture
def door() -> Iterator[socket]:
    """Return a listening socket that the site's address names."""
    with create_server(("127.0.0.1", 0)) as listener:
        yield listener


def show(door: socket, file: Path) -> threading.Thread:
    """Show the certificate of the file to the next who calls."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)

    def answer() -> None:
        caller, _ = door.accept()
        try:
            with context.wrap_socket(caller, server_side=True) as shown:
                shown.recv(1)
        except OSError:  # the caller did not trust it
            caller.close()

    thread = threading.Thread(target=answer)
    thread.start()
    return thread


@pytest.mark.parametrize(
    ("left", "is_trusted", "level", "words"),
    [
        (timedelta(days=60), True, Level.OK, "holds for 1 month more"),
        (timedelta(days=15), True, Level.WARNING, "holds for 2 weeks more"),
        (timedelta(days=3), True, Level.WRONG, "holds for 2 days more"),
        (timedelta(days=60), False, Level.WRONG, "is over, or browsers do not trust it"),
    ],
)
def test_its_last_days_are_told(
    db: None,
    door: socket,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    left: timedelta,
    is_trusted: bool,
    level: Level,
    words: str,
) -> None:
    file = self_signed(tmp_path / "shown.pem", until=datetime.now(UTC) + left)
    if is_trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
    settings.SITE_URL = f"https://127.0.0.1:{door.getsockname()[1]}"
    thread = show(door, file)
    (finding,) = certificate_now(timezone.now())
    thread.join(5)
    assert (finding.level, words in finding.says) == (level, True), finding
    assert list(certificate(timezone.now())) == [finding]  # a worker's look is what the desk tells


def test_a_site_that_cannot_call_itself_says_so(db: None, door: socket, settings: Any) -> None:
    settings.SITE_URL = f"https://127.0.0.1:{door.getsockname()[1]}"
    door.close()
    (finding,) = certificate_now(timezone.now())
    assert finding.level == Level.WARNING
    assert "not reached" in finding.says


def test_without_https_nothing_is_asked(db: None, settings: Any) -> None:
    settings.SITE_URL = "http://127.0.0.1:8000"
    assert list(certificate_now(timezone.now())) == []
