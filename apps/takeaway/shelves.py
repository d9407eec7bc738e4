"""Taking what a member asked for from the shelves in a fixed order, each record as the text of a file."""

import hashlib
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import batched, dropwhile
from typing import Any, Final

from django.db.models import Q, QuerySet

from apps.connections.models import Connection
from apps.kinds.approval.kind import APPROVAL
from apps.kinds.care.kind import ANOTHER, APART, SOURCE
from apps.kinds.care.kind import LISTED as CARE
from apps.kinds.claim.kind import CLAIM
from apps.kinds.coverage.kind import COVERAGE
from apps.kinds.coverage.records import CoverageRecord, days_of
from apps.records import kinds, mirror, remarks
from apps.records.entries import UNDATED
from apps.records.kinds import Kind
from apps.records.models import FetchedPaper, Record
from apps.records.original import original
from apps.records.remarks import Said
from apps.records.shelf import Library
from apps.records.volumes import Held
from apps.takeaway import originals, ours, reached
from apps.takeaway.models import EVERYTHING
from apps.takeaway.reached import PER_QUERY, raw
from apps.vault.boxes import Box
from config.fhir_types import CLINICAL, fhir_types

_PAPERS: Final = "2"
"""The stage of `entries` behind those of records."""


@dataclass(frozen=True, slots=True)
class Scope:
    """A year (0: all of them), or one claim."""

    year: int = EVERYTHING
    claim_id: uuid.UUID | None = None

    @property
    def is_everything(self) -> bool:
        """Whether nothing is left out."""
        return not self.year and self.claim_id is None

    def holds(self, held: Held[Any]) -> bool:
        """Whether a claim or an approval is asked for."""
        if self.claim_id is not None:
            return held.id == self.claim_id
        return not self.year or held.entry.on.year == self.year

    def has(self, coverage: CoverageRecord) -> bool:
        """Whether a coverage held in the year; one whose dates are not known may have."""
        if not self.year:
            return True
        starts, ends = days_of(coverage.starts), days_of(coverage.ends)
        return not (starts and starts[0].year > self.year) and not (ends and ends[1].year < self.year)


