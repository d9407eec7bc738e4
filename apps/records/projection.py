"""Mirror to books: what came since the books were made is read and put where it belongs."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import batched
from typing import Final, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from apps.connections.models import Connection
from apps.fhir.tolerant import Unreadable
from apps.records import kinds, mirror, naming
from apps.records.books import Broken, Shelf
from apps.records.entries import Entry
from apps.records.kinds import Kind, Make, Opened
from apps.records.merge import merge
from apps.records.models import Book, Catalogue, EarlierVersion, Record, RecordQuerySet
from apps.vault.boxes import Box

log = logging.getLogger("plainclaim.records")
AT_ONCE: Final = 2000
"""Records put into books in one transaction; a page waits for no more."""
PER_QUERY: Final = 100
type Oddities = frozenset[tuple[str, str]]


class Read(NamedTuple):
    """One record as it goes into books; no `entry` where no list shows it."""

    kind: Kind
    entry: Entry | None
    oddities: Oddities = frozenset()

    def noted(self, *, is_from_before: bool) -> "Read":
        """Return it with a word at its entry that it is an earlier version, where it is."""
        if self.entry is None or not is_from_before:
            return self
        return self._replace(entry=self.entry.moved(is_from_before=True))


def forget(connection_ids: Iterable[UUID] | None = None) -> int:
    """Throw the books of these connections (None: of all) away; return how many went. Nothing is lost.

    Whoever is writing books is waited for: else their note of how far the books are would stand afterwards.
    """
    ids = Catalogue.objects.values_list("pk", flat=True) if connection_ids is None else connection_ids
    went = 0
    for connection_id in list(ids):
        with transaction.atomic():
            list(Connection.objects.select_for_update().filter(pk=connection_id).values_list("pk"))
            Catalogue.objects.filter(pk=connection_id).update(projected=0)
            went += Book.objects.filter(connection=connection_id).delete()[0]
    return went


def is_stale(catalogue: Catalogue) -> bool:
    """Return whether books have to be written: something came, or we read otherwise than before."""
    return catalogue.revision > 0 and (catalogue.is_behind or catalogue.made_by != kinds.reading())


def pending(catalogue: Catalogue) -> int:
    """Return how many records may have to be read for its books: all where people or places were renamed."""
    after = catalogue.projected if catalogue.made_by == kinds.reading() else 0
    if (
        after
        and Record.objects.filter(connection=catalogue.connection_id, fhir_type__in=naming.NAMING)
        .after(after)
        .exists()
    ):
        after = 0
    return _after(catalogue.connection_id, after).count()


def project(connection: Connection, box: Box, *, now: datetime) -> None:
    """Bring the books of *connection* up to its mirror."""
    projector = Projector(connection, box)
    while projector.flush(now=now):
        pass


def catch_up(connection: Connection, catalogue: Catalogue, box: Box, *, now: datetime, most: int) -> bool:
    """Bring the books of *connection* up to its mirror, unless more than *most* records wait: then False."""
    if is_stale(catalogue):
        if pending(catalogue) > most:
            return False
        project(connection, box, now=now)
    return True


@dataclass
class Projector:
    """Puts records into the books of one connection.

    A run keeps one, with the *names* of people and places it knows, and tells it what it has read already;
    else, and where names came since, they are read from the mirror.
    """

    connection: Connection
    box: Box
    names: dict[str, str] | None = None
    ready: dict[UUID, tuple[int, Read | None]] = field(default_factory=dict)
    """What was read when it was mirrored, by id and revision; None for what could not be read."""
    _makers: dict[str, Make] = field(default_factory=dict)
    _referring: naming.Referring | None = None

    def note(self, row: Record, opened: Opened | None) -> None:
        """Read a record that was just mirrored, so that it need not be opened again; None: it cannot be."""
        if opened is None:
            self.ready[row.pk] = row.revision, None
            return
        names = self.names if self.names is not None else {}
        if self._referring is None:
            self._referring = naming.Referring(self.box, names)
        self.ready[row.pk] = row.revision, self.read(row, opened, names, self._referring)

    def flush(self, *, now: datetime) -> bool:
        """Put what came since into the books, in one transaction; return whether more is left."""
        with transaction.atomic():
            locked = Connection.objects.select_for_update().filter(pk=self.connection.pk).first()
            catalogue = Catalogue.objects.filter(connection=self.connection).first()
            if locked is None or catalogue is None or not is_stale(catalogue):
                self.ready.clear()
                return False
            if catalogue.made_by != kinds.reading():
                self._begin_again(catalogue)
            try:
                batch = self._put(catalogue, now)
            except Broken as error:
                log.error("%s: the books of its connection are made again", error)
                self._begin_again(catalogue)
                batch = self._put(catalogue, now)
            catalogue.projected = batch.up_to
            catalogue.counted = max(catalogue.counted, batch.up_to)
            catalogue.save(update_fields=["projected", "counted", "made_by"])
        self.ready.clear()
        return batch.up_to < catalogue.revision

    def ask[T](self, question: Callable[[], T], *, now: datetime) -> T:
        """Return what *question* finds in the books; where one does not open, all are made again before."""
        try:
            return question()
        except Broken as error:
            log.error("%s: the books of its connection are made again", error)
        forget([self.connection.pk])
        while self.flush(now=now):
            pass
        return question()

    def _begin_again(self, catalogue: Catalogue) -> None:
        Book.objects.filter(connection=self.connection).delete()
        catalogue.projected, catalogue.made_by = 0, kinds.reading()

    def _put(self, catalogue: Catalogue, now: datetime) -> "_Batch":
        batch = _Batch(self, catalogue, now)
        batch.put()
        return batch

    def read(
        self, row: Record, opened: Opened, names: Mapping[str, str], referring: naming.Referring
    ) -> Read:
        kind = opened.kind
        if kind.name not in self._makers and kind.maker is not None:
            self._makers[kind.name] = kind.maker(self.connection, self.box)
        record = kind.record(opened.content, names)
        entry = self._makers[kind.name](record)
        if entry is not None:
            refers = referring.packed(opened.named_by)
            entry = entry.moved(id=row.pk, gone_at=row.gone_at, refers=refers)
        return Read(kind, entry, kind.oddities(record))


@dataclass
class _Batch:
    """The records of some revisions on their way into the books."""

    projector: Projector
    catalogue: Catalogue
    now: datetime
    up_to: int = 0

    @cached_property
    def names(self) -> Mapping[str, str]:
        """What people and places are called: as the run knows it, where none came since it was asked last.

        A role is called after people who may come later: what a run learned of it alone does not say so.
        """
        projector = self.projector
        if projector.names is not None and not self._has_names:
            return projector.names
        names = naming.names_of(projector.connection, projector.box)
        if projector.names is not None:
            projector.names.update(names)
        return names

    @cached_property
    def _has_names(self) -> bool:
        """Whether people or places came or changed since entries were made."""
        rows = Record.objects.filter(connection=self.catalogue.connection_id, fhir_type__in=naming.NAMING)
        return rows.after(self.catalogue.projected).filter(revision__lte=self.up_to).exists()

    @cached_property
    def referring(self) -> naming.Referring:
        """Packs what is referred to, with the names as they are."""
        return naming.Referring(self.projector.box, self.names)

    def put(self) -> None:
        """Read what came and merge it into the shelves, type by type."""
        came = self._came()
        known = self._names_by_digest()
        oddities: list[Oddities] = []
        for fhir_type in sorted(kinds.shelved_types()):
            ids = [pk for pk, _revision, of_type in came if of_type == fhir_type]
            if not ids and known is None:
                continue
            several = [kind for kind in kinds.of_type(fhir_type) if kind.is_shelved]
            shelves = [self._shelf(kind) for kind in several]
            wanted = dict.fromkeys([*ids, *self._named_otherwise(shelves, known)])
            fresh: dict[str, dict[UUID, Entry | None]] = {kind.name: {} for kind in several}
            odd: dict[UUID, Oddities] = {}
            for row_id, read, is_new in self._reads(list(wanted), several[0]):
                for kind in several:  # a record that changed its kind leaves where it was
                    fresh[kind.name][row_id] = read.entry if kind is read.kind else None
                if is_new and read.oddities:
                    odd[row_id] = read.oddities
            oddities += _not_held(odd, shelves)
            for shelf in shelves:
                if fresh[shelf.kind.name]:
                    merge(shelf, fresh[shelf.kind.name])
        if oddities:
            note = import_string(settings.RECORD_ODDITIES)
            note(plan_id=self.projector.connection.plan_id, oddities=oddities, now=self.now)

    def _shelf(self, kind: Kind) -> Shelf:
        connection = self.projector.connection
        return Shelf(kind, connection.pk, connection.member_id, self.projector.box)

    def _came(self) -> list[tuple[UUID, int, str]]:
        """Return id, revision and type of the records to read: whole revisions, about `AT_ONCE` of them."""
        rows = _after(self.catalogue.connection_id, self.catalogue.projected).order_by("revision")
        came = list(rows.values_list("pk", "revision", "fhir_type")[: AT_ONCE + 1])
        self.up_to = self.catalogue.revision
        if len(came) > AT_ONCE:
            last = came[-1][1]
            if last - 1 > self.catalogue.projected and came[0][1] < last:
                self.up_to = last - 1
                return [one for one in came if one[1] < last]
            self.up_to = last
            came = list(rows.filter(revision__lte=last).values_list("pk", "revision", "fhir_type"))
        return came

    def _names_by_digest(self) -> Mapping[bytes, bytes] | None:
        """Return what names are now, where any came or changed since entries were made; else None."""
        return self._known if self._has_names else None

    def _named_otherwise(
        self, shelves: Iterable[Shelf], known: Mapping[bytes, bytes] | None
    ) -> Iterator[UUID]:
        """Yield the entries made with other names than are known now."""
        if known is None:
            return
        for shelf in shelves:
            for _book, entries in shelf.books():
                yield from (entry.id for entry in entries if naming.is_behind(entry.refers, known))

    def _reads(self, ids: list[UUID], fallback: Kind) -> Iterator[tuple[UUID, Read, bool]]:
        """Yield each record read, and whether it came for the first time and was not counted yet."""
        ready = self.projector.ready
        for some in batched(ids, PER_QUERY):
            rows = {row.pk: row for row in Record.objects.filter(pk__in=some).without_bodies()}
            behind = [pk for pk, row in rows.items() if not self._is_ready(row)]
            sealed = Record.objects.filter(pk__in=behind).only("id", "member_id", "sealed_body")
            bodies = {row.pk: mirror.opened(self.projector.box, row) for row in sealed}
            for pk, row in rows.items():
                read = ready[pk][1] if pk not in bodies else None
                read = read or self._read(row, bodies[pk], fallback)
                is_new = row.first_stored_at == row.stored_at and row.revision > self.catalogue.counted
                yield pk, read, is_new

    def _is_ready(self, row: Record) -> bool:
        """Whether a record was read as it is, with the names that are known now."""
        revision, read = self.projector.ready.get(row.pk, (-1, None))
        if read is None or revision != row.revision:
            return False
        return read.entry is None or not naming.is_behind(read.entry.refers, self._known)

    @cached_property
    def _known(self) -> Mapping[bytes, bytes]:
        return self.referring.known()

    def _read(self, row: Record, body: bytes | None, fallback: Kind) -> Read:
        """Read one record; one that cannot be read is listed as that, unless an earlier version of it can."""
        is_from_before = False
        for each in self._bodies(row, body):
            try:
                opened = kinds.opened(row.fhir_type, each)
                read = self.projector.read(row, opened, self.names, self.referring)
            except Unreadable:
                is_from_before = True
            except Exception:  # a reader that raises for one record costs that record
                log.exception("%s could not be read", row)
                is_from_before = True
            else:
                return read.noted(is_from_before=is_from_before)
        entry = fallback.entry_type(id=row.pk, gone_at=row.gone_at, is_unreadable=True)
        return Read(fallback, entry)

    def _bodies(self, row: Record, body: bytes | None) -> Iterator[bytes]:
        if body is not None:
            yield body
        for version in EarlierVersion.objects.filter(record=row.pk).order_by("-replaced_at", "-stored_at"):
            if (before := mirror.opened(self.projector.box, version)) is not None:
                yield before


def _not_held(odd: dict[UUID, Oddities], shelves: Iterable[Shelf]) -> Iterable[Oddities]:
    """Return what is odd of records in no book: one that only left or came back was counted before."""
    if odd:
        for shelf in shelves:
            for _book, entries in shelf.books():
                for entry in entries:
                    odd.pop(entry.id, None)
    return odd.values()


def _after(connection_id: UUID, revision: int) -> RecordQuerySet:
    rows = Record.objects.filter(connection=connection_id, fhir_type__in=kinds.shelved_types())
    return rows.after(revision)
