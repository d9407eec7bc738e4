"""The raw records on their shelves: stored sealed, unchanged ones skipped, opened again for re-reading."""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from apps.connections.models import Connection
from apps.fhir import identity
from apps.fhir.bundles import Resource
from apps.sync import earlier
from apps.sync.models import EarlierVersion, RawResource
from apps.vault import finding, upserting
from apps.vault.boxes import Box
from apps.vault.errors import SealBroken

log = logging.getLogger("plainclaim.sync")

KEPT: Final = frozenset(
    {
        "Patient",
        "Coverage",
        "ExplanationOfBenefit",
        "Organization",
        "Practitioner",
        "PractitionerRole",
        "Location",
        "RelatedPerson",
    }
)
"""What we asked for; anything else a plan adds to its answers is not kept."""
PER_QUERY: Final = 200
AHEAD: Final = timedelta(days=2)
"""A stored stamp so far ahead of our clock is a mistake of the plan's: it keeps no later version away."""


@dataclass(frozen=True, slots=True)
class Put:
    """What became of one page, by source key.

    `current` are the resources that are the newest known; a record that says the same as what was stored
    (`earlier.is_same`) is stored, but neither new nor changed. `seen` is all that the page held, with its
    type, `back` what an earlier pass had found gone, `same` what was stored already to the last byte, `older`
    what says that it is older than what is stored, which stays.
    """

    current: tuple[Resource, ...]
    new: frozenset[str]
    changed: frozenset[str]
    seen: Mapping[str, str]
    back: frozenset[str]
    same: frozenset[str]
    older: frozenset[str]


def put(*, connection: Connection, box: Box, resources: Sequence[Resource], now: datetime) -> Put:
    """Store what is new or changed, and what was sent before it. Call inside a
    transaction with the connection locked.

    Of several versions in one page the newest `meta.lastUpdated` wins, else the last (R-22). A stored version
    that says it is newer stays, unless it is in `doubt`.
    """
    newest = _newest(box, resources)
    known = _known(connection, newest)
    rows, current, changed, same, older = [], [], {}, set(), set()
    for key, resource in newest.items():
        old, digest = known.get(key), finding.digest(box, resource.body)
        if old is not None and _is_older(resource.last_updated, old) and not _is_ahead(old, now):
            older.add(key)
            continue
        current.append(resource)
        if old is not None and old.digest == digest:
            same.add(key)
            if old.last_updated is None and (stamp := _stamp_of(resource)):  # it was doubted for nothing
                RawResource.objects.filter(pk=old.pk).update(last_updated=stamp)
            continue
        row = RawResource(
            member_id=connection.member_id,
            connection=connection,
            kind=resource.type,
            source_key=key,
            digest=digest,
            last_updated=_stamp_of(resource),
            stored_at=now,
        )
        if old is not None:
            row.id = old.id  # the seal is bound to the id, and the stored row keeps its own
            changed[key] = resource.body
        row.sealed_body = box.seal(row, "sealed_body", resource.body)
        rows.append(row)
    kept = earlier.keep(connection=connection, box=box, replaced=changed, now=now)
    upserting.insert([row for row in rows if row.source_key not in known])
    upserting.upsert(
        [row for row in rows if row.source_key in known],
        unique_fields=["connection", "source_key"],
        update_fields=["digest", "last_updated", "stored_at", "sealed_body"],
    )
    return Put(
        current=tuple(current),
        new=frozenset(newest.keys() - known.keys()),
        changed=kept,
        seen={key: resource.type for key, resource in newest.items()},
        back=_welcome_back(connection, known),
        same=frozenset(same),
        older=frozenset(older),
    )


def doubt(connection: Connection, source_keys: Iterable[str], *, stored_before: datetime) -> None:
    """Doubt what is stored since before that moment under keys that came in an older version only.

    A plan that went back to an earlier backup, or whose clock was ahead for an hour, has that version alone
    from now on; one that answered from a copy that lags behind sends the newer one again. So the stored one
    loses its stamp: it stays until the next pass, which asks for everything (`marks`), and then what comes is
    taken. Where that is what is stored, it has its stamp back.
    """
    rows = RawResource.objects.filter(connection=connection, source_key__in=list(source_keys))
    rows.filter(stored_at__lt=stored_before).update(last_updated=None)


def bodies(*, connection: Connection, box: Box, kinds: Iterable[str]) -> Iterator[list[bytes]]:
    """Yield the stored JSON of these types in batches; a row that does not open is logged and left out."""
    rows = RawResource.objects.filter(connection=connection, kind__in=list(kinds)).order_by("id")
    rows, last = rows.only("id", "member_id", "sealed_body"), None
    while some := list((rows.filter(pk__gt=last) if last else rows)[:PER_QUERY]):
        last = some[-1].pk
        yield [body for row in some if (body := opened(box, row)) is not None]


def bodies_of(connection: Connection, box: Box, source_keys: Iterable[str]) -> list[bytes]:
    """Return the stored JSON of these records; a row that does not open is logged and left out."""
    rows = RawResource.objects.filter(connection=connection, source_key__in=list(source_keys))
    rows = rows.only("id", "member_id", "sealed_body")
    return [body for row in rows if (body := opened(box, row)) is not None]


def opened(box: Box, row: RawResource | EarlierVersion) -> bytes | None:
    """Return the JSON of a row, None where it does not open: which is logged by the row's name only."""
    try:
        return box.open(row, "sealed_body")
    except SealBroken as error:
        log.error("%s", error)
        return None


def _newest(box: Box, resources: Sequence[Resource]) -> dict[str, Resource]:
    newest: dict[str, Resource] = {}
    for resource in resources:
        if resource.type in KEPT:
            key = finding.source_key(box, resource.identity)
            if not _is_older(resource.last_updated, newest.get(key)):
                newest[key] = resource
    return newest


def _known(connection: Connection, keys: Iterable[str]) -> dict[str, RawResource]:
    rows = RawResource.objects.filter(connection=connection, source_key__in=keys).defer("sealed_body")
    return {row.source_key: row for row in rows}


def _welcome_back(connection: Connection, known: dict[str, RawResource]) -> frozenset[str]:
    back = frozenset(key for key, row in known.items() if row.gone_at is not None)
    if back:
        RawResource.objects.filter(connection=connection, source_key__in=back).update(gone_at=None)
    return back


def _stamp_of(resource: Resource) -> datetime | None:
    # What changes without an id may become another record: its stamp leads to nothing (`marks`).
    return resource.last_updated if identity.is_named(resource.id) else None


def _is_older(moment: datetime | None, other: Resource | RawResource | None) -> bool:
    return (
        moment is not None
        and other is not None
        and other.last_updated is not None
        and moment < other.last_updated
    )


def _is_ahead(old: RawResource, now: datetime) -> bool:
    return old.last_updated is not None and old.last_updated - now > AHEAD
