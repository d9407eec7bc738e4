"""The entries of one connection and year: made of its claims, or opened as stored, a few at a time."""

import datetime as dt
import logging
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Final
from uuid import UUID

from django.db.models import Q

from apps.claims import columns, index, people, records, standing, twins
from apps.claims.index import Entry
from apps.claims.keys import Keys
from apps.claims.models import UNDATED, Claim, ClaimIndex, ClaimQuerySet, FreshEntries, IndexPiece
from apps.claims.people import Owner
from apps.claims.records import ClaimRecord
from apps.connections.models import Connection
from apps.vault.boxes import Box
from apps.vault.errors import SealBroken

log = logging.getLogger(__name__)
AT_ONCE: Final = 1000
"""Entries in memory at once, and in one piece of a year that has more claims."""
ROWS: Final = 50
"""Rows of fresh entries loaded at once: one for each page that a plan sent."""
RECORDS: Final = 100
"""Claims loaded at once to be opened."""


@dataclass
class Maker:
    """What makes entries of records; `owner` is whom their connection is about."""

    owner: Owner
    keys: Keys

    @classmethod
    def of(cls, connection: Connection, box: Box) -> "Maker":
        """Return what makes entries of the claims of *connection*."""
        return cls(people.owner_of(connection, box), Keys(box))

    def entry(self, claim: Claim, record: ClaimRecord) -> Entry:
        """Return the entry of *claim*, which is *record*."""
        return index.entry_of(
            record,
            claim_id=claim.pk,
            ordered_on=claim.ordered_on,
            is_current=claim.is_current,
            is_gone=claim.gone_at is not None,
            person_key=self.keys.of("person", self.owner.other_than(record)),
            provider_key=self.keys.of("provider", index.provider_identity(record)),
            twin_key=twins.key_of(record, standing.state(record)),
            digest=claim.digest,
        )


def of_year(year: int) -> Q:
    """Return the condition that a claim belongs into the index of *year*."""
    first = UNDATED if year == UNDATED.year else dt.date(year, 1, 1)
    return Q(ordered_on__gte=first, ordered_on__lte=dt.date(year, 12, 31))


@dataclass
class YearOfEntries:
    """The claims of one connection and year as entries. Call with the connection locked."""

    connection: Connection
    box: Box
    year: int

    @property
    def claims(self) -> ClaimQuerySet:
        """The claims themselves."""
        return Claim.objects.filter(of_year(self.year), connection=self.connection)

    def divides(self, number: int) -> bool:
        """Whether an index of so many claims is divided into pieces: each holds one of `slices`."""
        return number > AT_ONCE

    def slices(self, *, trusts_stored: bool = True) -> Iterator[list[Entry]]:
        """Yield the entries of all claims, newest first, `AT_ONCE` at a time.

        Opens no claim whose entry is known; without *trusts_stored* every one.
        """
        making = Maker.of(self.connection, self.box)
        for claims in self._claims():
            known = self._known(claims) if trusts_stored else {}
            yield columns.in_order(self._entries(making, claims, known))

    def stored(self) -> Iterator[list[Entry]]:
        """Yield the entries as written last, row by row; raise SealBroken or `index.OtherLayout`."""
        return (_opened(self.box, row) for row in self._written() if row.sealed_entries)

    def _claims(self) -> Iterator[list[Claim]]:
        """Yield the claims, newest first, as many at a time."""
        fields = ("id", "kind", "ordered_on", "is_current", "gone_at", "digest")
        claims, last = self.claims.order_by("-ordered_on", "-id").only(*fields), None
        while some := list((claims.filter(_after(last)) if last else claims)[:AT_ONCE]):
            last = some[-1]
            yield some

    def _known(self, claims: Sequence[Claim]) -> dict[tuple[UUID, str], Entry]:
        """Return the entries there are of *claims*, by claim and version: nobody asks for an older one."""
        wanted = {_place(claim) for claim in claims}
        days = claims[-1].ordered_on, claims[0].ordered_on
        fresh = FreshEntries.objects.filter(connection=self.connection, year=self.year)
        found = {}
        for rows in (self._written(*days), fresh.iterator(chunk_size=ROWS)):
            for entries in opened(self.box, rows):
                found.update({place: entry for entry in entries if (place := _version(entry)) in wanted})
        return found

    def _written(
        self, first: dt.date = dt.date.min, last: dt.date = dt.date.max
    ) -> Iterator[ClaimIndex | IndexPiece]:
        """Yield the rows that hold entries of these days, one in memory at a time."""
        head = ClaimIndex.objects.filter(connection=self.connection, year=self.year)
        yield from head.only("id", "member_id", "sealed_entries")
        pieces = IndexPiece.objects.filter(index__in=head, first_on__lte=last, last_on__gte=first)
        yield from pieces.only("id", "member_id", "sealed_entries").iterator(chunk_size=1)

    def _entries(
        self, making: Maker, claims: Sequence[Claim], known: Mapping[tuple[UUID, str], Entry]
    ) -> Iterable[Entry]:
        made = self._made(making, [claim for claim in claims if _place(claim) not in known])
        for claim in claims:
            entry = made.get(claim.pk) or known.get(_place(claim)) or _unreadable(claim)
            yield entry.moved(is_current=claim.is_current, is_gone=claim.gone_at is not None)

    def _made(self, making: Maker, claims: Collection[Claim]) -> dict[UUID, Entry]:
        """Return entries made of the claims themselves, of those that open."""
        found = {}
        for some in batched(claims, RECORDS):
            by_id = {claim.pk: claim for claim in some}
            for row in Claim.objects.filter(pk__in=by_id).only("id", "member_id", "sealed_record"):
                try:
                    record = records.from_bytes(self.box.open(row, "sealed_record"))
                except (SealBroken, records.OtherVersion):
                    log.exception("claim %s could not be opened", row.pk)
                else:
                    found[row.pk] = making.entry(by_id[row.pk], record)
        return found


def opened(box: Box, rows: Iterable[ClaimIndex | IndexPiece | FreshEntries]) -> Iterator[list[Entry]]:
    """Yield the entries of each row; one that does not open is logged and left out."""
    for row in rows:
        if not row.sealed_entries:  # nothing was written yet
            continue
        try:
            entries = _opened(box, row)
        except (SealBroken, index.OtherLayout):
            log.exception("%s does not open and is built again", row)
        else:
            yield entries


def _opened(box: Box, row: ClaimIndex | IndexPiece | FreshEntries) -> list[Entry]:
    return index.entries_from(box.open(row, "sealed_entries"))


def _after(claim: Claim) -> Q:
    """Return the condition that a claim is older than *claim*, in the order of lists."""
    return Q(ordered_on__lt=claim.ordered_on) | Q(ordered_on=claim.ordered_on, pk__lt=claim.pk)


def _place(claim: Claim) -> tuple[UUID, str]:
    return claim.pk, claim.digest[: index.DIGEST_LENGTH]


def _version(entry: Entry) -> tuple[UUID, str]:
    return entry.claim_id, entry.digest


def _unreadable(claim: Claim) -> Entry:
    return index.unreadable(
        claim_id=claim.pk,
        ordered_on=claim.ordered_on,
        kind=claim.kind,  # type: ignore[arg-type]
        is_current=claim.is_current,
        is_gone=claim.gone_at is not None,
        digest=claim.digest,
    )
