"""Looking at runs and at what they brought, and transports that something happens to."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from apps.connections.models import Connection
from apps.kinds.approval.kind import APPROVAL
from apps.kinds.claim.entry import ClaimEntry
from apps.kinds.claim.kind import CLAIM
from apps.kinds.claim.records import ClaimRecord
from apps.outbound.door import Answer
from apps.records import projection
from apps.records.entries import Entry
from apps.records.kinds import Kind
from apps.records.models import Catalogue, Record, RecordQuerySet
from apps.records.original import original
from apps.records.shelf import Library
from apps.records.volumes import Held
from apps.sync import runner
from apps.sync.models import SyncRun, SyncStep
from apps.vault import boxes
from apps.vault.boxes import box_for
from tests.claims.given import claims_of
from tests.fhir.stub import Door

EOB = "ExplanationOfBenefit"


def step(run: SyncRun, kind: str) -> SyncStep:
    return run.steps.get(resource_type=kind)


def key_of(connection: Connection, identity: str) -> bytes:
    """Return the source key of a record (`Type/id`) of this connection."""
    return boxes.source_key(box_for(connection.member), identity)


def states(run: SyncRun) -> list[str]:
    return [step.state for step in run.steps.all()]


def tried(run: SyncRun, at: datetime | Callable[[], datetime], door: Any = None, **more: Any) -> SyncRun:
    """Be a worker that tries the run at that moment, or by that clock; return it as it is afterwards."""
    clock, through = at if callable(at) else lambda: at, door or Door()
    runner.run(run_id=run.pk, now_fn=clock, connect=lambda *_, **__: through, **more)
    run.refresh_from_db()
    return run


def are_books_whole(connection: Connection) -> bool:
    """Return whether the books hold all that is mirrored, without bringing them up to date."""
    return not any(map(projection.is_stale, Catalogue.objects.filter(connection=connection)))


def mirrored(connection: Connection, fhir_type: str = EOB) -> RecordQuerySet:
    """Return what is mirrored of one type."""
    return connection.records.filter(fhir_type=fhir_type)


def row_of(connection: Connection, number: int) -> Record:
    """Return claim *number* as it is mirrored."""
    return connection.records.get(source_key=key_of(connection, f"{EOB}/eob-{number}"))


def claim_of(connection: Connection, number: int) -> Held[ClaimEntry]:
    """Return claim *number* as lists have it."""
    pk = row_of(connection, number).pk
    return next(claim for claim in claims_of(connection) if claim.id == pk)


def record_of(connection: Connection, number: int | None = None) -> ClaimRecord:
    """Return what lists say of claim *number*, of the newest where none is named."""
    claim = claims_of(connection)[0] if number is None else claim_of(connection, number)
    brief: ClaimRecord = CLAIM.open_brief(claim.entry.brief)
    return brief


def entries_of(connection: Connection, kind: Kind) -> list[Entry]:
    """Return what the books of a connection have of one kind."""
    held = Library(connection.member, box_for(connection.member)).held(kind, plan=connection.pk)
    return [record.entry for record in held]


def gone(connection: Connection, kind: Kind = CLAIM) -> set[bytes]:
    """Return the source keys of what the plan no longer sends: the same in the mirror and in the books."""
    entries = {entry.id for entry in entries_of(connection, kind) if entry.is_gone}
    rows = connection.records.filter(fhir_type__in=kind.fhir_types).exclude(gone_at=None)
    if kind is CLAIM:
        rows = rows.exclude(pk__in=[entry.id for entry in entries_of(connection, APPROVAL)])
    assert entries == set(rows.values_list("pk", flat=True))
    return {bytes(key) for key in rows.values_list("source_key", flat=True)}


def page_of(row: Record) -> ClaimRecord:
    """Return what the page of a claim says, read from the mirror."""
    record: ClaimRecord = original(row, box_for(row.member), CLAIM)
    return record


class Interrupted(Door):
    """A transport that does something before its n-th call."""

    def __init__(self, call: int, effect: Callable[[], None]) -> None:
        super().__init__()
        self.calls, self.call, self.effect = 0, call, effect

    def ask(self, url: str, form: str | None = None) -> Answer:
        self.calls += 1
        if self.calls == self.call:
            self.effect()
        return super().ask(url, form)


def raises(error: Exception) -> Callable[[], None]:
    def effect() -> None:
        raise error

    return effect
