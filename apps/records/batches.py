"""The records of some revisions on their way from the mirror into the books."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import batched
from typing import Final, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db.models import F, Q
from django.utils.module_loading import import_string

from apps.fhir.tolerant import Unreadable
from apps.records import kinds, known_names, mirror
from apps.records.books import Oddities, Read, Reader, Shelf, merge, shelves
from apps.records.entries import Entry
from apps.records.kinds import Kind
from apps.records.models import Catalogue, Record, RecordQuerySet

log = logging.getLogger("plainclaim.records")
AT_ONCE: Final = 2000
"""Records put into books in one transaction; a page waits for no more."""
PER_QUERY: Final = 100


class State(NamedTuple):
    """At which revision a record stands, and whether this is what came of it first."""

    revision: int
    is_first: bool


@dataclass
class _Stack:
    """The shelves of one FHIR type, and what goes there: all that came, and what is read anew."""

    shelves: list[Shelf]
    ids: list[UUID]
    fresh: dict[UUID, Read] = field(default_factory=dict)
    odd: dict[UUID, Oddities] = field(default_factory=dict)

    def stored(self) -> Iterator[Entry]:
        """Yield the entries as they stand in the books."""
        for shelf in self.shelves:
            for _book, entries in shelf.books():
                yield from entries

    def staying(self, leaving: list[Entry] | None = None) -> Iterator[Entry]:
        """Yield the entries in the books of what did not come anew; the others go into *leaving*."""
        ids = frozenset(self.ids)
        for entry in self.stored():
            if entry.id not in ids:
                yield entry
            elif leaving is not None:
                leaving.append(entry)

    def read(self) -> list[Entry]:
        """Return the entries of what was read."""
        return [read.entry for read in self.fresh.values() if read.entry is not None]

    def coming(self) -> Iterator[Entry]:
        """Yield the entries as they will stand in the books."""
        yield from (entry for entry in self.stored() if entry.id not in self.fresh)
        yield from self.read()

    def merge(self) -> None:
        """Put what was read where it belongs: a record that changed its kind leaves where it was."""
        for shelf in self.shelves:
            fresh = {pk: read.entry if read.kind is shelf.kind else None for pk, read in self.fresh.items()}
            if fresh:
                merge(shelf, fresh)
        self.fresh.clear()


@dataclass
class Batch:
    """The records of some revisions on their way into the books."""

    projector: Reader
    catalogue: Catalogue
    now: datetime
    up_to: int = 0
    _states: dict[UUID, State] = field(default_factory=dict)

    @cached_property
    def names(self) -> dict[str, str]:
        """What people and places are called: as the run knows it, where none came since it was asked last.

        A role is called after people who may come later: what a run learned of it alone does not say so.
        """
        projector = self.projector
        if projector.names is not None and not self._has_names:
            return projector.names
        names = known_names.names_of(projector.connection, projector.box)
        projector.borrowed = frozenset()
        if projector.names is not None:
            projector.names.clear()
            projector.names.update(names)
            return projector.names
        return names

    @cached_property
    def _has_names(self) -> bool:
        """Whether people or places came or changed since entries were made."""
        rows = Record.objects.filter(
            connection=self.catalogue.connection_id, fhir_type__in=known_names.fhir_types_of_names()
        )
        return rows.after(self.catalogue.projected).filter(revision__lte=self.up_to).exists()

    @cached_property
    def referring(self) -> known_names.Referring:
        """Packs what is referred to, with the names as they are."""
        return known_names.Referring(self.projector.box, self.names)

    def put(self) -> None:
        """Read what came, and what is named otherwise by it; merge it into the shelves, type by type."""
        stacks = self._stacks()
        is_otherwise = self._read_and_call(stacks) or self._has_names
        references = self.referring.known()
        behind = list[tuple[_Stack, list[UUID]]]()
        for stack in stacks:
            entries = stack.coming() if is_otherwise else stack.read()
            ids = [entry.id for entry in entries if known_names.is_behind(entry.refers, references)]
            self._read_into(stack, [pk for pk in ids if pk in stack.fresh], is_again=True)
            behind.append((stack, [pk for pk in ids if pk not in stack.fresh]))
        oddities = [odd_elements for stack in stacks for odd_elements in _not_held(stack)]
        for stack, ids in behind:
            stack.merge()
            for ids_at_once in batched(ids, AT_ONCE):  # one new name may be that of a doctor of all claims
                self._read_into(stack, ids_at_once, is_again=True)
                stack.merge()
        if oddities:
            note = import_string(settings.RECORD_ODDITIES)
            note(plan_id=self.projector.connection.plan_id, oddities=oddities, now=self.now)

    def _stacks(self) -> list[_Stack]:
        came: dict[str, list[UUID]] = defaultdict(list)
        for pk, fhir_type in self._came():
            came[fhir_type].append(pk)
        # Types that hold records of one kind share its shelf.
        by_name = shelves(self.projector.connection, self.projector.box)
        return [
            _Stack(
                [by_name[kind.name] for kind in kinds.of_type(fhir_type) if kind.is_shelved],
                came[fhir_type],
            )
            for fhir_type in sorted(kinds.shelved_types())
        ]

    def _read_and_call(self, stacks: list[_Stack]) -> bool:
        """Read what came; return whether records call others otherwise than before."""
        is_calling = self._has_names or any(
            stack.ids and any(shelf.kind.calls for shelf in stack.shelves) for stack in stacks
        )
        calling, leaving = known_names.Calling(lambda: _staying(stacks)), list[Entry]()
        if is_calling:
            calling.take(_staying(stacks, leaving))
            before = calling.names_with(leaving)
            self._take(before)
        for stack in stacks:
            self._read_into(stack, stack.ids)
        if not is_calling:
            return False
        called = calling.names_with([entry for stack in stacks for entry in stack.read()])
        self._take(called)
        return called != before

    def _take(self, called: known_names.Called) -> None:
        """Take what records call others among the names; what a record says of itself goes before."""
        names = self.names
        for key in self.projector.borrowed:
            names.pop(key, None)
        self.projector.borrowed = frozenset(called.keys() - names.keys())
        names.update((key, called[key]) for key in self.projector.borrowed)

    def _read_into(self, stack: _Stack, ids: Sequence[UUID], *, is_again: bool = False) -> None:
        for pk, read in self._reads(ids, stack.shelves[0].kind, is_again=is_again):
            stack.fresh[pk] = read
            # Of a record that came for the first time, and was not counted yet.
            state = self._states.get(pk)
            if read.oddities and state and state.is_first and state.revision > self.catalogue.counted:
                stack.odd[pk] = read.oddities

    def _came(self) -> Iterable[tuple[UUID, str]]:
        """Return id and type of the records to read: whole revisions, about `AT_ONCE` of them."""
        rows = after(self.catalogue.connection_id, self.catalogue.projected).order_by("revision")
        rows = rows.annotate(is_first=Q(first_stored_at=F("stored_at")))
        columns = ("pk", "revision", "fhir_type", "is_first")
        came = list(rows.values_list(*columns)[: AT_ONCE + 1])
        self.up_to = self.catalogue.revision
        if len(came) > AT_ONCE:
            last = came[-1][1]
            if last - 1 > self.catalogue.projected:
                self.up_to = last - 1
            else:
                self.up_to = last
                came = list(rows.filter(revision__lte=last).values_list(*columns))
        came = [row for row in came if row[1] <= self.up_to]
        self._states = {pk: State(revision, is_first) for pk, revision, _type, is_first in came}
        return [(pk, fhir_type) for pk, _revision, fhir_type, _is_first in came]

    def _reads(self, ids: Sequence[UUID], fallback: Kind, *, is_again: bool) -> Iterator[tuple[UUID, Read]]:
        """Yield each record read.

        What was read when it was mirrored is taken as it is, unless it *is_again* to be read.
        """
        for ids_at_once in batched(ids, PER_QUERY):
            stored = (
                {} if is_again else {pk: read for pk in ids_at_once if (read := self._ready(pk)) is not None}
            )
            yield from stored.items()
            for row in Record.objects.filter(pk__in=[pk for pk in ids_at_once if pk not in stored]):
                yield row.pk, self._read(row, mirror.opened(self.projector.box, row), fallback)

    def _ready(self, pk: UUID) -> Read | None:
        """Return a record as it was read when it was mirrored; None where it was not, or is another since."""
        revision, read = self.projector.ready.get(pk, (-1, None))
        return read if revision == self._states[pk].revision else None

    def _read(self, row: Record, body: bytes | None, fallback: Kind) -> Read:
        """Read one record; one that cannot be read is listed as that, unless an earlier version of it can."""
        is_from_before = False
        for text in mirror.texts(self.projector.box, row, body):
            opened = None
            try:
                opened = kinds.opened(row.fhir_type, text)
                read = self.projector.read(row, opened, self.names, self.referring)
            except Exception as error:  # a reader that raises for one record costs that record
                if opened is not None or not isinstance(error, Unreadable):
                    # What opened is no fault of the text.
                    log.exception("%s could not be read", row)
                is_from_before = True
            else:
                if read.entry is None or not is_from_before:
                    return read
                return read._replace(entry=read.entry.moved(is_from_before=True))
        entry = fallback.entry_type(id=row.pk, gone_at=row.gone_at, is_unreadable=True)
        return Read(fallback, entry)


def _staying(stacks: Iterable[_Stack], leaving: list[Entry] | None = None) -> Iterator[Entry]:
    return (entry for stack in stacks for entry in stack.staying(leaving))


def _not_held(stack: _Stack) -> Iterable[Oddities]:
    """Return what is odd of records in no book: one that only left or came back was counted before."""
    if stack.odd:
        for entry in stack.stored():
            stack.odd.pop(entry.id, None)
    return stack.odd.values()


def after(connection_id: UUID, revision: int) -> RecordQuerySet:
    """Return the records for books that came, changed, went or came back after *revision*."""
    rows = Record.objects.filter(connection=connection_id, fhir_type__in=kinds.shelved_types())
    return rows.after(revision)
