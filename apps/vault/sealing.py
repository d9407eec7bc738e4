"""The bytes of a sealed value: version, nonce, then zstd inside AES-256-GCM with associated data."""

import secrets
import threading
from typing import Final

import zstandard
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from apps.vault.errors import SealBroken
from apps.vault.keys import NONCE_BYTES

VERSION: Final = b"\x01"
MAX_BYTES: Final = 64 * 1024 * 1024  # of one opened value; a page of records is far smaller
TAG_BYTES: Final = 16

_local = threading.local()  # zstd contexts are not safe to share between threads


def _compressor() -> zstandard.ZstdCompressor:
    if not hasattr(_local, "compressor"):
        _local.compressor = zstandard.ZstdCompressor(level=3)
        _local.decompressor = zstandard.ZstdDecompressor()
    return _local.compressor  # type: ignore[no-any-return]


def _decompressor() -> zstandard.ZstdDecompressor:
    _compressor()
    return _local.decompressor  # type: ignore[no-any-return]


def seal(cipher: AESGCM, data: bytes, *, bound_to: bytes) -> bytes:
    """Return *data* compressed and encrypted; it opens only with the same *bound_to*."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return VERSION + nonce + cipher.encrypt(nonce, _compressor().compress(data), VERSION + bound_to)


def open_sealed(cipher: AESGCM, sealed: bytes, *, bound_to: bytes, row: str) -> bytes:
    """Return what was sealed; raise SealBroken naming *row* for anything else."""
    sealed = bytes(sealed)
    if len(sealed) < len(VERSION) + NONCE_BYTES + TAG_BYTES or not sealed.startswith(VERSION):
        raise SealBroken(row, "not a sealed value")
    start = len(VERSION)
    try:
        packed = cipher.decrypt(
            sealed[start : start + NONCE_BYTES], sealed[start + NONCE_BYTES :], VERSION + bound_to
        )
        return _decompressor().decompress(packed, max_output_size=MAX_BYTES)
    except InvalidTag:
        raise SealBroken(row, "changed, moved from another row, or sealed under another key") from None
    except zstandard.ZstdError:
        raise SealBroken(row, "does not decompress") from None
