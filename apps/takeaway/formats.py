"""The kinds of files: which records they hold, and what stands before, between and behind these."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Final

from apps.accounts.models import Member
from apps.kinds.claim.entry import ClaimEntry
from apps.records.shelf import Library
from apps.records.volumes import Held
from apps.takeaway import cells, ours, shelves, tables
from apps.takeaway.shelves import Item, Scope, Shelf
from apps.vault.boxes import Box


@dataclass(frozen=True, slots=True)
class Marks:
    """What stands around the records of a section; `empty` where there are none."""

    before: bytes = b""
    between: bytes = b""
    behind: bytes = b""
    empty: bytes = b""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a file that holds records of one sort."""

    take: Callable[[Shelf, str], Iterator[Item]]
    count: Callable[[Shelf], int]
    marks: Marks = Marks()


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file; `stem` and `ending` make its name; `for_a_claim`: one claim can be such a file."""

    key: str
    stem: str
    ending: str
    content_type: str
    opening: Callable[[datetime], bytes]
    sections: tuple[Section, ...]
    between: bytes = b""
    closing: bytes = b""
    for_a_claim: bool = True
    is_shared: bool = False
    """It is for others: without what the member keeps back (`apps.records.hidden_care`)."""

    def file_name(self, scope: Scope) -> str:
        """Return a name that tells nothing of the member: `plainclaim-claims-2025.csv`."""
        part = "-one" if scope.claim_id else f"-{scope.year}" if scope.year else ""
        return f"plainclaim-{self.stem}{part}.{self.ending}"

    def library(self, member: Member, box: Box) -> Library:
        """Open the books as far as such a file may hold them."""
        return Library(member, box, is_unfolded=not self.is_shared, is_shared=self.is_shared, is_file=True)

    def document(self, parts: Iterable[tuple[int, bytes]], *, made_at: datetime) -> Iterator[bytes]:
        """Yield the whole file: *parts* are pairs of section and text, in order."""
        yield self.opening(made_at)
        at, is_open = 0, False
        for section, body in parts:
            if not body:
                continue
            while at < section:
                yield self._end(at, is_open=is_open)
                at, is_open = at + 1, False
            yield self.sections[at].marks.between if is_open else self.sections[at].marks.before
            is_open = True
            yield body
        for rest in range(at, len(self.sections)):
            yield self._end(rest, is_open=is_open and rest == at)
        yield self.closing

    def _end(self, number: int, *, is_open: bool) -> bytes:
        marks, is_last = self.sections[number].marks, number == len(self.sections) - 1
        return (marks.behind if is_open else marks.empty) + (b"" if is_last else self.between)


type Write = Callable[[Shelf, Any, Any], bytes]


def _section(records: shelves.Taken, write: Write, marks: Marks = Marks()) -> Section:
    take, count = records
    return Section(
        take=lambda shelf, after: take(shelf, after, lambda held, record: write(shelf, held, record)),
        count=count,
        marks=marks,
    )


def _standing(held: Held[ClaimEntry]) -> dict[str, bool]:
    """Return what the record of a claim does not say of itself."""
    return {
        "is_current": held.entry.is_current,
        "is_gone": held.entry.is_gone,
        "is_twin": held.twin_of is not None,
    }


def _writer(
    make: Callable[..., Any],
    written: Callable[[Any], bytes],
    closed: Callable[..., Any],
    *,
    has_standing: bool,
) -> Write:
    """Return what writes a record, or that one does not open, as *written* has what is made of it."""

    def write(shelf: Shelf, held: Any, record: Any) -> bytes:
        plan = shelf.connection.plan.name
        if record is None:
            return written(closed(plan=plan))
        also = _standing(held) if has_standing else {}
        return written(make(record, plan=plan, **also))

    return write


def _rows(columns: Sequence[str], make: Callable[..., Any], *, has_standing: bool) -> Write:
    """Return what writes a record as rows of a spreadsheet."""
    closed = partial(tables.closed_rows, columns)
    return _writer(make, cells.lines, closed, has_standing=has_standing)


def _json(make: Callable[..., Any], *, has_standing: bool) -> Write:
    """Return what writes a record as JSON."""
    return _writer(make, ours.to_json, ours.closed, has_standing=has_standing)


def _csv(key: str, columns: Sequence[str], section: Section, *, for_a_claim: bool = True) -> Format:
    header = cells.BOM + cells.lines([columns])
    content_type = "text/csv; charset=utf-8"
    return Format(key, key, "csv", content_type, lambda _: header, (section,), for_a_claim=for_a_claim)


def _array(name: str) -> Marks:
    start = f'"{name}":['.encode()
    return Marks(start + b"\n", b",\n", b"\n]", start + b"]")


def _json_opening(made_at: datetime) -> bytes:
    head = {"format": ours.FORMAT, "version": ours.VERSION, "made_at": made_at.isoformat(timespec="seconds")}
    return json.dumps(head)[:-1].encode() + b",\n"


def _bundle_opening(made_at: datetime) -> bytes:
    head = {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": made_at.isoformat(timespec="seconds"),
    }
    return json.dumps(head)[:-1].encode()


CLAIMS: Final = _csv(
    "claims",
    tables.CLAIMS,
    _section(shelves.CLAIMS, _rows(tables.CLAIMS, tables.claim_rows, has_standing=True)),
)
LINES: Final = _csv(
    "lines", tables.LINES, _section(shelves.CLAIMS, _rows(tables.LINES, tables.line_rows, has_standing=True))
)
APPROVALS: Final = _csv(
    "approvals",
    tables.APPROVALS,
    _section(shelves.APPROVALS_ALONE, _rows(tables.APPROVALS, tables.approval_rows, has_standing=False)),
    for_a_claim=False,
)
COVERAGE: Final = _csv(
    "coverage",
    tables.COVERAGES,
    _section(shelves.COVERAGES, _rows(tables.COVERAGES, tables.coverage_rows, has_standing=False)),
    for_a_claim=False,
)
CARE: Final = _csv(
    "care",
    tables.CARE,
    _section(shelves.CLINICAL_RECORDS, _rows(tables.CARE, tables.care_rows, has_standing=False)),
    for_a_claim=False,
)
READING: Final = Format(
    key="reading",
    stem="records",
    ending="json",
    content_type="application/json",
    opening=_json_opening,
    sections=(
        _section(shelves.CLAIMS, _json(ours.claim, has_standing=True), _array("claims")),
        _section(shelves.APPROVALS, _json(ours.stated, has_standing=False), _array("approvals")),
        _section(shelves.COVERAGES, _json(ours.stated, has_standing=False), _array("coverages")),
        _section(shelves.CLINICAL_RECORDS, _json(ours.stated, has_standing=False), _array("care")),
        Section(shelves.notes, shelves.count_notes, _array("notes")),
    ),
    between=b",\n",
    closing=b"}\n",
)
ORIGINALS: Final = Format(
    key="originals",
    stem="originals",
    ending="json",
    content_type="application/fhir+json",
    opening=_bundle_opening,
    # An empty array is not allowed in FHIR, so an empty Bundle has none.
    sections=(Section(shelves.entries, shelves.count_entries, Marks(b',"entry":[\n', b",\n", b"\n]")),),
    closing=b"}\n",
)
_OWN: Final = (CLAIMS, LINES, APPROVALS, COVERAGE, CARE, READING, ORIGINALS)
FOR_OTHERS: Final = "-shared"
"""How the keys of files for others end."""
_SHARED: Final = tuple(
    replace(column, key=f"{column.key}{FOR_OTHERS}", is_shared=True, for_a_claim=False) for column in _OWN
)
ALL: Final = {column.key: column for column in (*_OWN, *_SHARED)}
