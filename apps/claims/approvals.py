"""Approvals and estimates in advance (facts claims 6): kept apart, never listed among claims or summed."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.urls import reverse

from apps.claims import records
from apps.claims.models import UNDATED, Approval
from apps.claims.people import ONE_PERSON, Whose
from apps.claims.records import ClaimRecord
from apps.claims.rows import opened
from apps.claims.wording import approvals as wording
from apps.connections.models import Connection
from apps.plain_language.language import _
from apps.vault.boxes import Box


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the list; `words` is None where the approval did not open.

    `person` is whom it is about, "" while all are about one.
    """

    url: str
    words: wording.Row | None
    person: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Rows under the words for where they stand."""

    heading: str
    rows: list[Row]


def groups(
    approvals: Iterable[Approval], box: Box, *, today: dt.date, whose: Whose = ONE_PERSON
) -> list[Group]:
    """Open *approvals* and return their rows by where they stand, in order in each."""
    by_heading: dict[str, list[Row]] = {heading: [] for heading in (*wording.GROUPS, wording.CLOSED)}
    for row in _rows(approvals, box, today=today, whose=whose):
        by_heading[row.words.heading if row.words else wording.CLOSED].append(row)
    return [Group(_(heading), found) for heading, found in by_heading.items() if found]


def _rows(approvals: Iterable[Approval], box: Box, *, today: dt.date, whose: Whose) -> list[Row]:
    """Open *approvals* and return their rows in order, without those entered in error."""
    base = reverse("claims:approvals")
    pairs = [(approval, opened(approval, box, column="sealed_record")) for approval in approvals]
    whose = whose.of((one.connection_id, record) for one, record in pairs if record is not None)
    found = []
    for approval, record in pairs:
        if record is None:
            found.append(Row(f"{base}{approval.pk}/", None))
        elif record.status != "entered-in-error":
            person = whose.person(record, approval.connection_id)
            found.append(Row(f"{base}{approval.pk}/", wording.row(record, today=today), person))
    return found


def save(
    *,
    connection: Connection,
    box: Box,
    saved: Mapping[str, ClaimRecord],
    leaving: Collection[str],
    digests: Mapping[str, str],
    refers_to: Mapping[str, bytes],
    now: dt.datetime,
) -> None:
    """Seal and upsert *saved* (by source key) and drop those that became claims; rows keep their id.

    Inside the transaction that writes the claims.
    """
    if leaving:
        Approval.objects.filter(connection=connection, source_key__in=leaving).delete()
    if not saved:
        return
    ids = dict(
        Approval.objects.filter(connection=connection, source_key__in=saved).values_list("source_key", "id")
    )
    rows = []
    for key, record in saved.items():
        row = Approval(
            member_id=connection.member_id,
            connection=connection,
            ordered_on=record.created_on or record.service_on or UNDATED,
            source_key=key,
            digest=digests[key],
            refers_to=refers_to[key],
            first_read_at=now,
            read_at=now,
        )
        row.id = ids.get(key, row.id)
        row.sealed_record = box.seal(row, "sealed_record", records.to_bytes(record))
        rows.append(row)
    Approval.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["connection", "source_key"],
        update_fields=["ordered_on", "digest", "sealed_record", "refers_to", "read_at"],
    )
