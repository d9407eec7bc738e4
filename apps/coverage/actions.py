"""Verbs of coverage: save what a plan sent."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from apps.connections.models import Connection
from apps.coverage import reading, records
from apps.coverage.models import Coverage
from apps.fhir.identity import identity
from apps.vault import finding
from apps.vault.boxes import Box


@dataclass(frozen=True, slots=True)
class Unread:
    """A body that could not be read: its place in what was given, and why."""

    position: int
    reason: str


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of the bodies: each is listed, set aside or unreadable."""

    listed: int
    set_aside: int
    unreadable: tuple[Unread, ...]
    references: frozenset[str]
    """What the coverages refer to (`Organization/123`), to be read so that payers get their names."""


def save(
    *, connection: Connection, box: Box, bodies: Sequence[bytes], names: Mapping[str, str], now: dt.datetime
) -> Saved:
    """Read, seal and upsert the JSON of Coverages; a coverage entered in error is removed from the list.

    Rows keep their id when the plan sends them again. No network. One transaction, in which the connection is
    locked: raises `Connection.DoesNotExist` when the member disconnected meanwhile.
    """
    keep: dict[str, tuple[str, bytes]] = {}
    drop: set[str] = set()
    unreadable: list[Unread] = []
    references: set[str] = set()
    for position, body in enumerate(bodies):
        try:
            record = reading.read(body, names)
        except reading.Unreadable as error:
            unreadable.append(Unread(position, error.reason))
            continue
        key = finding.source_key(box, identity("Coverage", record.resource_id, body))
        references |= reading.references(body)
        if record.status == "entered-in-error":
            drop.add(key)
            keep.pop(key, None)
        else:
            # The digest covers the names too: the record holds what they made of the body.
            encoded = records.to_bytes(record)
            keep[key] = finding.digest(box, encoded), encoded
            drop.discard(key)
    with transaction.atomic():
        Connection.objects.select_for_update().get(pk=connection.pk)
        if drop:
            Coverage.objects.filter(connection=connection, source_key__in=drop).delete()
        _upsert(connection, box, keep, now)
    return Saved(len(keep), len(drop), tuple(unreadable), frozenset(references))


def _upsert(
    connection: Connection, box: Box, keep: Mapping[str, tuple[str, bytes]], now: dt.datetime
) -> None:
    known = {
        row.source_key: row
        for row in Coverage.objects.filter(connection=connection, source_key__in=keep).only(
            "id", "source_key", "digest"
        )
    }
    rows = []
    for key, (digest, encoded) in keep.items():
        old = known.get(key)
        if old is not None and old.digest == digest:
            continue
        row = Coverage(
            member_id=connection.member_id,
            connection=connection,
            source_key=key,
            digest=digest,
            first_read_at=now,
            read_at=now,
        )
        if old is not None:
            row.id = old.id  # the seal is bound to the id, and the stored row keeps its own
        row.sealed_record = box.seal(row, "sealed_record", encoded)
        rows.append(row)
    Coverage.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["connection", "source_key"],
        update_fields=["digest", "sealed_record", "read_at"],
    )
