"""The payer's folder: its database, its secret key and the key it signs id tokens with."""

import os
import secrets
from collections.abc import Callable
from functools import cache
from pathlib import Path

from joserfc.jwk import RSAKey

from apps.demo_payer.options import DEFAULT_VAR

VARIABLE = "DEMO_PAYER_VAR"


def folder() -> Path:
    """Return the folder, made when absent and closed to other users of the machine."""
    path = Path(os.environ.get(VARIABLE) or DEFAULT_VAR)
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def secret_key() -> str:
    """Return Django's SECRET_KEY of this payer."""
    return _kept("secret.key", lambda: secrets.token_urlsafe(50).encode()).decode()


@cache
def signing_key() -> RSAKey:
    """Return the RSA key of the id tokens, with its RFC 7638 thumbprint as `kid`."""
    pem = _kept("signing.pem", lambda: RSAKey.generate_key(2048).as_pem(private=True))
    bare = RSAKey.import_key(pem)
    return RSAKey.import_key(pem, {"kid": bare.thumbprint(), "use": "sig", "alg": "RS256"})


def _kept(name: str, make: Callable[[], bytes]) -> bytes:
    path = folder() / name
    if not path.exists():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(make())
    return path.read_bytes()
