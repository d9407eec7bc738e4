"""Taking records from their shelves in a fixed order, each as the text it becomes in a file."""

import logging
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Any, Final

from django.db.models import Model, Q, QuerySet

from apps.claims import records as claim_records
from apps.claims.models import Approval, Claim
from apps.claims.records import ClaimRecord
from apps.connections.models import Connection
from apps.coverage import records as coverage_records
from apps.coverage.models import Coverage
from apps.coverage.records import CoverageRecord
from apps.sync.models import RawResource
from apps.takeaway import originals
from apps.takeaway.scopes import Scope
from apps.vault import finding
from apps.vault.boxes import Box
from apps.vault.errors import SealBroken

log = logging.getLogger("plainclaim.takeaway")
PER_QUERY: Final = 50
NOT_OPEN: Final = (SealBroken, claim_records.OtherVersion, coverage_records.OtherVersion)


@dataclass(frozen=True, slots=True)
class Item:
    """One record. `cursor` finds the place behind it again, `body` is its text: b"" for one left out."""

    cursor: str
    body: bytes
    is_closed: bool = False


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where the records of one connection are taken from."""

    connection: Connection
    scope: Scope
    box: Box


def claims(shelf: Shelf, after: str, write: Callable[[Claim, ClaimRecord | None], bytes]) -> Iterator[Item]:
    """Yield the claims, newest first."""
    rows = shelf.scope.claims(shelf.connection)
    fields = ("id", "member_id", "ordered_on", "is_current", "gone_at", "twin_of", "sealed_record")
    yield from _dated(rows, fields, after, shelf.box, write)


def approvals(
    shelf: Shelf, after: str, write: Callable[[Approval, ClaimRecord | None], bytes]
) -> Iterator[Item]:
    """Yield the approvals in advance, newest first."""
    rows = shelf.scope.approvals(shelf.connection)
    fields = ("id", "member_id", "ordered_on", "sealed_record")
    yield from _dated(rows, fields, after, shelf.box, write)


def coverages(
    shelf: Shelf, after: str, write: Callable[[Coverage, CoverageRecord | None], bytes]
) -> Iterator[Item]:
    """Yield the coverages of the years asked for, in the order of their ids: there are few."""
    rows = shelf.connection.coverages.order_by("id")
    for row in rows.filter(id__gt=after) if after else rows:
        record = _opened(shelf.box, row, "sealed_record", coverage_records.from_bytes)
        body = write(row, record) if record is None or shelf.scope.has(record) else b""
        yield Item(str(row.pk), body, record is None)


def _dated(
    rows: QuerySet[Any],
    fields: Sequence[str],
    after: str,
    box: Box,
    write: Callable[[Any, ClaimRecord | None], bytes],
) -> Iterator[Item]:
    """Yield rows newest first, some at a time: a member may have ten thousand."""
    while True:
        left = rows.order_by("-ordered_on", "-id").only(*fields)
        if after:
            day, _, key = after.partition("/")
            # The first condition alone lets the index start at the right place; the second decides ties.
            left = left.filter(ordered_on__lte=day).filter(Q(ordered_on__lt=day) | Q(id__lt=key))
        some = list(left[:PER_QUERY])
        for row in some:
            after = f"{row.ordered_on.isoformat()}/{row.pk}"
            record = _opened(box, row, "sealed_record", claim_records.from_bytes)
            yield Item(after, write(row, record), record is None)
        if len(some) < PER_QUERY:
            return


def entries(shelf: Shelf, after: str) -> Iterator[Item]:
    """Yield the plan's own records as Bundle entries: the claims, then what they refer to.

    Everything there is where everything is asked for, whether we understood it or not.
    """
    stage, _, last = after.partition("/")
    for number, ids in enumerate(_stages(shelf)):
        if stage and number < int(stage):
            continue
        start = uuid.UUID(last) if stage and number == int(stage) else None
        for some in batched((one for one in ids() if start is None or one > start), PER_QUERY):
            rows = list(_raw(shelf.connection).filter(pk__in=some).order_by("id"))
            for row, known in zip(rows, _known_elsewhere(shelf, rows), strict=True):
                yield _entry(shelf, row, cursor=f"{number}/{row.pk}", known=known)


def count_entries(shelf: Shelf) -> int:
    """Return how many claims `entries` yields, and all else too where everything is asked for."""
    mine = _raw(shelf.connection)
    if shelf.scope.is_everything:
        return mine.count()
    return len(list(_ids(mine.filter(kind=originals.CLAIM_KIND), _wanted(shelf))))


def _stages(shelf: Shelf) -> tuple[Callable[[], Iterator[uuid.UUID]], ...]:
    mine = _raw(shelf.connection)
    its_claims, others = mine.filter(kind=originals.CLAIM_KIND), mine.exclude(kind=originals.CLAIM_KIND)
    if shelf.scope.is_everything:
        return (lambda: _ids(its_claims), lambda: _ids(others))
    wanted = _wanted(shelf)
    return (lambda: _ids(its_claims, wanted), lambda: _ids(others, _referred(shelf, wanted)))


def _wanted(shelf: Shelf) -> frozenset[str]:
    """Return the keys of the claims and approvals asked for; the raw records carry the same."""
    of_claims = shelf.scope.claims(shelf.connection).values_list("source_key", flat=True)
    of_approvals = shelf.scope.approvals(shelf.connection).values_list("source_key", flat=True)
    return frozenset([*of_claims, *of_approvals])


def _referred(shelf: Shelf, wanted: frozenset[str]) -> frozenset[str]:
    """Return the keys of all that these claims refer to, and of what that refers to in turn."""
    mine = _raw(shelf.connection)
    found: set[str] = set()
    new: set[str] = set()
    for some in batched(_ids(mine.filter(kind=originals.CLAIM_KIND), wanted), PER_QUERY):
        new |= _references(shelf, mine.filter(pk__in=some))
    while new := new - found:
        found |= new
        ids = _ids(mine.exclude(kind=originals.CLAIM_KIND), frozenset(new))
        new = set()
        for some in batched(ids, PER_QUERY):
            new |= _references(shelf, mine.filter(pk__in=some))
    return frozenset(found)


def _references(shelf: Shelf, rows: Iterable[RawResource]) -> set[str]:
    found: set[str] = set()
    for row in rows:
        body = _opened(shelf.box, row, "sealed_body", bytes)
        try:
            found |= {finding.source_key(shelf.box, one) for one in originals.read(body or b"")[1]}
        except originals.NotJson:
            continue
    return found


def _entry(shelf: Shelf, row: RawResource, *, cursor: str, known: bool | None) -> Item:
    if known is None:
        return Item(cursor, b"")
    body = _opened(shelf.box, row, "sealed_body", bytes)
    if body is None:
        return Item(cursor, originals.closed_entry(row_id=str(row.pk)), is_closed=True)
    base_url = shelf.connection.plan.fhir_base_url
    return Item(
        cursor, originals.entry(body, base_url=base_url, row_id=str(row.pk), is_known_elsewhere=known)
    )


def _known_elsewhere(shelf: Shelf, rows: Sequence[RawResource]) -> list[bool | None]:
    """Tell of each row whether another connection to the same address has a record of that name too.

    None: the very same text, which a file of everything holds once. True: it needs an address of its own.
    """
    if shelf.scope.claim_id is not None:
        return [False] * len(rows)
    others = RawResource.objects.filter(
        member_id=shelf.connection.member_id,
        connection__plan__fhir_base_url=shelf.connection.plan.fhir_base_url,
        connection_id__lt=shelf.connection.pk,
        source_key__in=[row.source_key for row in rows],
    )
    digests: dict[str, set[str]] = {}
    for key, digest in others.values_list("source_key", "digest"):
        digests.setdefault(key, set()).add(digest)
    everything = shelf.scope.is_everything
    return [
        None if everything and row.digest in digests.get(row.source_key, ()) else row.source_key in digests
        for row in rows
    ]


def _raw(connection: Connection) -> QuerySet[RawResource]:
    return RawResource.objects.filter(connection=connection).only(
        "id", "member_id", "kind", "source_key", "digest", "sealed_body"
    )


def _ids(rows: QuerySet[RawResource], keys: frozenset[str] | None = None) -> Iterator[uuid.UUID]:
    for row_id, key in list(rows.order_by("id").values_list("id", "source_key")):
        if keys is None or key in keys:
            yield row_id


def _opened[T](box: Box, row: Model, column: str, read: Callable[[bytes], T]) -> T | None:
    """Return what the row holds, None when it does not open: which is logged by the row's name only."""
    try:
        return read(box.open(row, column))
    except NOT_OPEN as error:
        log.error("%s: %s", row, type(error).__name__)
        return None
