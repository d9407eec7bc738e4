"""The mirror: records stored sealed as they were sent, unchanged ones skipped, the versions before kept, and
opened again to be read."""

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import batched
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec
from django.db.models import Count, F

from apps.connections.models import Connection
from apps.fhir import identity, tolerant
from apps.fhir.bundles import Resource
from apps.records.models import Activity, Catalogue, EarlierVersion, FetchedPaper, Record
from apps.vault import boxes, upsert
from apps.vault.boxes import Box
from apps.vault.errors import SealBroken

log = logging.getLogger("plainclaim.records")

PER_QUERY: Final = 200
MOST_EARLIER: Final = 20
"""Earlier versions of one record at most: a plan that changes a word every night must not fill the disk."""
AHEAD: Final = timedelta(days=2)
"""A stored stamp so far ahead of our clock is a mistake of the plan's: it keeps no later version away."""
# Money is compared as written: a float holds no 17 digits.
_exact: Final = msgspec.json.Decoder(float_hook=Decimal)


class _Stored(NamedTuple):
    """What is known of a row without loading it as one: of most pages nothing changed."""

    source_key: bytes
    id: UUID
    digest: bytes
    last_updated: datetime | None
    first_stored_at: datetime
    gone_at: datetime | None


@dataclass
class Put:
    """What became of one page, by source key; `known` are the rows that were there already.

    `seen` is all that the page held, with its type, `current` are the resources that are the newest known,
    `rows` those that were written; a record that says the same as what was stored (`is_same`) is written, but
    neither new nor `changed`. `same` is what was stored already to the last byte, `older` what says that it
    is older than what is stored, which stays.
    """

    connection: Connection
    box: Box
    now: datetime
    stored: Mapping[bytes, _Stored]
    seen: Mapping[bytes, str]
    current: dict[bytes, Resource] = field(default_factory=dict)
    rows: dict[bytes, Record] = field(default_factory=dict)
    same: set[bytes] = field(default_factory=set)
    older: set[bytes] = field(default_factory=set)
    changed: frozenset[bytes] = frozenset()

    @cached_property
    def new(self) -> frozenset[bytes]:
        """What was not here before."""
        return frozenset(self.seen.keys() - self.stored.keys())

    @cached_property
    def back(self) -> frozenset[bytes]:
        """What an earlier pass had found gone, and is here again."""
        return frozenset(key for key, row in self.stored.items() if row.gone_at is not None)

    @cached_property
    def ids(self) -> dict[bytes, UUID]:
        """The ids of all rows of the page."""
        rows: Mapping[bytes, _Stored | Record] = {**self.stored, **self.rows}
        return {key: row.id for key, row in rows.items()}

    def take(self, key: bytes, resource: Resource) -> None:
        """Decide what becomes of one record."""
        old, digest = self.stored.get(key), boxes.digest(self.box, resource.body)
        is_ahead = old is not None and old.last_updated is not None and old.last_updated - self.now > AHEAD
        if _is_older(resource.last_updated, old) and not is_ahead:
            self.older.add(key)
            return
        self.current[key] = resource
        # What changes without an id may become another record: its stamp leads to nothing (`marks`).
        stamp = resource.last_updated if identity.is_named(resource.id) else None
        if old is not None and old.digest == digest:
            self.same.add(key)
            if old.last_updated is None and stamp:  # it was doubted for nothing
                Record.objects.filter(pk=old.id).update(last_updated=stamp)
            return
        self.rows[key] = row = Record(
            member_id=self.connection.member_id,
            connection=self.connection,
            fhir_type=resource.type,
            source_key=key,
            digest=digest,
            last_updated=stamp,
            first_stored_at=old.first_stored_at if old else self.now,
            stored_at=self.now,
        )
        if old is not None:
            row.id = old.id  # the seal is bound to the id, and the stored row keeps its own

    def write(self) -> None:
        """Write what is new or changed, and note what says something else than before."""
        if not self.rows and not self.back:
            return
        replaced = {key: row for key, row in self.rows.items() if key in self.stored}
        said = {row.pk: self.current[key].body for key, row in replaced.items()}
        differing = _keep_earlier(box=self.box, replaced=said, now=self.now)
        self.changed = frozenset(key for key, row in replaced.items() if row.pk in differing)
        revision = raised(self.connection)
        for key, row in self.rows.items():
            row.revision = revision
            row.sealed_body = self.box.seal(row, "sealed_body", self.current[key].body)
        upsert.insert([row for key, row in self.rows.items() if key not in replaced])
        Record.objects.bulk_create(
            replaced.values(),
            update_conflicts=True,
            unique_fields=["connection", "source_key"],
            update_fields=["digest", "last_updated", "stored_at", "revision", "sealed_body"],
        )
        if self.back:
            rows = Record.objects.filter(connection=self.connection, source_key__in=list(self.back))
            rows.update(gone_at=None, revision=revision)


