"""Writing the index of one connection and year: from what is stored of it and what was saved since."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import transaction

from apps.claims import columns, in_turn, index, settling, tallies
from apps.claims.entries import YearOfEntries
from apps.claims.index import Entry
from apps.claims.models import ClaimIndex, FreshEntries, IndexPiece
from apps.connections.models import Connection
from apps.vault.boxes import Box

GROWING: Final = ("sealed_columns", "sealed_words", "sealed_entries")
"""Parts that grow with the claims: of a year of many they stand in pieces."""
PARTS: Final = ("sealed_summary", *GROWING)


def write_year(
    *, connection_id: UUID, year: int, box: Box, now: dt.datetime, trusts_stored: bool = True
) -> None:
    """Write the index of *year* so that it has every claim as it is now; a year without claims has none.

    Takes the connection's lock; a connection that was erased meanwhile has no index. Without *trusts_stored*
    it is made of the claims alone. Opens no claim whose entry is known, and a few claims at a time, so that
    memory does not grow with their number.
    """
    with transaction.atomic():
        connection = Connection.objects.select_for_update().filter(pk=connection_id).first()
        if connection is not None:
            in_turn.hold(connection.member_id)
            _Writing(YearOfEntries(connection, box, year), now).write(trusts_stored=trusts_stored)


@dataclass
class _Writing:
    claims: YearOfEntries
    now: dt.datetime

    def write(self, *, trusts_stored: bool) -> None:
        connection, year = self.claims.connection, self.claims.year
        stored = ClaimIndex.objects.filter(connection=connection, year=year)
        number = self.claims.claims.count()
        if number:
            others = settling.others_of(self.claims)
            left = settling.settle(self.claims, others, trusts_stored=trusts_stored)
            row = ClaimIndex(
                member_id=connection.member_id,
                connection=connection,
                year=year,
                written_at=self.now,
                is_divided=self.claims.divides(number),
                beside=settling.state_of(others),
            )
            row.id = stored.values_list("pk", flat=True).first() or row.id
            self._write(row, left, trusts_stored=trusts_stored)
        else:
            stored.delete()
        FreshEntries.objects.filter(connection=connection, year=year).delete()

    def _write(self, row: ClaimIndex, left: frozenset[UUID], *, trusts_stored: bool) -> None:
        """Write all entries, and of those that are not *left* out what pages ask for."""
        before = list(IndexPiece.objects.filter(index=row.pk).values_list("pk", flat=True))
        summary = tallies.Summary()
        shown: Sequence[Entry] = ()
        entries: Sequence[Entry] = ()
        for position, entries in enumerate(self.claims.slices(trusts_stored=trusts_stored)):
            shown = [entry for entry in entries if entry.claim_id not in left]
            summary.add(shown)
            row.claims += len(entries)
            row.twins += len(entries) - len(shown)
            if row.is_divided:
                self._piece(row, position, entries, shown)
        if row.is_divided:
            entries = shown = ()
        self._seal(row, entries, shown)
        row.sealed_summary = self.claims.box.seal(row, "sealed_summary", index.to_bytes(summary))
        ClaimIndex.objects.bulk_create(
            [row],
            update_conflicts=True,
            unique_fields=["connection", "year"],
            update_fields=[*PARTS, "written_at", "claims", "twins", "beside", "is_divided", "stale_at"],
        )
        IndexPiece.objects.filter(pk__in=before).delete()

    def _piece(
        self, row: ClaimIndex, position: int, entries: Sequence[Entry], shown: Sequence[Entry]
    ) -> None:
        piece = IndexPiece(
            member_id=row.member_id,
            index_id=row.pk,
            position=position,
            first_on=entries[-1].ordered_on,
            last_on=entries[0].ordered_on,
        )
        self._seal(piece, entries, shown)
        piece.save(force_insert=True)

    def _seal(self, row: ClaimIndex | IndexPiece, entries: Sequence[Entry], shown: Sequence[Entry]) -> None:
        words = "\n".join(entry.words for entry in shown).encode()
        parts = (columns.packed(shown), bytes([index.VERSION]) + words, index.to_bytes(entries))
        for column, part in zip(GROWING, parts, strict=True):
            setattr(row, column, self.claims.box.seal(row, column, part))
