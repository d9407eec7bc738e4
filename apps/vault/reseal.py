"""Sealing an owner's values again under their newest key, some rows at a time, while the site runs."""

import base64
import binascii
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import batched, chain
from typing import Any, Final

from django.db import models, transaction
from django.db.models import F, Func, Q
from django.utils import timezone

from apps.vault.boxes import Box, bound_by, name_of
from apps.vault.errors import SealBroken
from apps.vault.models import DataKey
from apps.vault.registry import SealedModel, SealedText, sealed_models, sealed_texts
from apps.vault.rings import Ring
from apps.vault.sealed_bytes import HEADER_BYTES, VERSION, number_of

PER_TRANSACTION: Final = 100
LONG_ENOUGH: Final = 12
"""Base64 digits that hold the header of a sealed text."""


@dataclass
class Pass:
    """What one pass over an owner's rows did."""

    stale: int = 0
    seen: int = 0
    resealed: int = 0
    broken: list[str] = field(default_factory=list)

    @property
    def left(self) -> int:
        """Rows that were found and could not be looked at; deleted ones among them are gone next time."""
        return self.stale - self.seen


def reseal(member_id: uuid.UUID | None, *, counted: Callable[[int], None]) -> Pass:
    """Seal again what the owner has under older keys; tell *counted* how many, in the same transaction.

    No row is waited for: one that is locked just now is left for the next pass. What is written meanwhile
    is never overwritten: rows are read and written under one lock. A value that does not open stays as it is.
    """
    return _Resealing(member_id, counted).all()


class _Resealing:
    """One pass over the rows of one owner."""

    def __init__(self, member_id: uuid.UUID | None, counted: Callable[[int], None]) -> None:
        ring = Ring(member_id)
        self.member_id, self.counted, self.box, self.done = member_id, counted, Box(ring), Pass()
        self.header, _ = ring.newest()

    def all(self) -> Pass:
        """Look for stale values without reading them, then lock and seal some at a time."""
        for sealed in sealed_models():
            stale = _stale(sealed, self.member_id, self.header).order_by()
            self._each(stale.values_list("pk", flat=True), partial(self._columns, sealed))
        for text in sealed_texts() if self.member_id is None else ():
            self._each(_stale_texts(text, self.header), partial(self._texts, text))
        return self.done

    def _each(self, stale: Iterable[Any], seal: Callable[[Iterable[Any]], int]) -> None:
        ids = list(stale)
        self.done.stale += len(ids)
        for ids_at_once in batched(ids, PER_TRANSACTION):
            with transaction.atomic():
                # The keys before the rows, as everywhere: two that lock in turn do not wait for each other.
                older = DataKey.objects.of(self.member_id).retired()
                keys = [key.pk for key in older.select_for_update(no_key=True).order_by("pk")]
                count = seal(ids_at_once)
                if count:
                    # Older keys were in use until now: who read a row a moment ago still has to open it.
                    DataKey.objects.filter(pk__in=keys).update(retired_at=timezone.now())
                    self.counted(count)
            self.done.resealed += count

    def _columns(self, sealed: SealedModel, ids: Iterable[Any]) -> int:
        owner = ["member_id"] if sealed.has_member else []
        fields = ["pk", *owner, *sealed.columns, *chain.from_iterable(bound_by(sealed.model).values())]
        count = 0
        for row in _locked(sealed.model, ids, fields):
            self.done.seen += 1
            changes = {}
            for column in sealed.columns:
                value = bytes(getattr(row, column) or b"")
                if number_of(value) is None or value.startswith(self.header):
                    continue
                try:
                    changes[column] = self.box.seal(row, column, self.box.open(row, column))
                except SealBroken:
                    self.done.broken.append(name_of(row, column))
            if changes:
                sealed.model._base_manager.filter(pk=row.pk).update(**changes)
                count += len(changes)
        return count

    def _texts(self, text: SealedText, ids: Iterable[Any]) -> int:
        count = 0
        for row in _locked(text.model, ids, ["pk", text.column]):
            self.done.seen += 1
            texts = getattr(row, text.column)
            held = {key: texts[key] for key in text.keys if key in texts}
            try:
                fresh = {key: self._again(text.purpose, value) for key, value in held.items()}
            except SealBroken:
                self.done.broken.append(name_of(row, text.column))
                continue
            if fresh != held:
                text.model._base_manager.filter(pk=row.pk).update(**{text.column: {**texts, **fresh}})
                count += 1
        return count

    def _again(self, purpose: str, value: Any) -> Any:
        if isinstance(value, list):
            return [self._again(purpose, item) for item in value]
        if not _is_stale_text(value, self.header):
            return value
        return self.box.seal_text(purpose, self.box.open_text(purpose, value))


def _locked(model: type[models.Model], ids: Iterable[Any], fields: list[str]) -> models.QuerySet[Any]:
    """Rows under lock, without those that are locked just now, or were deleted."""
    rows = model._base_manager.select_for_update(skip_locked=True, no_key=True, of=("self",))
    return rows.filter(pk__in=list(ids)).only(*fields)


def _stale(sealed: SealedModel, member_id: uuid.UUID | None, header: bytes) -> models.QuerySet[Any]:
    """Rows with a sealed value that begins otherwise; what is no sealed value at all is nobody's to seal."""
    rows, stale = sealed.rows(member_id), Q(pk__in=[])
    for column in sealed.columns:
        version, start = f"version_of_{column}", f"start_of_{column}"
        rows = rows.alias(**{version: _first(column, len(VERSION)), start: _first(column, HEADER_BYTES)})
        stale |= Q(**{version: VERSION}) & ~Q(**{start: header})
    return rows.filter(stale)


def _first(column: str, count: int) -> Func:
    """The first bytes of a column. Not `Substr`, which makes text of them."""
    return Func(F(column), 1, count, function="SUBSTR", output_field=models.BinaryField())


def _stale_texts(text: SealedText, header: bytes) -> Iterator[Any]:
    rows = text.model._base_manager.values_list("pk", text.column).order_by("pk")
    for pk, texts in rows.iterator(chunk_size=500):
        held = [texts.get(key) for key in text.keys] if isinstance(texts, dict) else []
        flat = [item for value in held for item in (value if isinstance(value, list) else [value])]
        if any(_is_stale_text(text, header) for text in flat):
            yield pk


def _is_stale_text(value: object, header: bytes) -> bool:
    if not isinstance(value, str):
        return False
    try:
        start = base64.b64decode(value[:LONG_ENOUGH], validate=True)
    except (binascii.Error, ValueError):
        return False
    return number_of(start) is not None and not start.startswith(header)
