"""What records of a member are found and compared by: digests under that member's key (D-12).

Directories of providers are public, and ids of people and claims are often numbers: a plain digest of an id
or of a text would tell a thief of the database whose records name a doctor. Each is the fingerprint of the
plain SHA-256 in hexadecimal, so rows from before were keyed without opening one (`apps.sync.migrations`).
"""

import hashlib
from typing import Final

from apps.vault.boxes import Box

SOURCE_KEY: Final = "source key"
DIGEST: Final = "digest"


def source_key(box: Box, identity: str) -> str:
    """Return what a record is found by: 64 hex digits made of its ``Type/id``, or what stands for that."""
    return box.fingerprint(SOURCE_KEY, hashlib.sha256(identity.encode()).hexdigest())


def digest(box: Box, *parts: bytes) -> str:
    """Return what tells a text that changed from one that did not: 64 hex digits of its parts in a row."""
    plain = hashlib.sha256()
    for part in parts:
        plain.update(part)
    return box.fingerprint(DIGEST, plain.hexdigest())
