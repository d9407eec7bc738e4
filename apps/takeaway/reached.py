"""What of a connection stands in no file: what shows nowhere, is kept back, or only tells of such records."""

import uuid
from collections.abc import Collection, Iterator
from dataclasses import replace
from itertools import batched
from typing import Final

from django.db.models import QuerySet

from apps.connections.models import Connection
from apps.kinds.care.entry import CareEntry
from apps.kinds.care.kind import ANOTHER, SOURCE
from apps.records import kinds, mirror, remarks
from apps.records.entries import Entry
from apps.records.models import Record
from apps.records.remarks import Said, Topic
from apps.records.shelf import Library
from apps.records.volumes import Held
from apps.takeaway import originals
from apps.vault import boxes
from apps.vault.boxes import Box

PER_QUERY: Final = 50


def records_of(library: Library, plan: uuid.UUID) -> frozenset[uuid.UUID]:
    """Return the ids of what stands in no file: of people who did not agree, not the member's, kept back."""
    return frozenset(entry.id for entry in _entries(library, plan))


def subjects_of(library: Library, plan: uuid.UUID) -> frozenset[str]:
    """Return what remarks call the same, and the people who did not agree."""
    entries = list(_entries(library, plan))
    names = {name for entry in entries for name in (str(entry.id), remarks.subject_of(entry))}
    return frozenset(names | {person.key for person in library.household.closed})


def without(said: Said, hidden: Collection[str]) -> Said | None:
    """Return a remark without what it says of *hidden* subjects; None where it says nothing else."""
    if any(name in hidden for name in said.subject.split()):
        return None
    if said.topic is not Topic.SETTLED:
        return said
    value = {claim: left for claim, left in said.value.items() if claim not in hidden}
    return replace(said, value=value) if value else None


def raw(connection: Connection) -> QuerySet[Record]:
    """Return the mirrored records of a connection, as far as a file needs them."""
    return Record.objects.filter(connection=connection).only(
        "id", "member_id", "fhir_type", "source_key", "digest", "sealed_body"
    )


def reached(
    box: Box,
    start: Collection[uuid.UUID],
    among: QuerySet[Record],
    *,
    but: Collection[uuid.UUID] = frozenset(),
) -> frozenset[uuid.UUID]:
    """Return the ids *among* these, without *but*, that *start* refers to, and what those refer to."""
    ids: set[uuid.UUID] = set()
    new = set(start)
    while new:
        keys: set[bytes] = set()
        for ids_at_once in batched(sorted(new), PER_QUERY):
            keys |= _references(box, Record.objects.filter(pk__in=ids_at_once))
        ids |= new
        new = set()
        for few in batched(sorted(keys), PER_QUERY):
            new |= set(among.filter(source_key__in=few).values_list("pk", flat=True))
        new -= ids.union(but)
    return frozenset(ids - set(start))


def untold(library: Library, connection: Connection) -> frozenset[uuid.UUID]:
    """Return the ids of what stands in no file, and of what stands in no book and only that refers to.

    People and places, medicines and samples tell of the care; so does where a hidden record came from.
    """
    hidden = records_of(library, connection.pk)
    if not hidden:
        return hidden
    keys = _keys(connection, hidden)
    hidden |= {source.id for source, targets in _sources(library, connection) if targets & keys}
    mine = raw(connection)
    unshelved = mine.exclude(fhir_type__in=kinds.shelved_types())
    named = reached(library.box, hidden, unshelved)
    if not named:
        return hidden
    shown = set(mine.values_list("pk", flat=True)) - hidden - named
    return hidden | (named - reached(library.box, shown, unshelved))


def sources_of(library: Library, connection: Connection, wanted: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Return the ids of what says where *wanted* came from, and where nothing that is hidden did."""
    sources = list(_sources(library, connection))
    if not sources:
        return set()
    hidden = _keys(connection, records_of(library, connection.pk))
    keys = _keys(connection, wanted)
    return {source.id for source, targets in sources if targets & keys and not targets & hidden}


def _sources(library: Library, connection: Connection) -> Iterator[tuple[Held[CareEntry], set[bytes]]]:
    """Yield every Provenance that shows, with the source keys of what it is of."""
    for held in library.held(SOURCE, plan=connection.pk):
        yield held, {boxes.source_key(library.box, name) for name in held.entry.ties.names}


def _keys(connection: Connection, ids: Collection[uuid.UUID]) -> set[bytes]:
    rows = connection.records.values_list("pk", "source_key")
    return {bytes(key) for pk, key in rows if pk in ids}


def _references(box: Box, rows: QuerySet[Record]) -> set[bytes]:
    digests: set[bytes] = set()
    for row in rows:
        body = mirror.opened(box, row)
        try:
            digests |= {boxes.source_key(box, reference) for reference in originals.read(body or b"")[1]}
        except originals.NotJson:
            continue
    return digests


def _entries(library: Library, plan: uuid.UUID) -> Iterator[Entry]:
    for held in library.held(ANOTHER, plan=plan):
        yield held.entry
    if not _hides(library):
        return
    whole = Library(library.member, library.box, is_whole=True)
    for kind in kinds.kinds():
        if kind.is_shelved and kind is not ANOTHER:
            shown = {held.id for held in library.held(kind, plan=plan)}
            yield from (held.entry for held in whole.held(kind, plan=plan) if held.id not in shown)


def _hides(library: Library) -> bool:
    """Whether anything is closed, waits or is kept back: else all books need not be opened once more."""
    household = library.household
    return bool(library.is_shared or household.closed or household.hiding.waiting)
