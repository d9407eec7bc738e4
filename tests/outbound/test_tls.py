"""Secrets travel over TLS 1.2 or later, to servers that prove who they are."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from socket import create_server

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from apps.outbound.door import fetch, open_session
from apps.outbound.errors import Unreachable

TOKEN = "secret-token-123456"
pytestmark = pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Return a certificate for this machine that holds for a day."""
    return self_signed(tmp_path / "server.pem", until=datetime.now(UTC) + timedelta(days=1))


def self_signed(file: Path, *, until: datetime) -> Path:
    """Write a certificate for this machine that nobody signed but itself, with its key; return the file."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(until)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


@contextmanager
def serving(
    certificate: Path, newest: ssl.TLSVersion
) -> Iterator[tuple[str, Callable[[], tuple[str, bytes]]]]:
    """Serve TLS up to that version; yield its address, and what tells why it failed and what it read."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, newest
    heard: list[tuple[str, bytes]] = []

    def answer() -> None:
        client, _ = listener.accept()
        client.settimeout(5)
        try:
            with context.wrap_socket(client, server_side=True) as wrapped:
                heard.append(("", wrapped.recv(4096)))
        except OSError as error:  # of TLS, or who asked has hung up
            heard.append((str(getattr(error, "reason", error)), b""))

    with create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=answer, daemon=True)
        thread.start()

        def outcome() -> tuple[str, bytes]:
            thread.join(timeout=10)
            return heard[0]

        yield f"https://127.0.0.1:{listener.getsockname()[1]}/token", outcome


def ask(url: str) -> None:
    """Try to give the server a secret."""
    with pytest.raises(Unreachable):
        fetch(open_session(plan="demo"), url, method="POST", data={"refresh_token": TOKEN})


@pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_smart_1_a_server_that_cannot_prove_itself_gets_no_secret(
    certificate: Path, newest: ssl.TLSVersion
) -> None:
    """@1, @318: the certificate is refused before anything is sent."""
    with serving(certificate, newest) as (url, outcome):
        ask(url)
        why, read = outcome()
    assert "UNKNOWN_CA" in why
    assert read == b""


@pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_smart_318_nothing_older_than_tls_1_2_is_spoken(certificate: Path, newest: ssl.TLSVersion) -> None:
    """@318, NIST SP 800-52: such a server is turned away at the first word, before its certificate."""
    with serving(certificate, newest) as (url, outcome):
        ask(url)
        why, read = outcome()
    assert "UNSUPPORTED_PROTOCOL" in why
    assert read == b""
