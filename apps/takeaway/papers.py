"""Files of papers that the member had fetched, for the plan's own records: each a Binary at its address."""

import uuid
from collections.abc import Callable, Collection, Iterator
from typing import Final, NamedTuple

from django.db.models import QuerySet

from apps.connections.models import Connection
from apps.fhir.tolerant import Unreadable
from apps.kinds.care.papers.forms import address_of, key_of, sent_forms, type_of
from apps.kinds.care.sent import opened
from apps.records import mirror
from apps.records.models import FetchedPaper
from apps.takeaway import originals
from apps.vault.boxes import Box

UNKNOWN: Final = "application/octet-stream"


class Entry(NamedTuple):
    """A paper as a Bundle entry."""

    id: uuid.UUID
    body: bytes
    is_closed: bool


type IsThere = Callable[[FetchedPaper], bool]
"""Whether a paper, of whatever connection, is asked for in the same file."""


def fetched(
    box: Box,
    connection: Connection,
    records: Collection[uuid.UUID],
    *,
    is_there: IsThere,
    after: uuid.UUID | None,
) -> Iterator[Entry]:
    """Yield what was fetched of these records, in the order of their ids, from behind *after* on.

    One file is in memory at a time.
    """
    for pk in ids(connection, records):
        if after is not None and pk <= after:
            continue
        row = _all(connection).select_related("record").filter(pk=pk).first()
        if row is not None:
            yield _entry(box, connection, row, is_there)


def ids(connection: Connection, records: Collection[uuid.UUID]) -> list[uuid.UUID]:
    """Return the ids of what was fetched of these records."""
    rows = _all(connection).order_by("pk").values_list("pk", "record_id")
    return [pk for pk, record_id in rows if record_id in records]


def _all(connection: Connection) -> QuerySet[FetchedPaper]:
    return FetchedPaper.objects.filter(connection=connection)


def _entry(box: Box, connection: Connection, row: FetchedPaper, is_there: IsThere) -> Entry:
    body = mirror.opened(box, row)
    if body is None:
        return Entry(row.pk, originals.closed_entry(row_id=str(row.pk)), True)
    address, content_type = _named(box, connection, row)
    same = FetchedPaper.objects.filter(member_id=row.member_id, address=row.address, pk__lt=row.pk)
    has_entry = any(is_there(other) and mirror.opened(box, other) is not None for other in same)
    return Entry(
        row.pk,
        originals.file_entry(
            body,
            address="" if has_entry else address,
            content_type=content_type or UNKNOWN,
            row_id=str(row.pk),
        ),
        False,
    )


def _named(box: Box, connection: Connection, row: FetchedPaper) -> tuple[str, str]:
    """Return where a paper's record says that it is, and its declared type; "" where it no longer does."""
    try:
        sent = opened(mirror.opened(box, row.record) or b"").sent
    except Unreadable:
        return "", ""
    for form in sent_forms(sent):
        address = address_of(form.tree.get("url"), connection.plan.fhir_base_url)
        if address and key_of(box, address) == bytes(row.address):
            return address, type_of(form)
    return "", ""
