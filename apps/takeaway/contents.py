"""The contents of a file in parts of bounded size, and how it leaves: made at once, or from sealed pieces."""

import hashlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.db.models import Q
from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.records.shelf import Library
from apps.takeaway import formats
from apps.takeaway.formats import Format
from apps.takeaway.models import Export
from apps.takeaway.shelves import Item, Scope, Shelf
from apps.vault.boxes import Box, box_for

PART_BYTES: Final = 2 * 1024 * 1024
PART_RECORDS: Final = 250


@dataclass(frozen=True, slots=True)
class Place:
    """Where to go on: behind the record `cursor` of a connection in a section."""

    section: int = 0
    connection_id: uuid.UUID | None = None
    cursor: str = ""


@dataclass(slots=True)
class Part:
    """Records of one connection in one section, as text, and the place behind the last of them."""

    place: Place
    connection_id: uuid.UUID
    bodies: list[bytes] = field(default_factory=list)
    records: int = 0
    closed: int = 0
    size: int = 0

    def add(self, item: Item) -> None:
        """Add one record; one that is left out only moves the place."""
        self.place = Place(self.place.section, self.connection_id, item.cursor)
        self.records += 1
        self.closed += item.is_closed
        if item.body:
            self.bodies.append(item.body)
            self.size += len(item.body)

    @property
    def is_full(self) -> bool:
        """Whether the next record goes into another part."""
        return self.size >= PART_BYTES or self.records >= PART_RECORDS


def connections_of(library: Library) -> list[Connection]:
    """Return the connections of whom anything shows in the order of their ids, which never changes."""
    shown = (connection for connection in library.connections if not library.is_closed(connection.pk))
    return sorted(shown, key=lambda connection: connection.pk)


def total(format_: Format, scope: Scope, library: Library) -> int:
    """Return how many records the file will hold, as far as can be told before."""
    return sum(
        section.count(Shelf(library, connection, scope))
        for section in format_.sections
        for connection in connections_of(library)
    )


def parts(format_: Format, scope: Scope, library: Library, *, start: Place = Place()) -> Iterator[Part]:
    """Yield the parts from *start* on."""
    for number in range(start.section, len(format_.sections)):
        is_here = number == start.section
        for connection in connections_of(library):
            behind = start.connection_id if is_here else None
            if behind is not None and connection.pk < behind:
                continue
            after = start.cursor if connection.pk == behind else ""
            items = format_.sections[number].take(Shelf(library, connection, scope), after)
            yield from _packed(items, Part(Place(number, connection.pk, after), connection.pk))


def changes(member: Member, *, since: datetime) -> str:
    """Return a digest of which records of *member* came or changed from *since* on, and which are gone.

    All that are gone, because one that is sent again is so without a moment. Asked for twice the digest is
    the same as long as nothing was stored in between, also with a moment before that: by a transaction that
    was under way, or by a clock that is a little behind.
    """
    digest = hashlib.sha256()
    rows = member.records.filter(Q(stored_at__gte=since) | Q(gone_at__isnull=False)).order_by("pk")
    for row in rows.values_list("pk", "stored_at", "gone_at").iterator():
        digest.update(repr(row).encode())
    return digest.hexdigest()


def text(format_: Format, part: Part) -> bytes:
    """Return the text of a part."""
    return format_.sections[part.place.section].marks.between.join(part.bodies)


def _packed(items: Iterator[Item], part: Part) -> Iterator[Part]:
    for item in items:
        part.add(item)
        if part.is_full:
            yield part
            part = Part(part.place, part.connection_id)
    if part.records:
        yield part


class Torn(Exception):
    """A piece went with its connection while the file was being read: it must not end as if it were whole."""


def at_once(*, member: Member, format_: Format, scope: Scope, now: datetime) -> StreamingHttpResponse:
    """Return a small file, made from the records as they are now."""
    library = format_.library(member, box_for(member))
    texts = ((part.place.section, text(format_, part)) for part in parts(format_, scope, library))
    return _attached(format_, scope, format_.document(texts, made_at=now))


def prepared(export: Export) -> StreamingHttpResponse:
    """Return a file that was prepared, opened piece by piece. Raises KeyUnavailable, for the newest key
    before anything is sent."""
    format_, box = formats.ALL[export.format], box_for(export.member)
    return _attached(
        format_, Scope(year=export.year), format_.document(_pieces(export, box), made_at=export.created_at)
    )


def _pieces(export: Export, box: Box) -> Iterator[tuple[int, bytes]]:
    ids = list(export.pieces.values_list("pk", flat=True))
    if len(ids) != export.written:
        raise Torn
    for piece_id in ids:
        piece = export.pieces.filter(pk=piece_id).first()
        if piece is None:
            raise Torn
        yield piece.section, box.open(piece, "sealed_body")


def _attached(format_: Format, scope: Scope, document: Iterator[bytes]) -> StreamingHttpResponse:
    response = StreamingHttpResponse(document, content_type=format_.content_type)
    name = content_disposition_header(as_attachment=True, filename=format_.file_name(scope))
    response.headers["Content-Disposition"] = name or "attachment"
    response.headers["Cache-Control"] = "no-store, private"
    return response
