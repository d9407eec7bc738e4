"""Finding records without id again, after what stands for their id is made otherwise than it was."""

from collections.abc import Iterator, Mapping
from typing import Final
from uuid import UUID

from django.db import transaction

from apps.claims import in_turn
from apps.claims.models import Approval, Claim
from apps.coverage.models import Coverage
from apps.fhir import identity
from apps.fhir.bundles import read_resource
from apps.fhir.errors import NotFhir
from apps.sync import marks, shelves
from apps.sync.models import EarlierVersion, RawResource, SyncChange, SyncStep
from apps.sync.work import Work
from apps.vault import finding

KEYED: Final = (RawResource, EarlierVersion, SyncChange, Claim, Approval, Coverage)
"""What is found by the source key of a record; none refers to another by it."""
PER_SAVE: Final = 200


def rekey(work: Work) -> None:
    """Store records without id under the keys that `fhir.identity` makes of them now, once a connection.

    Before anything is asked: else the plan would send them as new ones. It goes on where a kill cut it off.
    """
    if not marks.is_keyed_otherwise(work.connection):
        return
    for last, keys in _outdated(work):
        with transaction.atomic():
            work.hold.lock()
            _move(work, keys)
            marks.are_read_to(work.connection, last, reading=marks.KEYING)
        work.note_progress()
        work.stop_if_asked()
    marks.are_keyed(work.connection)


def _outdated(work: Work) -> Iterator[tuple[UUID, dict[str, str]]]:
    """Yield, some records at a time, the last one's id, and old and new key of those without id."""
    rows = RawResource.objects.filter(connection=work.connection, kind__in=identity.MADE_OF).order_by("pk")
    rows = rows.only("id", "member_id", "source_key", "sealed_body")
    last = marks.read_to(work.connection, reading=marks.KEYING)
    while some := list((rows.filter(pk__gt=last) if last else rows)[:PER_SAVE]):
        last = some[-1].pk
        yield last, {row.source_key: key for row in some if (key := _key(work, row)) is not None}


def _key(work: Work, row: RawResource) -> str | None:
    """Return the key of a record without id, None for any other and one that does not open."""
    body = shelves.opened(work.box, row)
    try:
        resource = read_resource(body) if body is not None else None
    except NotFhir:
        return None
    if resource is None or identity.is_named(resource.id):
        return None
    return finding.source_key(work.box, resource.identity)


def _move(work: Work, keys: Mapping[str, str]) -> None:
    """Give the records their new keys; a pass that noted what it saw by the old ones begins anew.

    None keeps its stamp, whether its key changed or not: see `shelves.put`.
    """
    RawResource.objects.filter(connection=work.connection, source_key__in=keys).update(last_updated=None)
    keys = {old: new for old, new in keys.items() if old != new}
    if not keys:
        return
    in_turn.hold(work.run.member_id)
    taken = RawResource.objects.filter(connection=work.connection, source_key__in=keys.values())
    already = set(taken.values_list("source_key", flat=True))
    for old, new in keys.items():
        if new in already:
            continue
        for model in KEYED:
            rows = model._default_manager.filter(connection=work.connection, source_key=old)
            rows.update(source_key=new)
    steps = work.run.steps.filter(resource_type__in=identity.MADE_OF).exclude(state__in=SyncStep.OVER)
    steps.update(pages=0, sealed_checkpoint=b"")
