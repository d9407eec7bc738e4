"""Writing the index of one connection and year: from what is stored of it and what was saved since."""

import datetime as dt
import hashlib
import logging
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Any
from uuid import UUID

from django.db import models, transaction

from apps.claims import chains, columns, freeing, in_turn, index, people, records, standing, tallies, twins
from apps.claims.index import Entry
from apps.claims.keys import Keys
from apps.claims.models import UNDATED, Claim, ClaimIndex, ClaimName, FreshEntries
from apps.claims.people import Owner
from apps.claims.records import ClaimRecord
from apps.claims.twins import Pairs
from apps.connections.models import Connection
from apps.vault.boxes import Box
from apps.vault.errors import SealBroken

log = logging.getLogger(__name__)
PARTS = ("sealed_summary", "sealed_columns", "sealed_words", "sealed_entries")


def write_year(
    *, connection_id: UUID, year: int, box: Box, now: dt.datetime, trusts_stored: bool = True
) -> None:
    """Write the index of *year* so that it has every claim as it is now; a year without claims has none.

    Takes the connection's lock; a connection that was erased meanwhile has no index. Without *trusts_stored*
    it is made of the claims alone. Opens no claim whose entry is known, and one year at a time, so that
    memory does not grow with the years.
    """
    with transaction.atomic():
        connection = Connection.objects.select_for_update().filter(pk=connection_id).first()
        if connection is not None:
            in_turn.hold(connection.member_id)
            _Writing(connection, box, year, now).write(trusts_stored=trusts_stored)


@dataclass
class Entries:
    """What makes entries of records; `owner` is whom their connection is about."""

    owner: Owner
    keys: Keys

    @classmethod
    def of(cls, connection: Connection, box: Box) -> "Entries":
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


def state_of(rows: Iterable[ClaimIndex]) -> str:
    """Return a digest of which index rows there are, and as of when; empty for none."""
    parts = [f"{row.connection_id} {row.written_at.isoformat()}" for row in rows]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest() if parts else ""


def made_earlier(connection: Connection) -> models.Q:
    """Return the condition that an index is of a connection made before *connection*."""
    same_moment = models.Q(connection__connected_at=connection.connected_at, connection_id__lt=connection.pk)
    return models.Q(connection__connected_at__lt=connection.connected_at) | same_moment


IN_ORDER = ("connection__connected_at", "connection_id")
"""Indexes of one year, the connection made first first."""


