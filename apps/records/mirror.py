"""The mirror: records stored sealed as they were sent, unchanged ones skipped, opened again to be read."""

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from itertools import batched
from typing import Final, NamedTuple
from uuid import UUID

from django.db.models import F

from apps.connections.models import Connection
from apps.fhir import identity
from apps.fhir.bundles import Resource
from apps.records import earlier
from apps.records.models import Catalogue, EarlierVersion, FetchedPaper, Record
from apps.vault import finding, upserting
from apps.vault.boxes import Box
from apps.vault.errors import SealBroken

log = logging.getLogger("plainclaim.records")

PER_QUERY: Final = 200
AHEAD: Final = timedelta(days=2)
"""A stored stamp so far ahead of our clock is a mistake of the plan's: it keeps no later version away."""


@dataclass(frozen=True, slots=True)
class Put:
    """What became of one page, by source key.

    `current` are the resources that are the newest known, `ids` the ids of all rows of the page, `rows` those
    that were written; a record that says the same as what was stored (`earlier.is_same`) is written, but
    neither new nor changed. `seen` is all that the page held, with its type, `back` what an earlier pass had
    found gone, `same` what was stored already to the last byte, `older` what says that it is older than what
    is stored, which stays.
    """

    current: Mapping[bytes, Resource]
    ids: Mapping[bytes, UUID]
    rows: Mapping[bytes, Record]
    new: frozenset[bytes]
    changed: frozenset[bytes]
    seen: Mapping[bytes, str]
    back: frozenset[bytes]
    same: frozenset[bytes]
    older: frozenset[bytes]


def put(
    *, connection: Connection, box: Box, resources: Sequence[Resource], kept: Collection[str], now: datetime
) -> Put:
    """Store what is new or changed of the FHIR types *kept*, and what was sent before it.

    Inside a transaction with the connection locked. Of several versions in one page the newest
    `meta.lastUpdated` wins, else the last (R-22). A stored version that says it is newer stays, unless it is
    in `doubt`.
    """
    newest = _newest(box, resources, kept)
    putting = _Putting(connection, box, _known(connection, newest), now)
    for key, resource in newest.items():
        putting.take(key, resource)
    changed = putting.write()
    return Put(
        current=putting.current,
        ids={key: row.id for key, row in putting.known.items()}
        | {key: row.id for key, row in putting.rows.items()},
        rows=putting.rows,
        new=frozenset(newest.keys() - putting.known.keys()),
        changed=changed,
        seen={key: resource.type for key, resource in newest.items()},
        back=putting.back,
        same=frozenset(putting.same),
        older=frozenset(putting.older),
    )


class _Stored(NamedTuple):
    """What is known of a row without loading it as one: of most pages nothing changed."""

    source_key: bytes
    id: UUID
    digest: bytes
    last_updated: datetime | None
    first_stored_at: datetime
    gone_at: datetime | None


@dataclass
class _Putting:
    """One page on its way into the mirror; `known` are the rows that are there already."""

    connection: Connection
    box: Box
    known: Mapping[bytes, _Stored]
    now: datetime
    current: dict[bytes, Resource] = field(default_factory=dict)
    rows: dict[bytes, Record] = field(default_factory=dict)
    written: dict[bytes, Resource] = field(default_factory=dict)
    same: set[bytes] = field(default_factory=set)
    older: set[bytes] = field(default_factory=set)

    @cached_property
    def back(self) -> frozenset[bytes]:
        """What an earlier pass had found gone: of the rows as they were, `write` has them back."""
        return frozenset(key for key, row in self.known.items() if row.gone_at is not None)

    def take(self, key: bytes, resource: Resource) -> None:
        """Decide what becomes of one record."""
        old, digest = self.known.get(key), finding.digest(self.box, resource.body)
        if old is not None and _is_older(resource.last_updated, old) and not _is_ahead(old, self.now):
            self.older.add(key)
            return
        self.current[key] = resource
        if old is not None and old.digest == digest:
            self.same.add(key)
            if old.last_updated is None and (stamp := _stamp_of(resource)):  # it was doubted for nothing
                Record.objects.filter(pk=old.id).update(last_updated=stamp)
            return
        self.written[key] = resource
        self.rows[key] = row = Record(
            member_id=self.connection.member_id,
            connection=self.connection,
            fhir_type=resource.type,
            source_key=key,
            digest=digest,
            last_updated=_stamp_of(resource),
            first_stored_at=old.first_stored_at if old else self.now,
            stored_at=self.now,
        )
        if old is not None:
            row.id = old.id  # the seal is bound to the id, and the stored row keeps its own

    def write(self) -> frozenset[bytes]:
        """Write what is new or changed; return the keys of what says something else than before."""
        back, replaced = self.back, [key for key in self.written if key in self.known]
        if not self.written and not back:
            return frozenset()
        said = {self.rows[key].pk: self.written[key].body for key in replaced}
        changed = earlier.keep(box=self.box, replaced=said, now=self.now)
        revision = raised(self.connection)
        for key, resource in self.written.items():
            self.rows[key].revision = revision
            self.rows[key].sealed_body = self.box.seal(self.rows[key], "sealed_body", resource.body)
        upserting.insert([self.rows[key] for key in self.written if key not in self.known])
        Record.objects.bulk_create(
            [self.rows[key] for key in replaced],
            update_conflicts=True,
            unique_fields=["connection", "source_key"],
            update_fields=["digest", "last_updated", "stored_at", "revision", "sealed_body"],
        )
        if back:
            rows = Record.objects.filter(connection=self.connection, source_key__in=list(back))
            rows.update(gone_at=None, revision=revision)
        return frozenset(key for key in replaced if self.rows[key].pk in changed)