def put(
    *, connection: Connection, box: Box, resources: Sequence[Resource], kept: Collection[str], now: datetime
) -> Put:
    """Store what is new or changed of the FHIR types *kept*, and what was sent before it.

    Inside a transaction with the connection locked. Of several versions in one page the newest
    `meta.lastUpdated` wins, else the last (R-22). A stored version that says it is newer stays, unless it is
    in `doubt`.
    """
    newest: dict[bytes, Resource] = {}
    for resource in resources:
        if resource.type in kept:
            key = boxes.source_key(box, resource.identity)
            if not _is_older(resource.last_updated, newest.get(key)):
                newest[key] = resource
    seen = {key: resource.type for key, resource in newest.items()}
    page = Put(connection, box, now, _known(connection, newest), seen)
    for key, resource in newest.items():
        page.take(key, resource)
    page.write()
    return page


def raised(connection: Connection) -> int:
    """Raise the revision of the mirror and return it. Inside a transaction with the connection locked."""
    rows = Catalogue.objects.filter(connection=connection)
    if not rows.update(revision=F("revision") + 1):
        Catalogue.objects.create(connection=connection, revision=1)
    return rows.values_list("revision", flat=True).get()


def leave(connection: Connection, ids: Collection[UUID], *, now: datetime) -> None:
    """Note that the plan no longer sends these. Inside a transaction with the connection locked."""
    for ids_at_once in batched(ids, PER_QUERY):  # a revision each: books take whole ones at once
        Record.objects.filter(pk__in=ids_at_once).update(gone_at=now, revision=raised(connection))


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


def opened(box: Box, row: Record | EarlierVersion | FetchedPaper | Activity) -> bytes | None:
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


def _known(connection: Connection, keys: Iterable[bytes]) -> dict[bytes, _Stored]:
    rows = Record.objects.filter(connection=connection, source_key__in=list(keys))
    stored = (
        _Stored(bytes(key), pk, bytes(digest), *moments)
        for key, pk, digest, *moments in rows.values_list(*_Stored._fields)
    )
    return {row.source_key: row for row in stored}


def _is_older(moment: datetime | None, other: Resource | _Stored | None) -> bool:
    return (
        moment is not None
        and other is not None
        and other.last_updated is not None
        and moment < other.last_updated
    )


def _keep_earlier(*, box: Box, replaced: Mapping[UUID, bytes], now: datetime) -> frozenset[UUID]:
    """Keep what is stored of these records, where the new body says something else (`is_same`).

    Return the ids of those that do. Call before the new bodies are stored, in the same transaction. A stored
    body that does not open counts as different, but cannot be kept.
    """
    if not replaced:
        return frozenset()
    changed, rows = set(), []
    for old in Record.objects.filter(pk__in=list(replaced)):
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
    content = _exact.decode(body)
    contained = content.get("contained") if isinstance(content, dict) else None
    for part in (content, *(contained if isinstance(contained, list) else ())):
        if isinstance(part, dict):
            part.pop("meta", None)
            part.pop("text", None)
    return identity.lasting(content)


def _forget_oldest(records: Iterable[UUID]) -> None:
    rows = EarlierVersion.objects.filter(record__in=records)
    counted = rows.order_by().values_list("record_id").annotate(n=Count("pk"))
    for record_id in [record_id for record_id, number in counted if number > MOST_EARLIER]:
        of_record = EarlierVersion.objects.filter(record=record_id).order_by("-replaced_at", "-stored_at")
        kept = list(of_record.values_list("pk", flat=True)[:MOST_EARLIER])
        of_record.exclude(pk__in=kept).delete()
