"""Keyed digests under one owner's key for finding."""

import hmac
from collections.abc import Callable

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand


class Fingerprints:
    """Makes the keyed digests of one owner; the key is asked for when the first is made.

    Rows are found by what comes out, so it may never come out otherwise. Any number of threads may use one.
    """

    def __init__(self, finding_key: Callable[[], bytes]) -> None:
        self._finding_key = finding_key
        self._keys: dict[str, bytes] = {}

    def __repr__(self) -> str:
        return "Fingerprints()"

    def of(self, purpose: str, text: str) -> bytes:
        """Return 32 bytes: HMAC-SHA-256 of *text* under a key derived for *purpose* (HKDF, RFC 5869)."""
        key = self._keys.get(purpose)
        if key is None:
            info = b"fingerprint\x1f" + purpose.encode()
            key = HKDFExpand(algorithm=SHA256(), length=32, info=info).derive(self._finding_key())
            self._keys[purpose] = key
        return hmac.digest(key, text.encode(), "sha256")
