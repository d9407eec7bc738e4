"""The plan's own records in a FHIR R4 Bundle, their JSON text itself, with the files that papers name."""

import base64
import json
import re
import uuid
from collections.abc import Callable, Collection, Iterator
from typing import Any, Final, NamedTuple

from django.db.models import QuerySet

from apps.connections.models import Connection
from apps.fhir import values
from apps.fhir.placeholders import IDS
from apps.fhir.tolerant import Unreadable
from apps.kinds.care.papers.forms import address_of, key_of, sent_forms, type_of
from apps.kinds.care.sent import opened
from apps.kinds.claim.kind import CLAIM
from apps.records import mirror
from apps.records.models import FetchedPaper
from apps.vault.boxes import Box

_BINARY: Final = re.compile(r"/Binary/([A-Za-z0-9.-]{1,64})$", re.ASCII)


class NotJson(Exception):
    """What the plan sent cannot stand inside other JSON."""


def read(body: bytes) -> tuple[str, frozenset[str]]:
    """Return `Type/id` of a record and the `Type/id` of all it refers to by path; raise NotJson.

    The first is "" where the plan sent no id.
    Numbers stay text, so none is too large and none is rounded. Other claims are not followed: which claims
    are taken along is for the member to say.
    """
    try:
        document = json.loads(body.decode(), parse_float=str, parse_int=str, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise NotJson from None
    if not isinstance(document, dict):
        raise NotJson
    references: set[str] = set()
    waiting: list[Any] = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            reference = value.get("reference")
            path = values.relative(reference) if isinstance(reference, str) else None
            if path and path.partition("/")[0] not in CLAIM.fhir_types:
                references.add(path)
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    id_ = document.get("id")
    has_id = isinstance(id_, str) and id_ and id_ not in IDS
    return f"{document.get('resourceType')}/{id_}" if has_id else "", frozenset(references)


def entry(body: bytes, *, base_url: str, row_id: str, is_known_elsewhere: bool = False) -> bytes:
    """Return the Bundle entry that carries *body* as it is.

    Its address is the plan's own, or made from *row_id* where it has no id or another connection's record
    has that one already (FHIR R4 bdl-7). What is no JSON travels as a Binary that holds its bytes.
    """
    own = f"urn:uuid:{row_id}"
    try:
        reference, _ = read(body)
    except NotJson:
        held = base64.b64encode(body).decode()
        body = _dumped({"resourceType": "Binary", "contentType": "application/fhir+json", "data": held})
        return _entry(own, body)
    return _entry(own if is_known_elsewhere or not reference else f"{base_url.rstrip('/')}/{reference}", body)


def file_entry(body: bytes, *, address: str, content_type: str, row_id: str) -> bytes:
    """Return the entry of a file that a record names by its *address*: a Binary there, so that it is found.

    "" for an address that another entry has, or that no record names: then it is made from *row_id*.
    """
    binary = {"resourceType": "Binary", "contentType": content_type, "data": base64.b64encode(body).decode()}
    own = _BINARY.search(address)
    return _entry(address or f"urn:uuid:{row_id}", _dumped(({"id": own[1]} if own else {}) | binary))


def closed_entry(*, row_id: str) -> bytes:
    """Return the entry that stands for a record that does not open: the file is not taken for complete."""
    issue = {"severity": "error", "code": "exception", "diagnostics": "This record could not be opened."}
    return _entry(f"urn:uuid:{row_id}", _dumped({"resourceType": "OperationOutcome", "issue": [issue]}))


def _entry(full_url: str, body: bytes) -> bytes:
    return b'{"fullUrl":' + json.dumps(full_url).encode() + b',"resource":' + body + b"}"


def _dumped(document: dict[str, Any]) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()


def _refuse(word: str) -> Any:
    raise ValueError(word)


UNKNOWN: Final = "application/octet-stream"


class Paper(NamedTuple):
    """A paper as a Bundle entry."""

    id: uuid.UUID
    body: bytes
    is_closed: bool


type IsThere = Callable[[FetchedPaper], bool]
"""Whether a paper, of whatever connection, is asked for in the same file."""


def papers(
    box: Box,
    connection: Connection,
    records: Collection[uuid.UUID],
    *,
    is_there: IsThere,
    after: uuid.UUID | None,
) -> Iterator[Paper]:
    """Yield what was fetched of these records, in the order of their ids, from behind *after* on.

    One file is in memory at a time.
    """
    for pk in paper_ids(connection, records):
        if after is not None and pk <= after:
            continue
        row = _all(connection).select_related("record").filter(pk=pk).first()
        if row is not None:
            yield _paper(box, connection, row, is_there)


def paper_ids(connection: Connection, records: Collection[uuid.UUID]) -> list[uuid.UUID]:
    """Return the ids of what was fetched of these records."""
    rows = _all(connection).order_by("pk").values_list("pk", "record_id")
    return [pk for pk, record_id in rows if record_id in records]


def _all(connection: Connection) -> QuerySet[FetchedPaper]:
    return FetchedPaper.objects.filter(connection=connection)


def _paper(box: Box, connection: Connection, row: FetchedPaper, is_there: IsThere) -> Paper:
    body = mirror.opened(box, row)
    if body is None:
        return Paper(row.pk, closed_entry(row_id=str(row.pk)), True)
    address, content_type = _named(box, connection, row)
    same = FetchedPaper.objects.filter(member_id=row.member_id, address=row.address, pk__lt=row.pk)
    has_entry = any(is_there(other) and mirror.opened(box, other) is not None for other in same)
    return Paper(
        row.pk,
        file_entry(
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
