"""Reading again what is here: because names came or changed, or because we read otherwise than we did."""

from collections.abc import Iterator
from itertools import batched
from typing import Final
from uuid import UUID

from django.db import transaction

from apps.claims import actions as claims
from apps.claims import referring
from apps.coverage import actions as coverage
from apps.fhir import names as fhir_names
from apps.sync import changes, marks, shelves
from apps.sync.models import RawResource
from apps.sync.naming import Places
from apps.sync.work import Work

PER_SAVE: Final = 100


def read_again(work: Work, places: Places) -> None:
    """Read once more what refers to names that were not known, or were others, when it was read.

    Everything, where it was read by another version of our reading; a kill costs the claims of one save then.
    """
    is_read_otherwise = marks.is_read_otherwise(work.connection)
    stored = RawResource.objects.filter(
        connection=work.connection,
        kind__in=("Patient", *fhir_names.NAMED),
        stored_at__gte=work.run.created_at,
    )
    if is_read_otherwise or stored.exists():
        for some in shelves.bodies(connection=work.connection, box=work.box, kinds=["Coverage"]):
            _save(work, places, coverage, some)
    if is_read_otherwise:
        for last, some in _not_gone_over(work):
            _save(work, places, claims, some, last=last)
            work.note_progress()
        with transaction.atomic():
            work.hold.lock()
            changes.mark_again(work.connection, work.box, now=work.now_fn())
        marks.are_read(work.connection)
    # After a kill also what was gone over before it: names may have come since.
    for keys in referring.behind(work.connection, work.box, work.names):
        for some_keys in batched(keys, PER_SAVE):
            if _save(work, places, claims, shelves.bodies_of(work.connection, work.box, some_keys)):
                work.note_progress()


def _not_gone_over(work: Work) -> Iterator[tuple[UUID, list[bytes]]]:
    """Yield claims that our reading has not come to, some at a time: the last one's id, and their JSON."""
    rows = RawResource.objects.filter(connection=work.connection, kind="ExplanationOfBenefit").order_by("pk")
    rows, last = rows.only("id", "member_id", "sealed_body"), marks.read_to(work.connection)
    while some := list((rows.filter(pk__gt=last) if last else rows)[:PER_SAVE]):
        last = some[-1].pk
        yield last, [body for row in some if (body := shelves.opened(work.box, row)) is not None]


def _save(work: Work, places: Places, stage: object, bodies: list[bytes], *, last: UUID | None = None) -> int:
    """Have *stage* read and save these; return how many claims were read otherwise than before."""
    with transaction.atomic():
        work.hold.lock()
        saved = stage.save(  # type: ignore[attr-defined]
            connection=work.connection, box=work.box, bodies=bodies, names=work.names, now=work.now_fn()
        )
        places.note(saved.references)
        if last is not None:
            marks.are_read_to(work.connection, last)
    work.stop_if_asked()
    return getattr(saved, "written", 0)