@dataclass(frozen=True, slots=True)
class Item:
    """One record. `cursor` finds the place behind it again, `body` is its text: b"" for one left out."""

    cursor: str
    body: bytes
    is_closed: bool = False


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where the records of one connection are taken from."""

    library: Library
    connection: Connection
    scope: Scope

    @property
    def is_everything(self) -> bool:
        """Whether all there is is asked for, understood or not; a file for others holds what shows in it."""
        return self.scope.is_everything and not self.library.is_shared

    @property
    def box(self) -> Box:
        """Opens them."""
        return self.library.box

    def held(self, kind: Kind) -> list[Held[Any]]:
        """Return the entries of *kind* that are asked for, newest first."""
        year = self.scope.year or None
        held = self.library.held(kind, plan=self.connection.pk, year=year)
        return [held_now for held_now in held if self.scope.holds(held_now)]


type Write = Callable[[Held[Any], Any], bytes]


def claims(shelf: Shelf, after: str, write: Write) -> Iterator[Item]:
    """Yield the claims, newest first; *write* gets None for one that does not open."""
    return _whole(shelf, CLAIM, shelf.held(CLAIM), after, write)


def approvals(shelf: Shelf, after: str, write: Write) -> Iterator[Item]:
    """Yield the approvals in advance, newest first; none of them belongs to one claim."""
    return _whole(shelf, APPROVAL, shelf.held(APPROVAL), after, write)


def approvals_alone(shelf: Shelf, after: str, write: Write) -> Iterator[Item]:
    """Yield the approvals for a file that has no claims: what does not open stands there too."""
    return _whole(shelf, APPROVAL, _approvals_or_closed(shelf), after, write)


def _approvals_or_closed(shelf: Shelf) -> list[Held[Any]]:
    """Return approvals and what no one could read, newest first; it stands among claims."""
    closed = (claim for claim in shelf.held(CLAIM) if claim.entry.is_unreadable)
    return sorted([*shelf.held(APPROVAL), *closed], key=lambda claim: claim.entry.on, reverse=True)


def coverages(shelf: Shelf, after: str, write: Write) -> Iterator[Item]:
    """Yield the coverages of the years asked for, in the order of their ids: there are few."""
    held = sorted(
        shelf.library.held(COVERAGE, plan=shelf.connection.pk), key=lambda coverage: str(coverage.id)
    )
    for coverage in held:
        if after and str(coverage.id) <= after:
            continue
        record = COVERAGE.brief_of(coverage.entry)
        body = write(coverage, record) if record is None or shelf.scope.has(record) else b""
        yield Item(str(coverage.id), body, record is None)


def care(shelf: Shelf, after: str, write: Write) -> Iterator[Item]:
    """Yield the clinical records, kind by kind, of each the newest first; none that no list shows."""
    number, _, last = after.partition("/")
    for place, kind in enumerate(CARE):
        if number and place < int(number):
            continue
        behind = last if number and place == int(number) else ""
        for item in _whole(shelf, kind, shelf.held(kind), behind, write):
            yield replace(item, cursor=f"{place}/{item.cursor}")


def notes(shelf: Shelf, after: str) -> Iterator[Item]:
    """Yield what the member says of the connection; with the first of all what belongs to none."""
    for said, number in sorted(_remarks(shelf), key=lambda remark: _cursor_of(remark[0])):
        cursor = _cursor_of(said)
        if not after or cursor > after:
            yield Item(cursor, ours.to_json(ours.note(said, plan=shelf.connection.plan.name, claim=number)))


def _cursor_of(said: Said) -> str:
    """Return the moment, and what tells remarks of one moment apart: short, and readable by nobody."""
    mark = hashlib.sha256(f"{said.topic}/{said.subject}".encode()).hexdigest()[:16]
    return f"{said.said_at.isoformat()}/{mark}"


def count_notes(shelf: Shelf) -> int:
    """Return how many `notes` yields."""
    return len(_remarks(shelf))


def _remarks(shelf: Shelf) -> list[tuple[Said, str]]:
    """Return the remarks asked for, oldest first, each with the number of the claim it is about, if any."""
    library, connection = shelf.library, shelf.connection
    everything = remarks.everything(library.member, shelf.box, connection=connection)
    if connection.pk == min(pk for pk in library.by_id if not library.is_closed(pk)):
        everything += remarks.everything(library.member, shelf.box, connection=None)
        everything.sort(key=lambda said: (said.said_at, said.topic, said.subject))
    if not everything:
        return []
    hidden = reached.subjects_of(library, connection.pk) if shelf.is_everything else frozenset()
    claims = {remarks.subject_of(held.entry): CLAIM.brief_of(held.entry) for held in shelf.held(CLAIM)}
    return [
        (remark, (brief and brief.claim_number) or "")
        for said in everything
        for remark, brief in [(reached.without(said, hidden), claims.get(said.subject))]
        if remark is not None and (shelf.is_everything or said.subject in claims)
    ]


type Count = Callable[[Shelf], int]
type Taken = tuple[Callable[[Shelf, str, Write], Iterator[Item]], Count]
"""How records are taken, and how many that goes through."""
CLAIMS: Final[Taken] = claims, lambda shelf: len(shelf.held(CLAIM))
APPROVALS: Final[Taken] = approvals, lambda shelf: len(shelf.held(APPROVAL))
APPROVALS_ALONE: Final[Taken] = approvals_alone, lambda shelf: len(_approvals_or_closed(shelf))
# Coverages of other years are left out of the file.
COVERAGES: Final[Taken] = coverages, lambda shelf: len(shelf.library.held(COVERAGE, plan=shelf.connection.pk))
CLINICAL_RECORDS: Final[Taken] = care, lambda shelf: sum(len(shelf.held(kind)) for kind in CARE)


def _whole(shelf: Shelf, kind: Kind, held: list[Held[Any]], after: str, write: Write) -> Iterator[Item]:
    """Yield records read whole from the mirror, some at a time: a member may have ten thousand."""
    if after:
        held = list(dropwhile(lambda record: _cursor(record) != after, held))[1:] or _behind(held, after)
    for held_at_once in batched(held, PER_QUERY):
        rows = Record.objects.filter(pk__in=[entry_held.id for entry_held in held_at_once]).select_related(
            "connection__plan"
        )
        by_id = {row.pk: row for row in rows}
        for entry_held in held_at_once:
            row = by_id.get(entry_held.id)
            record = None
            if row is not None and not entry_held.entry.is_unreadable:
                record = original(row, shelf.box, kind, called=entry_held.entry.called)
            yield Item(_cursor(entry_held), write(entry_held, record), record is None)


def _cursor(held: Held[Any]) -> str:
    return f"{held.entry.on.isoformat()}/{held.id}"


def _behind(held: Sequence[Held[Any]], after: str) -> list[Held[Any]]:
    """Return what follows a record that is not there any more: all of earlier days."""
    if any(_cursor(record) == after for record in held):
        return []  # it was the last
    day = after.partition("/")[0]
    return [record for record in held if record.entry.on.isoformat() < day]


def entries(shelf: Shelf, after: str) -> Iterator[Item]:
    """Yield the plan's own records as Bundle entries: claims, what they refer to, papers that were fetched.

    Everything there is where everything is asked for, whether we understood it or not.
    """
    stage, _, last = after.partition("/")
    for number, ids in enumerate(_stages(shelf)):
        if stage and number < int(stage):
            continue
        start = uuid.UUID(last) if stage and number == int(stage) else None
        for ids_at_once in batched((pk for pk in ids() if start is None or pk > start), PER_QUERY):
            rows = list(raw(shelf.connection).filter(pk__in=ids_at_once).order_by("id"))
            for row, is_known in zip(rows, _known_elsewhere(shelf, rows), strict=True):
                yield _entry(shelf, row, cursor=f"{number}/{row.pk}", is_known=is_known)
    behind = uuid.UUID(last) if stage == _PAPERS else None
    wanted = _with_papers(shelf)
    is_there = _is_there(shelf, wanted)
    for paper in originals.papers(shelf.box, shelf.connection, wanted, is_there=is_there, after=behind):
        yield Item(f"{_PAPERS}/{paper.id}", paper.body, paper.is_closed)


def _is_there(shelf: Shelf, wanted: frozenset[uuid.UUID]) -> originals.IsThere:
    """Return what tells whether a paper, of another connection too, is in the same file."""
    by_connection = {shelf.connection.pk: wanted}

    def is_there(paper: FetchedPaper) -> bool:
        connection = shelf.library.by_id.get(paper.connection_id)
        if connection is None or shelf.library.is_closed(connection.pk):
            return False
        if connection.pk not in by_connection:
            by_connection[connection.pk] = _with_papers(replace(shelf, connection=connection))
        return paper.record_id in by_connection[connection.pk]

    return is_there


def count_entries(shelf: Shelf) -> int:
    """Return how many claims and papers `entries` yields, and all else too where everything is asked for."""
    wanted = _with_papers(shelf)
    return len(wanted) + len(originals.paper_ids(shelf.connection, wanted))


def _with_papers(shelf: Shelf) -> frozenset[uuid.UUID]:
    """Return the ids of the records asked for, whose papers are part of the file where they were fetched."""
    mine = raw(shelf.connection)
    if shelf.is_everything:
        return frozenset(_ids(mine)) - reached.untold(shelf.library, shelf.connection)
    return frozenset(_ids(mine, _wanted(shelf)))


def _stages(shelf: Shelf) -> tuple[Callable[[], Iterator[uuid.UUID]], ...]:
    mine = raw(shelf.connection)
    if shelf.is_everything:
        are_claims = Q(fhir_type__in=CLAIM.fhir_types)
        hidden = reached.untold(shelf.library, shelf.connection)
        return tuple(
            lambda rows=rows: (pk for pk in _ids(rows) if pk not in hidden)
            for rows in (mine.filter(are_claims), mine.exclude(are_claims))
        )
    wanted = _wanted(shelf)
    return (lambda: _ids(mine, wanted), lambda: _ids(mine, _referred(shelf, wanted)))


def _wanted(shelf: Shelf) -> frozenset[uuid.UUID]:
    """Return the ids of the records asked for, of every kind."""
    apart = APART if shelf.library.is_shared else (ANOTHER,)
    shelved = [kind for kind in kinds.kinds() if kind.is_shelved and kind not in (*apart, SOURCE)]
    wanted = frozenset(record.id for kind in shelved for record in shelf.held(kind))
    return wanted | reached.sources_of(shelf.library, shelf.connection, wanted)


def _referred(shelf: Shelf, wanted: frozenset[uuid.UUID]) -> frozenset[uuid.UUID]:
    """Return the ids of all that these claims refer to, and of what that refers to in turn."""
    hidden = reached.records_of(shelf.library, shelf.connection.pk)
    mine = raw(shelf.connection).exclude(fhir_type__in=fhir_types(CLINICAL))
    return reached.reached(shelf.box, wanted, mine, but=hidden)


def _entry(shelf: Shelf, row: Record, *, cursor: str, is_known: bool | None) -> Item:
    if is_known is None:
        return Item(cursor, b"")
    body = mirror.opened(shelf.box, row)
    if body is None:
        return Item(cursor, originals.closed_entry(row_id=str(row.pk)), is_closed=True)
    base_url = shelf.connection.plan.fhir_base_url
    return Item(
        cursor, originals.entry(body, base_url=base_url, row_id=str(row.pk), is_known_elsewhere=is_known)
    )


def _known_elsewhere(shelf: Shelf, rows: Sequence[Record]) -> list[bool | None]:
    """Tell of each row whether another connection to the same address has a record of that name too.

    None: the very same text, which a file of everything holds once. True: it needs an address of its own.
    """
    if shelf.scope.claim_id is not None:
        return [False] * len(rows)
    others = Record.objects.filter(
        member_id=shelf.connection.member_id,
        connection__plan__fhir_base_url=shelf.connection.plan.fhir_base_url,
        connection_id__lt=shelf.connection.pk,
        source_key__in=[row.source_key for row in rows],
    )
    digests: dict[bytes, set[bytes]] = {}
    for key, digest in others.values_list("source_key", "digest"):
        digests.setdefault(bytes(key), set()).add(bytes(digest))
    everything = shelf.is_everything
    return [
        None
        if everything and bytes(row.digest) in digests.get(bytes(row.source_key), ())
        else bytes(row.source_key) in digests
        for row in rows
    ]


def _ids(rows: QuerySet[Record], wanted: frozenset[uuid.UUID] | None = None) -> Iterator[uuid.UUID]:
    for row_id in list(rows.order_by("id").values_list("id", flat=True)):
        if wanted is None or row_id in wanted:
            yield row_id


def years_of(library: Library) -> list[int]:
    """Return the years in which the member has claims or approvals, newest first."""
    volumes = (*library.volumes(CLAIM), *library.volumes(APPROVAL))
    return sorted({volume.year for volume in volumes} - {UNDATED.year}, reverse=True)
