"""Verbs of claims: save what a plan sent."""

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from django.db import transaction
from msgspec import structs

from apps.claims import approvals, arrival, brief, chains, in_turn, indexing, not_understood, reading, records
from apps.claims.models import UNDATED, Approval, Claim
from apps.claims.records import ClaimRecord
from apps.claims.referring import Referring
from apps.connections.models import Connection
from apps.fhir.identity import identity
from apps.vault import finding, upserting
from apps.vault.boxes import Box

WRITTEN_AGAIN = (
    "kind",
    "service_on",
    "ordered_on",
    "digest",
    "sealed_record",
    "sealed_brief",
    "refers_to",
    "read_at",
)
"""Columns of a claim that its newest version has anew."""

_NO_MONEY: Final = records.Money()

SEEN_AGAIN: Final = {
    Approval: ("id", "source_key", "digest", "ordered_on"),
    Claim: ("id", "source_key", "digest", "ordered_on", "is_current", "gone_at"),
}
"""What is asked of the rows that are there before a save."""


@dataclass(frozen=True, slots=True)
class Unread:
    """A body that could not be read: its place in what was given, and why (quotes nothing from the data)."""

    position: int
    reason: str


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of the bodies: each is kept as a claim, set aside as an approval, or unreadable.

    `listed` counts replaced claims and those entered in error too, which only a claim's history shows.
    """

    listed: int
    set_aside: int
    unreadable: tuple[Unread, ...]
    references: frozenset[str]
    """What the claims refer to (`Practitioner/123`), to be read so that people and places get their names."""
    written: int
    """How many of the listed were new or changed."""


@dataclass(frozen=True, slots=True)
class Before:
    """Of some source keys those that were read before, and how many of them are approvals."""

    keys: frozenset[str] = frozenset()
    set_aside: int = 0


@dataclass(slots=True)
class _Sorted:
    """The bodies of one save, by source key; the last body of a key wins."""

    box: Box
    digests: dict[str, str] = field(default_factory=dict)
    read: dict[str, ClaimRecord] = field(default_factory=dict)
    encoded: dict[str, tuple[bytes, bytes]] = field(default_factory=dict)
    """Of what is listed the record and the brief, as they are sealed."""
    records: dict[str, ClaimRecord] = field(default_factory=dict)
    approvals: dict[str, ClaimRecord] = field(default_factory=dict)
    unreadable: list[Unread] = field(default_factory=list)
    references: set[str] = field(default_factory=set)
    refers_to: dict[str, bytes] = field(default_factory=dict)


def save(
    *, connection: Connection, box: Box, bodies: Sequence[bytes], names: Mapping[str, str], now: dt.datetime
) -> Saved:
    """Read, seal and upsert the JSON of ExplanationOfBenefits; unchanged ones are not written.

    *names* gives display names by reference (`Organization/123`); a body whose names became known is read
    again. What turns out to be an approval moves there, and back (`use`). Rows keep their id. No network; the
    connection is locked. Raises `Connection.DoesNotExist` when the member disconnected
    meanwhile.
    """
    found, referring = _Sorted(box), Referring(box, names)
    for position, body in enumerate(bodies):
        _sort_in(found, position, body, names, referring)
    with transaction.atomic():
        Connection.objects.select_for_update().get(pk=connection.pk)
        in_turn.hold(connection.member_id)
        as_approvals = _stored(Approval, connection, found)
        as_claims = _stored(Claim, connection, found)
        stored = {key: row.digest for key, row in (as_approvals | as_claims).items()}
        changed = [key for key, digest in found.digests.items() if stored.get(key) != digest]
        for key in changed:
            record = found.read[key]
            (found.records if record.use == "claim" else found.approvals)[key] = record
        approvals.save(
            connection=connection,
            box=box,
            saved=found.approvals,
            leaving=as_approvals.keys() & found.records.keys(),
            digests=found.digests,
            refers_to=found.refers_to,
            now=now,
        )
        rows = _upsert(connection, box, found, as_claims, now)
        marked = chains.relink(
            connection=connection,
            box=box,
            saved=rows,
            new={row.pk for row, _ in rows if row.source_key not in as_claims},
            leaving={as_claims[key].pk for key in found.approvals if key in as_claims},
        )
        years = {as_claims[key].ordered_on.year for key in changed if key in as_claims}
        years |= _years(marked - {row.pk for row, _ in rows})
        indexing.mark(connection=connection, box=box, saved=rows, years=years, now=now)
        not_understood.count(
            plan_id=connection.plan_id,
            records=[record for key, record in found.records.items() if key not in stored],
            now=now,
        )
    set_aside = as_approvals.keys() - found.records.keys() | found.approvals.keys()
    return Saved(
        listed=len(found.digests) - len(set_aside),
        set_aside=len(set_aside),
        unreadable=tuple(sorted(found.unreadable, key=lambda each: each.position)),
        references=frozenset(found.references),
        written=len(found.records) + len(found.approvals),
    )


def read_before(connection: Connection, source_keys: Collection[str]) -> Before:
    """Return which of these were read before: for the same bytes and names that says the same again."""
    claims, approvals = (
        frozenset(
            model._default_manager.filter(
                connection=connection, source_key__in=source_keys, refers_to__isnull=False
            ).values_list("source_key", flat=True)
        )
        for model in (Claim, Approval)
    )
    return Before(claims | approvals, len(approvals))


def _years(claims: Collection[uuid.UUID]) -> set[int]:
    days = Claim.objects.filter(pk__in=claims).values_list("ordered_on", flat=True) if claims else ()
    return {day.year for day in days}


def _stored[M: (Claim, Approval)](model: type[M], connection: Connection, found: _Sorted) -> dict[str, M]:
    rows = model._default_manager.filter(connection=connection, source_key__in=found.digests)
    return {row.source_key: row for row in rows.only(*SEEN_AGAIN[model])}


def _sort_in(
    found: _Sorted, position: int, body: bytes, names: Mapping[str, str], referring: Referring
) -> None:
    try:
        opened = reading.opened(body)
    except reading.Unreadable as error:
        # A version of it that is already listed stays: losing a claim would be worse than an older one.
        found.unreadable.append(Unread(position, error.reason))
        return
    key = finding.source_key(found.box, identity("ExplanationOfBenefit", opened.id, body))
    references = reading.references_of(opened)
    found.references |= references
    found.refers_to[key] = referring.packed(references)
    found.digests[key] = _digest(found.box, body, references, names)
    # At once, while the decoded claim and its record are in the processor's cache: a page of them is not.
    record = reading.record(opened, names)
    if record.use == "claim":
        found.encoded[key] = records.to_bytes(record), records.to_bytes(brief.brief(record))
        record = _to_be_listed(record)
    found.read[key] = record


def _to_be_listed(record: ClaimRecord) -> ClaimRecord:
    """Return *record* as lists, names and the index need it: the money of lines is most of a record."""
    lines = [structs.replace(line, money=_NO_MONEY, details=()) for line in record.lines]
    return structs.replace(record, lines=tuple(lines))


def _digest(box: Box, body: bytes, references: Iterable[str], names: Mapping[str, str]) -> str:
    """Cover all a record is made of: the body, the names used, and the version of our reading."""
    used = [f"\n{one}\x1f{names[one]}".encode() for one in sorted(references) if one in names]
    return finding.digest(box, f"{records.VERSION}.{brief.VERSION}\n".encode(), body, *used)


def _upsert(
    connection: Connection, box: Box, found: _Sorted, stored: Mapping[str, Claim], now: dt.datetime
) -> list[tuple[Claim, ClaimRecord]]:
    rows = []
    for key, record in arrival.in_order(found.records):
        row = Claim(
            member_id=connection.member_id,
            connection=connection,
            kind=record.kind,
            service_on=record.service_on,
            ordered_on=record.service_on or record.created_on or UNDATED,
            source_key=key,
            digest=found.digests[key],
            refers_to=found.refers_to[key],
            first_read_at=now,
            read_at=now,
        )
        if key in stored:  # a seal is bound to the row's id, and on conflict the stored row keeps its own
            old = stored[key]
            row.id, row.is_current, row.gone_at = old.pk, old.is_current, old.gone_at
        encoded_record, encoded_brief = found.encoded[key]
        row.sealed_record = box.seal(row, "sealed_record", encoded_record)
        row.sealed_brief = box.seal(row, "sealed_brief", encoded_brief)
        rows.append(row)
    upserting.insert([row for row in rows if row.source_key not in stored])
    upserting.upsert(
        [row for row in rows if row.source_key in stored],
        unique_fields=["connection", "source_key"],
        update_fields=WRITTEN_AGAIN,
    )
    return [(row, found.records[row.source_key]) for row in rows]
