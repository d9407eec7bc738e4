"""What records of a member are found and compared by: digests under that member's key (D-12).

Directories of providers are public, and ids of people and claims are often numbers: a plain digest of an id
or of a text would tell a thief of the database whose records name a doctor.
"""

import hashlib
from typing import Final

from apps.vault.boxes import Box

SOURCE_KEY: Final = "source key"
DIGEST: Final = "digest"


def source_key(box: Box, identity: str) -> bytes:
    """Return what a record is found by: 32 bytes made of its ``Type/id``, or what stands for that."""
    return box.fingerprint(SOURCE_KEY, identity)


def digest(box: Box, *parts: bytes) -> bytes:
    """Return what tells a text that changed from one that did not: 32 bytes of its parts in a row."""
    plain = hashlib.sha256()
    for part in parts:
        plain.update(part)
    return box.fingerprint(DIGEST, plain.hexdigest())