@dataclass
class _Writing:
    connection: Connection
    box: Box
    year: int
    now: dt.datetime

    def write(self, *, trusts_stored: bool) -> None:
        rows = ClaimIndex.objects.filter(connection=self.connection, year=self.year)
        stored = rows.only("id", "member_id", "sealed_entries").first()
        fresh = FreshEntries.objects.filter(connection=self.connection, year=self.year)
        claims = self._claims()
        if claims:
            known = self._known([*([stored] if stored else []), *fresh]) if trusts_stored else {}
            entries = columns.in_order(self._entries(claims, known))
            others = list(self._others())
            owner = people.owner_of(self.connection, self.box)
            pairs = twins.found(_named(entries, owner), self._earlier(others))
            left, theirs = self._shown_otherwise(pairs)
            left = {**self._replaced_elsewhere(claims, others), **left}
            self._settle(claims, left, theirs)
            self._write(stored, entries, leaves=left, beside=state_of(others))
        else:
            rows.delete()
        fresh.delete()

    def _claims(self) -> list[Claim]:
        claims = Claim.objects.filter(of_year(self.year), connection=self.connection)
        fields = ("id", "kind", "ordered_on", "is_current", "gone_at", "digest", "twin_of")
        return list(claims.order_by("-ordered_on", "-id").only(*fields))

    def _others(self) -> Iterable[ClaimIndex]:
        """Return the indexes of the year of connections that the member made earlier."""
        rows = ClaimIndex.objects.filter(made_earlier(self.connection), year=self.year)
        rows = rows.filter(member_id=self.connection.member_id).order_by(*IN_ORDER)
        return rows.only("id", "member_id", "connection_id", "written_at", "sealed_entries")

    def _earlier(self, others: Sequence[ClaimIndex]) -> Iterator[Entry]:
        """Yield what earlier connections have, each claim with the name of whom it is about.

        But the twins among themselves. Where the entries do not open, or are of another release, they are
        made of the claims.
        """
        connections = Connection.objects.in_bulk([row.connection_id for row in others])
        claims = Claim.objects.filter(of_year(self.year), connection__in=connections, twin_of__isnull=False)
        pairs: dict[UUID, Any] = dict(claims.values_list("pk", "twin_of")) if others else {}
        earlier = Claim.objects.filter(pk__in=[*pairs.values()], connection__in=connections)
        known = set(earlier.values_list("pk", flat=True))
        twins_there = {twin for twin, other in pairs.items() if other in known}
        for row in others:
            there = connections[row.connection_id]
            found: Iterable[Entry] = self._known([row]).values()
            if row.sealed_entries and not found:
                writing = _Writing(there, self.box, self.year, self.now)
                found = writing._entries(writing._claims(), {})
            alone = [one for one in found if one.claim_id not in twins_there]
            yield from _named(alone, people.owner_of(there, self.box))

    def _shown_otherwise(self, pairs: Pairs) -> tuple[dict[UUID, UUID], dict[UUID, UUID]]:
        """Return which claims are left out here, and which at earlier connections, each with the other one.

        A claim that is an old version elsewhere is left out only where what replaced that version is shown:
        plans correct a claim back to what it was, and connections may lack any of the versions.
        """
        left, theirs = dict(pairs.same), dict[UUID, UUID]()
        if not (pairs.outdated or pairs.theirs):
            return left, theirs
        names = ClaimName.objects.filter(member_id=self.connection.member_id)
        old = {*pairs.outdated.values(), *pairs.theirs.values()}
        after = chains.successors(old, names=names, box=self.box)
        outdated = {one: after[version] for one, version in pairs.outdated.items() if version in after}
        there = {one: after[version] for one, version in pairs.theirs.items() if version in after}
        # Each an old version of the other: the plan corrected the claim back, and one connection is behind.
        for claim, successor in list(outdated.items()):
            other = there.get(successor.claim)
            if other is not None and other.claim == claim:
                if other.age > successor.age:
                    del outdated[claim]
                else:
                    del there[successor.claim]
        left |= {claim: pairs.outdated[claim] for claim in outdated}
        for claim, successor in there.items():
            if successor.claim not in left or pairs.same.get(successor.claim) not in (None, claim):
                theirs[claim] = pairs.theirs[claim]
        return left, theirs

    def _replaced_elsewhere(self, claims: Sequence[Claim], others: Sequence[ClaimIndex]) -> dict[UUID, UUID]:
        """Return which of *claims* a connection made later has noted to be replaced there."""
        marked = {claim.pk: claim.twin_of for claim in claims if claim.twin_of is not None}
        if not marked:
            return {}
        replaced = Claim.objects.filter(pk__in=marked.values(), is_current=False)
        known = {self.connection.pk, *(row.connection_id for row in others)}
        there = set(replaced.exclude(connection__in=known).values_list("pk", flat=True))
        return {mine: other for mine, other in marked.items() if other in there}

    def _settle(
        self, claims: Sequence[Claim], left: Mapping[UUID, UUID], theirs: Mapping[UUID, UUID]
    ) -> None:
        """Note on the claims themselves, for the database to leave out, which are twins."""
        moved = [claim for claim in claims if claim.twin_of != left.get(claim.pk)]
        for claim in moved:
            claim.twin_of = left.get(claim.pk)
        Claim.objects.bulk_update(moved, ["twin_of"], batch_size=500)
        # Of earlier connections those are left out that are replaced here, and no others: permission given
        # anew makes a connection the later one, and of two claims one is always shown.
        noted: dict[UUID, UUID | None] = {}
        for some in batched((claim.pk for claim in claims), 500):
            rows = Claim.objects.filter(twin_of__in=some, member_id=self.connection.member_id)
            noted |= dict(rows.filter(made_earlier(self.connection)).values_list("pk", "twin_of"))
        changed = {other for other in noted.keys() | theirs.keys() if noted.get(other) != theirs.get(other)}
        for some in batched(changed, 500):
            freeing.mark_stale(Claim.objects.filter(pk__in=some))
            Claim.objects.filter(pk__in=some).update(twin_of=None)
        for other in changed & theirs.keys():
            Claim.objects.filter(pk=other).update(twin_of=theirs[other])

    def _write(
        self, stored: ClaimIndex | None, entries: list[Entry], *, leaves: Container[UUID], beside: str
    ) -> None:
        """Write all entries, and of those that are not left out what pages ask for."""
        shown = [entry for entry in entries if entry.claim_id not in leaves]
        row = ClaimIndex(
            member_id=self.connection.member_id,
            connection=self.connection,
            year=self.year,
            written_at=self.now,
            claims=len(entries),
            twins=len(entries) - len(shown),
            beside=beside,
        )
        row.id = stored.pk if stored else row.id
        words = "\n".join(entry.words for entry in shown).encode()
        for column, part in zip(
            PARTS,
            (
                index.to_bytes(tallies.summary_of(shown)),
                columns.packed(shown),
                bytes([index.VERSION]) + words,
                index.to_bytes(entries),
            ),
            strict=True,
        ):
            setattr(row, column, self.box.seal(row, column, part))
        ClaimIndex.objects.bulk_create(
            [row],
            update_conflicts=True,
            unique_fields=["connection", "year"],
            update_fields=[*PARTS, "written_at", "claims", "twins", "beside", "stale_at"],
        )

    def _known(self, rows: Iterable[ClaimIndex | FreshEntries]) -> dict[tuple[UUID, str], Entry]:
        """Return the entries there are, by claim and version: nobody asks for an older one."""
        found = {}
        for row in rows:
            if not row.sealed_entries:
                continue
            try:
                entries = index.entries_from(self.box.open(row, "sealed_entries"))
            except (SealBroken, index.OtherLayout):
                log.exception("%s does not open and is built again", row)
                continue
            found.update({(entry.claim_id, entry.digest): entry for entry in entries})
        return found

    def _entries(self, claims: Sequence[Claim], known: Mapping[tuple[UUID, str], Entry]) -> list[Entry]:
        without = [claim.pk for claim in claims if _place(claim) not in known]
        read = self._read(without) if without else {}
        making, found = Entries.of(self.connection, self.box), []
        for claim in claims:
            record, entry = read.get(claim.pk), known.get(_place(claim))
            if record is not None:
                found.append(making.entry(claim, record))
            elif entry is not None:
                found.append(entry.moved(is_current=claim.is_current, is_gone=claim.gone_at is not None))
            else:
                found.append(
                    index.unreadable(
                        claim_id=claim.pk,
                        ordered_on=claim.ordered_on,
                        kind=claim.kind,  # type: ignore[arg-type]
                        is_current=claim.is_current,
                        is_gone=claim.gone_at is not None,
                        digest=claim.digest,
                    )
                )
        return found

    def _read(self, without: list[UUID]) -> dict[UUID, ClaimRecord]:
        found = {}
        for start in range(0, len(without), 500):
            some = without[start : start + 500]
            for claim in Claim.objects.filter(pk__in=some).only("id", "member_id", "sealed_record"):
                try:
                    found[claim.pk] = records.from_bytes(self.box.open(claim, "sealed_record"))
                except (SealBroken, records.OtherVersion):
                    log.exception("claim %s could not be opened", claim.pk)
        return found


def _named(entries: Iterable[Entry], owner: Owner) -> list[Entry]:
    """Return *entries* with a name each, as far as one is known: a claim that names nobody is the owner's."""
    return [entry if entry.person else entry.moved(person=owner.name or None) for entry in entries]


def of_year(year: int) -> models.Q:
    """Return the condition that a claim belongs into the index of *year*."""
    first = UNDATED if year == UNDATED.year else dt.date(year, 1, 1)
    return models.Q(ordered_on__gte=first, ordered_on__lte=dt.date(year, 12, 31))


def _place(claim: Claim) -> tuple[UUID, str]:
    return claim.pk, claim.digest[: index.DIGEST_LENGTH]
