"""The key list of the environment: the first key wraps, every key unwraps."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from apps.vault.sealed_bytes import NONCE_BYTES
from apps.vault.wrapping import NotThisKey
from config.safe_secrets import KEY_BYTES, key_of

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")


@dataclass(frozen=True)
class KeyList:
    """Named 32-byte keys in the order of the environment; a `Wrapper`."""

    current: str
    keys: dict[str, bytes]
    is_remote: ClassVar[bool] = False

    def __repr__(self) -> str:
        return f"KeyList(current={self.current!r}, names={sorted(self.keys)})"

    @property
    def names(self) -> frozenset[str]:
        """The names of the list."""
        return frozenset(self.keys)

    def wrap(self, data_key: bytes, *, context: bytes) -> bytes:
        """Return *data_key* encrypted under the current key, bound to *context*."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + AESGCM(self.keys[self.current]).encrypt(nonce, data_key, context)

    def unwrap(self, wrapped: bytes, *, name: str, context: bytes) -> bytes:
        """Return the data key; raise NotThisKey."""
        try:
            return AESGCM(self.keys[name]).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], context)
        except (InvalidTag, ValueError):
            raise NotThisKey from None


def parse(entries: Sequence[str]) -> KeyList:
    """Read ``name:base64`` entries; a bad one is ImproperlyConfigured by its position, never its value."""
    keys: dict[str, bytes] = {}
    for position, entry in enumerate(entries, start=1):
        name, key = entry.strip().partition(":")[0], key_of(entry)
        if not NAME.fullmatch(name) or len(key) != KEY_BYTES:
            raise ImproperlyConfigured(
                f"VAULT_KEYS entry {position} is not name:base64 of {KEY_BYTES} bytes "
                "(python -m apps.vault makes one)."
            )
        if name in keys:
            raise ImproperlyConfigured(f"VAULT_KEYS names {name!r} twice.")
        keys[name] = key
    if not keys:
        raise ImproperlyConfigured(
            "VAULT_KEYS is empty: set at least one key (python -m apps.vault makes one)."
        )
    return KeyList(current=next(iter(keys)), keys=keys)


_parsed = lru_cache(maxsize=4)(parse)


def key_list() -> KeyList:
    """Return the key list of the settings."""
    return _parsed(tuple(settings.VAULT_KEYS))
