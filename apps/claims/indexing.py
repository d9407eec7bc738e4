"""The index of claims as rows: written with the claims, in their transaction, and opened part by part."""

import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import models, transaction
from django.utils import timezone

from apps.accounts.models import Member
from apps.claims import columns, index, people, records, tallies
from apps.claims.index import Entry
from apps.claims.models import UNDATED, Claim, ClaimIndex
from apps.claims.people import Owner
from apps.claims.records import ClaimRecord
from apps.connections.models import Connection
from apps.vault.boxes import Box
from apps.vault.errors import SealBroken

log = logging.getLogger(__name__)
KEY_LENGTH: Final = 16
"""Hex digits of a fingerprint that stand in an address for a provider or a person."""


@dataclass(frozen=True, slots=True)
class Before:
    """What a connection's claims were before they are changed: the years concerned, and what was replaced."""

    years: frozenset[int]
    replaced: frozenset[tuple[UUID, int]]


def before(connection: Connection, source_keys: Collection[str]) -> Before:
    """Return what `write` has to know of the claims that are about to be changed or deleted."""
    claims = Claim.objects.filter(connection=connection)
    concerned = claims.filter(source_key__in=source_keys).values_list("ordered_on", flat=True)
    return Before(frozenset(day.year for day in concerned), _replaced(connection))


def write(
    *,
    connection: Connection,
    box: Box,
    was: Before,
    saved: Mapping[str, ClaimRecord],
    now: dt.datetime,
) -> None:
    """Bring the index up to date after claims of *connection* were *saved* (by source key) or deleted.

    Only the years that lost, gained or changed a claim are opened; a connection without any index gets all of
    it. Inside the transaction of the change, with the connection locked.
    """
    rows = Claim.objects.filter(connection=connection, source_key__in=saved)
    found = {key: (pk, day) for key, pk, day in rows.values_list("source_key", "id", "ordered_on")}
    changed = was.replaced ^ _replaced(connection)
    years = was.years | {day.year for _, day in found.values()} | {year for _, year in changed}
    fresh = {found[key][0]: record for key, record in saved.items() if key in found}
    if years:
        _Writing(connection, box, fresh, now).write(None if _is_without(connection) else years)


def rebuild(*, connection_id: UUID, box: Box, now: dt.datetime, years: Collection[int] | None = None) -> None:
    """Build the index of *years* (None: all) from the claims themselves, under the connection's lock.

    A connection that was erased meanwhile has none.
    """
    with transaction.atomic():
        connection = Connection.objects.select_for_update().filter(pk=connection_id).first()
        if connection is not None:
            _Writing(connection, box, {}, now, trusts_stored=False).write(years)


def opened[T](
    member: Member,
    box: Box,
    parts: Sequence[str],
    read: Callable[..., T],
    *,
    year: int | None = None,
    plan: UUID | None = None,
) -> list[tuple[ClaimIndex, T]]:
    """Return the member's index, newest year first: each row with what *read* makes of these parts.

    *year* and *plan* (a connection) narrow it where given. A row that does not open is built again from its
    claims, which is logged.
    """
    wanted = member.claim_indexes.order_by("-year", "connection_id")
    wanted = wanted.filter(year=year) if year is not None else wanted
    wanted = wanted.filter(connection_id=plan) if plan else wanted
    found = []
    for row in wanted.only("id", "member_id", "connection_id", "year", *parts):
        try:
            found.append((row, read(*(box.open(row, part) for part in parts))))
        except (SealBroken, index.OtherLayout):
            log.exception("claim index %s does not open and is built again", row.pk)
            rebuild(connection_id=row.connection_id, box=box, now=timezone.now(), years=[row.year])
            found += [
                (again, read(*(box.open(again, part) for part in parts)))
                for again in member.claim_indexes.filter(pk=row.pk)
            ]
    return found


def complete(member: Member, box: Box, connections: Iterable[UUID], indexed: Collection[UUID]) -> bool:
    """Build the index of connections whose claims have none yet; return whether there were any."""
    without = [pk for pk in connections if pk not in indexed]
    claims = member.claims.filter(connection_id__in=without).order_by()
    found = set(claims.values_list("connection_id", flat=True).distinct()) if without else set()
    for connection in member.connections.filter(pk__in=found):
        log.warning("claims of connection %s had no index: it is built", connection.pk)
        rebuild(connection_id=connection.pk, box=box, now=timezone.now())
    return bool(found)


def words_from(stored: bytes) -> list[str]:
    """Return the line of folded words of each claim, in the order of the columns."""
    try:
        return index.body_of(stored).decode().split("\n")
    except UnicodeDecodeError as error:
        raise index.OtherLayout("the words do not decode") from error


def _replaced(connection: Connection) -> frozenset[tuple[UUID, int]]:
    rows = Claim.objects.filter(connection=connection, is_current=False).values_list("id", "ordered_on")
    return frozenset((pk, day.year) for pk, day in rows)


def _is_without(connection: Connection) -> bool:
    return not ClaimIndex.objects.filter(connection=connection).exists()