def raised(connection: Connection) -> int:
    """Raise the revision of the mirror and return it. Inside a transaction with the connection locked."""
    rows = Catalogue.objects.filter(connection=connection)
    if not rows.update(revision=F("revision") + 1):
        Catalogue.objects.create(connection=connection, revision=1)
    return rows.values_list("revision", flat=True).get()


def leave(connection: Connection, ids: Collection[UUID], *, now: datetime) -> None:
    """Note that the plan no longer sends these. Inside a transaction with the connection locked."""
    revision = raised(connection) if ids else 0
    for ids_at_once in batched(ids, PER_QUERY):
        Record.objects.filter(pk__in=ids_at_once).update(gone_at=now, revision=revision)


def doubt(connection: Connection, source_keys: Iterable[bytes], *, stored_before: datetime) -> None:
    """Doubt what is stored since before that moment under keys that came in an older version only.

    A plan that went back to an earlier backup, or whose clock was ahead for an hour, has that version alone
    from now on; one that answered from a copy that lags behind sends the newer one again. So the stored one
    loses its stamp: it stays until the next pass, which asks for everything (`sync.marks`), and then what
    comes is taken. Where that is what is stored, it has its stamp back.
    """
    rows = Record.objects.filter(connection=connection, source_key__in=list(source_keys))
    rows.filter(stored_at__lt=stored_before).update(last_updated=None)


def bodies(*, connection: Connection, box: Box, fhir_types: Iterable[str]) -> Iterator[list[bytes]]:
    """Yield the stored JSON of these types in batches; a row that does not open is logged and left out."""
    rows = Record.objects.filter(connection=connection, fhir_type__in=list(fhir_types)).order_by("id")
    rows, last = rows.only("id", "member_id", "sealed_body"), None
    while rows_at_once := list((rows.filter(pk__gt=last) if last else rows)[:PER_QUERY]):
        last = rows_at_once[-1].pk
        yield [body for row in rows_at_once if (body := opened(box, row)) is not None]


def bodies_of(connection: Connection, box: Box, source_keys: Iterable[bytes]) -> list[bytes]:
    """Return the stored JSON of these records; a row that does not open is logged and left out."""
    rows = Record.objects.filter(connection=connection, source_key__in=list(source_keys))
    rows = rows.only("id", "member_id", "sealed_body")
    return [body for row in rows if (body := opened(box, row)) is not None]


def opened(box: Box, row: Record | EarlierVersion | FetchedPaper) -> bytes | None:
    """Return what a row holds, None where it does not open: which is logged by the row's name only."""
    try:
        return box.open(row, "sealed_body")
    except SealBroken as error:
        log.error("%s", error)
        return None


def texts(box: Box, row: Record, newest: bytes | None) -> Iterator[bytes]:
    """Yield the *newest* JSON of a row, where it opens, and what was sent before it, latest first."""
    if newest is not None:
        yield newest
    for version in EarlierVersion.objects.filter(record=row.pk).order_by("-replaced_at", "-stored_at"):
        if (before := opened(box, version)) is not None:
            yield before


def _newest(box: Box, resources: Sequence[Resource], kept: Collection[str]) -> dict[bytes, Resource]:
    newest: dict[bytes, Resource] = {}
    for resource in resources:
        if resource.type in kept:
            key = finding.source_key(box, resource.identity)
            if not _is_older(resource.last_updated, newest.get(key)):
                newest[key] = resource
    return newest


def _known(connection: Connection, keys: Iterable[bytes]) -> dict[bytes, _Stored]:
    rows = Record.objects.filter(connection=connection, source_key__in=list(keys))
    stored = (
        _Stored(bytes(key), pk, bytes(digest), *moments)
        for key, pk, digest, *moments in rows.values_list(*_Stored._fields)
    )
    return {row.source_key: row for row in stored}


def _stamp_of(resource: Resource) -> datetime | None:
    # What changes without an id may become another record: its stamp leads to nothing (`marks`).
    return resource.last_updated if identity.is_named(resource.id) else None


def _is_older(moment: datetime | None, other: Resource | _Stored | None) -> bool:
    return (
        moment is not None
        and other is not None
        and other.last_updated is not None
        and moment < other.last_updated
    )


def _is_ahead(old: _Stored, now: datetime) -> bool:
    return old.last_updated is not None and old.last_updated - now > AHEAD
