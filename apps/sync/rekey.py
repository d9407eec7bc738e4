"""Finding records without id again, after what stands for their id is made otherwise than it was."""

from collections.abc import Iterator
from typing import Final

from django.db import transaction

from apps.fhir import identity
from apps.fhir.bundles import read_resource
from apps.fhir.errors import NotFhir
from apps.records import mirror
from apps.records.models import Catalogue, Record
from apps.sync.models import SyncStep
from apps.sync.work import Work
from apps.vault import boxes

PER_SAVE: Final = 200


def rekey(work: Work) -> None:
    """Store records without id under the keys that `fhir.identity` makes of them now, once a connection.

    Before anything is asked: else the plan would send them as new ones. After a kill it begins anew, and
    finds what has its new key already.
    """
    mine = Catalogue.objects.filter(connection=work.connection)
    if not mine.exclude(keyed_as=identity.VERSION).exists():
        return
    for rows in _outdated(work):
        with transaction.atomic():
            work.hold.lock()
            _move(work, rows)
        work.note_progress()
        work.look()
    mine.update(keyed_as=identity.VERSION)


def _outdated(work: Work) -> Iterator[dict[bytes, Record]]:
    """Yield, some records at a time, those without id by the key they have now."""
    rows = Record.objects.filter(connection=work.connection, fhir_type__in=identity.made_of()).order_by("pk")
    rows, last = rows.only("id", "member_id", "source_key", "sealed_body"), None
    while rows_at_once := list((rows.filter(pk__gt=last) if last else rows)[:PER_SAVE]):
        last = rows_at_once[-1].pk
        yield {key: row for row in rows_at_once if (key := _key(work, row)) is not None}


def _key(work: Work, row: Record) -> bytes | None:
    """Return the key of a record without id, None for any other and one that does not open."""
    body = mirror.opened(work.box, row)
    try:
        resource = read_resource(body) if body is not None else None
    except NotFhir:
        return None
    if resource is None or identity.is_named(resource.id):
        return None
    return boxes.source_key(work.box, resource.identity)


def _move(work: Work, rows: dict[bytes, Record]) -> None:
    """Give the records their new keys; a pass that noted what it saw by the old ones begins anew.

    None keeps its stamp, whether its key changed or not: see `mirror.put`.
    """
    Record.objects.filter(pk__in=[row.pk for row in rows.values()]).update(last_updated=None)
    moved = {key: row for key, row in rows.items() if bytes(row.source_key) != key}
    if not moved:
        return
    occupied = Record.objects.filter(connection=work.connection, source_key__in=list(moved))
    already = {bytes(key) for key in occupied.values_list("source_key", flat=True)}
    for key, row in moved.items():
        if key not in already:
            Record.objects.filter(pk=row.pk).update(source_key=key)
    steps = work.run.steps.filter(resource_type__in=identity.made_of()).exclude(state__in=SyncStep.OVER)
    steps.update(pages=0, sealed_checkpoint=b"")
