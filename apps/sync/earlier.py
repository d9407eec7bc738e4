"""What a plan sent of a record before it changed it: kept sealed, opened again to say what changed."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import msgspec
from django.db.models import Count

from apps.connections.models import Connection
from apps.fhir import identity, tolerant
from apps.sync.models import EarlierVersion, RawResource
from apps.vault.boxes import Box
from apps.vault.errors import SealBroken

MOST: Final = 20
"""Earlier versions of one record at most: a plan that changes a word every night must not fill the disk."""
# Money is compared as written: a float holds no 17 digits.
_decoder: Final = msgspec.json.Decoder(float_hook=Decimal)


def keep(*, connection: Connection, box: Box, replaced: Mapping[str, bytes], now: datetime) -> frozenset[str]:
    """Keep what is stored under these source keys, where the new body says something else (`is_same`).

    Return the keys of those that do. Call before the new bodies are stored, in the same transaction. A stored
    body that does not open counts as different, but cannot be kept.
    """
    stored = RawResource.objects.filter(connection=connection, source_key__in=replaced)
    changed, rows = set(), []
    for old in stored if replaced else ():
        try:
            body = box.open(old, "sealed_body")
        except SealBroken:  # logged where it is opened to be shown
            changed.add(old.source_key)
            continue
        if is_same(body, replaced[old.source_key]):
            continue
        changed.add(old.source_key)
        row = EarlierVersion(
            member_id=old.member_id,
            connection=connection,
            kind=old.kind,
            source_key=old.source_key,
            digest=old.digest,
            stored_at=old.stored_at,
            replaced_at=now,
        )
        row.sealed_body = box.seal(row, "sealed_body", body)
        rows.append(row)
    EarlierVersion.objects.bulk_create(rows)
    _forget_oldest(connection, {row.source_key for row in rows})
    return frozenset(changed)


def is_same(one: bytes, other: bytes) -> bool:
    """Return whether two versions of a record say the same, aside from what servers make up for an answer.

    That is `meta`, whose stamp moves by itself, the narrative `text`, which may hold the time it was made
    and says the same in other words, and ids of elements and of what is contained.
    """
    try:
        return bool(_content(one) == _content(other))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, tolerant.Hopeless):
        return False


def _content(body: bytes) -> Any:
    content = _decoder.decode(body)
    contained = content.get("contained") if isinstance(content, dict) else None
    for each in (content, *(contained if isinstance(contained, list) else ())):
        if isinstance(each, dict):
            each.pop("meta", None)
            each.pop("text", None)
    return identity.lasting(content)


def _forget_oldest(connection: Connection, keys: Iterable[str]) -> None:
    rows = EarlierVersion.objects.filter(connection=connection)
    counted = rows.filter(source_key__in=keys).order_by().values_list("source_key").annotate(n=Count("pk"))
    for key in [key for key, number in counted if number > MOST]:
        of_record = rows.filter(source_key=key).order_by("-replaced_at", "-stored_at")
        kept = list(of_record.values_list("pk", flat=True)[:MOST])
        rows.filter(source_key=key).exclude(pk__in=kept).delete()