@dataclass
class _Writing:
    """One pass over years of a connection; `fresh` are records known already, by claim id."""

    connection: Connection
    box: Box
    fresh: Mapping[UUID, ClaimRecord]
    now: dt.datetime
    trusts_stored: bool = True

    def __post_init__(self) -> None:
        self.owner: Owner = people.owner_of(self.connection, self.box)
        self.keys = Keys(self.box)

    def write(self, years: Collection[int] | None) -> None:
        """Write these years, all where *years* is None; a year without claims leaves."""
        claims = Claim.objects.filter(connection=self.connection)
        rows = ClaimIndex.objects.filter(connection=self.connection)
        if years is not None:
            rows = rows.filter(year__in=years)
            claims = claims.filter(_in_years(years))
        stored = {row.year: row for row in rows.only("id", "member_id", "year", "sealed_entries")}
        by_year: dict[int, list[Claim]] = defaultdict(list)
        for claim in claims.only("id", "kind", "ordered_on", "is_current"):
            by_year[claim.ordered_on.year].append(claim)
        gone = [row.pk for year, row in stored.items() if year not in by_year]
        if gone:
            ClaimIndex.objects.filter(pk__in=gone).delete()
        written = [self._row(stored.get(year), year, claims) for year, claims in by_year.items()]
        ClaimIndex.objects.bulk_create(
            written,
            update_conflicts=True,
            unique_fields=["connection", "year"],
            update_fields=[
                "sealed_summary",
                "sealed_columns",
                "sealed_words",
                "sealed_entries",
                "written_at",
            ],
        )

    def _row(self, stored: ClaimIndex | None, year: int, claims: list[Claim]) -> ClaimIndex:
        known = self._entries(stored) if stored and self.trusts_stored else {}
        missing = [claim.pk for claim in claims if claim.pk not in known and claim.pk not in self.fresh]
        read = self._read(missing) if missing else {}
        entries = columns.in_order([self._entry(claim, known, read) for claim in claims])
        row = ClaimIndex(
            member_id=self.connection.member_id, connection=self.connection, year=year, written_at=self.now
        )
        row.id = stored.pk if stored else row.id
        words = "\n".join(entry.words for entry in entries).encode()
        for column, part in (
            ("sealed_summary", index.to_bytes(tallies.summary_of(entries))),
            ("sealed_columns", columns.packed(entries)),
            ("sealed_words", bytes([index.VERSION]) + words),
            ("sealed_entries", index.to_bytes(entries)),
        ):
            setattr(row, column, self.box.seal(row, column, part))
        return row

    def _entries(self, row: ClaimIndex) -> dict[UUID, Entry]:
        try:
            found = index.entries_from(self.box.open(row, "sealed_entries"))
        except (SealBroken, index.OtherLayout):
            log.exception("claim index %s does not open and is built again", row.pk)
            return {}
        return {entry.claim_id: entry for entry in found}

    def _read(self, missing: list[UUID]) -> dict[UUID, ClaimRecord]:
        found = {}
        for start in range(0, len(missing), 500):
            some = missing[start : start + 500]
            for claim in Claim.objects.filter(pk__in=some).only("id", "member_id", "sealed_record"):
                try:
                    found[claim.pk] = records.from_bytes(self.box.open(claim, "sealed_record"))
                except (SealBroken, records.OtherVersion):
                    log.exception("claim %s could not be opened", claim.pk)
        return found

    def _entry(self, claim: Claim, known: Mapping[UUID, Entry], read: Mapping[UUID, ClaimRecord]) -> Entry:
        place = {
            "claim_id": claim.pk,
            "ordered_on": claim.ordered_on,
            "kind": claim.kind,
            "is_current": claim.is_current,
        }
        record = self.fresh.get(claim.pk) or read.get(claim.pk)
        if record:
            del place["kind"]
            return index.entry_of(
                record,
                person_key=self.keys.of("person", self.owner.other_than(record)),
                provider_key=self.keys.of("provider", index.provider_identity(record)),
                **place,  # type: ignore[arg-type]
            )
        entry = known.get(claim.pk)
        return entry.moved(**place) if entry else index.unreadable(**place)  # type: ignore[arg-type]


def key_of(box: Box, purpose: str, text: str) -> str:
    """Return what stands in an address for a provider or a person."""
    return box.fingerprint(f"claims.{purpose}", text)[:KEY_LENGTH]


class Keys:
    """Keyed digests as `key_of` makes them, each once: a year names the same few again and again."""

    def __init__(self, box: Box) -> None:
        self._box = box
        self._known: dict[tuple[str, str], str] = {}

    def of(self, purpose: str, text: str) -> str:
        """Return the keyed digest of *text*; empty for nothing."""
        if text and (purpose, text) not in self._known:
            self._known[purpose, text] = key_of(self._box, purpose, text)
        return self._known[purpose, text] if text else ""


def _in_years(years: Iterable[int]) -> models.Q:
    found = models.Q(pk__in=[])
    for year in years:
        first = UNDATED if year == UNDATED.year else dt.date(year, 1, 1)
        found |= models.Q(ordered_on__gte=first, ordered_on__lte=dt.date(year, 12, 31))
    return found
