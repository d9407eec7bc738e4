"""What a plan sent of a record before it changed it: kept sealed, opened again to say what changed."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import msgspec
from django.db.models import Count

from apps.fhir import identity, tolerant
from apps.records.models import EarlierVersion, Record
from apps.vault.boxes import Box
from apps.vault.errors import SealBroken

MOST: Final = 20
"""Earlier versions of one record at most: a plan that changes a word every night must not fill the disk."""
# Money is compared as written: a float holds no 17 digits.
_decoder: Final = msgspec.json.Decoder(float_hook=Decimal)


def keep(*, box: Box, replaced: Mapping[UUID, bytes], now: datetime) -> frozenset[UUID]:
    """Keep what is stored of these records, where the new body says something else (`is_same`).

    Return the ids of those that do. Call before the new bodies are stored, in the same transaction. A stored
    body that does not open counts as different, but cannot be kept.
    """
    changed, rows = set(), []
    for old in Record.objects.filter(pk__in=list(replaced)) if replaced else ():
        try:
            body = box.open(old, "sealed_body")
        except SealBroken:  # logged where it is opened to be shown
            changed.add(old.pk)
            continue
        if is_same(body, replaced[old.pk]):
            continue
        changed.add(old.pk)
        row = EarlierVersion(
            member_id=old.member_id,
            connection_id=old.connection_id,
            record=old,
            digest=old.digest,
            stored_at=old.stored_at,
            replaced_at=now,
        )
        row.sealed_body = box.seal(row, "sealed_body", body)
        rows.append(row)
    EarlierVersion.objects.bulk_create(rows)
    _forget_oldest({row.record_id for row in rows})
    return frozenset(changed)


def is_same(body: bytes, other: bytes) -> bool:
    """Return whether two versions of a record say the same, aside from what servers make up for an answer.

    That is `meta`, whose stamp moves by itself, the narrative `text`, which may hold the time it was made
    and says the same in other words, and ids of elements and of what is contained.
    """
    try:
        return bool(_content(body) == _content(other))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ArithmeticError, tolerant.Hopeless):
        return False


def _content(body: bytes) -> Any:
    content = _decoder.decode(body)
    contained = content.get("contained") if isinstance(content, dict) else None
    for part in (content, *(contained if isinstance(contained, list) else ())):
        if isinstance(part, dict):
            part.pop("meta", None)
            part.pop("text", None)
    return identity.lasting(content)


def _forget_oldest(records: Iterable[UUID]) -> None:
    rows = EarlierVersion.objects.filter(record__in=records)
    counted = rows.order_by().values_list("record_id").annotate(n=Count("pk"))
    for record_id in [record_id for record_id, number in counted if number > MOST]:
        of_record = EarlierVersion.objects.filter(record=record_id).order_by("-replaced_at", "-stored_at")
        kept = list(of_record.values_list("pk", flat=True)[:MOST])
        of_record.exclude(pk__in=kept).delete()
