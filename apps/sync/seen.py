"""What a pass over everything has seen, page by page, so that at its end what is gone can be told (R-24)."""

from collections.abc import Iterable, Iterator
from itertools import batched
from typing import Final
from uuid import UUID

from apps.connections.models import Connection
from apps.sync.models import RawResource, SyncSeen, SyncStep

SIZE: Final = 16
"""Bytes of a source key (HMAC-SHA-256) that are kept: no two of a member's records share them."""
AT_ONCE: Final = 20_000
"""Records compared in one go; a pass over more is compared in parts, so that memory does not grow with it."""


def note(step: SyncStep, keys: Iterable[str]) -> None:
    """Note the source keys of one page, in the transaction that stores it; `step.pages` is its number."""
    packed = b"".join(digest(key) for key in sorted(keys))
    SyncSeen.objects.create(step=step, page=step.pages, digests=packed, member_id=step.member_id)


def digest(key: str) -> bytes:
    """Return what is kept of a source key."""
    return bytes.fromhex(key)[:SIZE]


def brought(step: SyncStep) -> set[bytes]:
    """Return the digests of all that the pass has brought so far."""
    return {one for page in _pages(step) for one in _digests(page)}


def unseen(step: SyncStep, connection: Connection) -> tuple[int, list[tuple[UUID, str]]]:
    """Return how many records the pass saw, and id and source key of those here that it did not see."""
    rows = RawResource.objects.filter(connection=connection, kind=step.resource_type, gone_at=None)
    parts = 1 + max(rows.count(), sum(len(page) for page in _pages(step)) // SIZE) // AT_ONCE
    number, missing = 0, []
    for part in range(parts):
        seen = {one for page in _pages(step) for one in _digests(page) if one[0] % parts == part}
        number += len(seen)
        for pk, key in rows.values_list("pk", "source_key").iterator(chunk_size=2000):
            one = digest(key)
            if one[0] % parts == part and one not in seen:
                missing.append((pk, key))
    return number, missing


def _pages(step: SyncStep) -> Iterator[bytes]:
    pages = step.seen.order_by("page").values_list("digests", flat=True)
    return (bytes(page) for page in pages.iterator(chunk_size=100))


def _digests(page: bytes) -> Iterator[bytes]:
    return (bytes(one) for one in batched(page, SIZE))
