"""Where a pass over one type of record begins: everything, or what changed since the last one (R-26)."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Max

from apps.claims import brief
from apps.claims import records as claim_records
from apps.connections.models import Connection
from apps.coverage import records as coverage_records
from apps.fhir import identity
from apps.fhir.bundles import FIRST_STAMP
from apps.sync.models import RawResource, SyncMark, SyncRun, SyncSeen, SyncStep

BY_CHANGES: Final = frozenset({"ExplanationOfBenefit"})
"""Types of more than a page: to ask for the changes of a few coverages saves nothing."""
OVERLAP: Final = timedelta(days=1)
"""Asked again before the mark: plans stamp a nightly load when it begins and show it hours later."""
FULL_EVERY: Final = timedelta(days=30)
REFUSAL_HOLDS: Final = timedelta(days=90)
"""How long a plan that refused the question is not asked it again."""
BROKE_ON_IT: Final = frozenset({"plan_trouble", "not_fhir"})
"""Problems of the try before after which everything is asked: it may be the question that breaks the plan."""
KEYING: Final = f".k{identity.VERSION}"
READING: Final = f"{claim_records.VERSION}.{brief.VERSION}.{coverage_records.VERSION}{KEYING}"


def mark_of(connection: Connection, resource_type: str) -> SyncMark | None:
    """Return what is known of earlier passes over this type."""
    return SyncMark.objects.filter(connection=connection, resource_type=resource_type).first()


def begin(step: SyncStep, *, run: SyncRun, now: datetime) -> None:
    """Begin a pass at its first page: decide what it asks for, and forget what an earlier try counted,
    but for what was new, changed or back.

    Inside a transaction, with the run held.
    """
    mark = mark_of(run.connection, step.resource_type)
    step.since = _since(mark, run, now) if mark and step.resource_type in BY_CHANGES else None
    step.is_full = step.since is None
    _from_the_start(step, now)
    # Of a pass that ended without its last page, too.
    SyncSeen.objects.filter(
        step__run__connection=run.connection, step__resource_type=step.resource_type
    ).delete()


def begin_again(step: SyncStep, *, run: SyncRun, was_resumed: bool, now: datetime) -> bool:
    """Begin the pass anew after the plan refused a question; return False where there is no other way to ask.

    A link that died while the run slept is no refusal (R-18). A plan that does not take the question for
    changes is asked for everything, and that is remembered. Inside a transaction, with the run held.
    """
    if not was_resumed:
        if step.is_full:
            return False
        if not step.pages:
            SyncMark.objects.filter(connection=run.connection, resource_type=step.resource_type).update(
                refused_at=now
            )
        step.since, step.is_full = None, True
    _from_the_start(step, now)
    return True


def forget_refusal(step: SyncStep, *, run: SyncRun) -> None:
    """Forget that the question for changes was refused: it was the number of records asked for (C-01)."""
    SyncMark.objects.filter(connection=run.connection, resource_type=step.resource_type).update(
        refused_at=None
    )


def question(step: SyncStep) -> dict[str, str]:
    """Return the search parameters of the pass besides the patient.

    A full timestamp, since a plan is known that refuses days (facts payers 6): FHIR R4 search, date, `ge`.
    """
    if step.since is None:
        return {}
    return {"_lastUpdated": step.since.strftime("ge%Y-%m-%dT%H:%M:%SZ")}


def up_to(connection: Connection, step: SyncStep) -> datetime | None:
    """Return until when all changes are here after this pass, None where the plan does not stamp its records.

    The newest stamp here is the plan's own clock, whatever it shows; what changed after the pass began may
    have been missed while paging. The earlier of both is safe with a clock that is slow, fast, or wrong once.
    """
    newest: datetime | None = RawResource.objects.filter(
        connection=connection, kind=step.resource_type
    ).aggregate(newest=Max("last_updated"))["newest"]
    if newest is None or newest.year < FIRST_STAMP or step.began_at is None:
        return None
    return min(newest, step.began_at)


def is_read_otherwise(connection: Connection) -> bool:
    """Return whether records here were read by another version of our reading, and not sent again since."""
    return SyncMark.objects.filter(connection=connection).exclude(read_as=READING).exists()


def is_keyed_otherwise(connection: Connection) -> bool:
    """Return whether records without id may be stored under keys of an earlier version of ours."""
    return SyncMark.objects.filter(connection=connection).exclude(read_as__endswith=KEYING).exists()


def are_keyed(connection: Connection) -> None:
    """Note that records without id are stored under their keys as they are made now."""
    for mark in SyncMark.objects.filter(connection=connection):
        mark.read_as = mark.read_as.partition(".k")[0] + KEYING
        mark.reading_as, mark.read_to = "", None
        mark.save(update_fields=["read_as", "reading_as", "read_to"])


def read_to(connection: Connection, *, reading: str = READING) -> UUID | None:
    """Return the id of the last record that *reading*, or `KEYING`, came to; None where it has not begun."""
    marks = SyncMark.objects.filter(connection=connection, reading_as=reading, read_to__isnull=False)
    return marks.values_list("read_to", flat=True).first()


def are_read_to(connection: Connection, last: UUID, *, reading: str = READING) -> None:
    """Note that records up to this id were gone over, so that a kill does not begin it anew."""
    SyncMark.objects.filter(connection=connection).update(reading_as=reading, read_to=last)


def are_read(connection: Connection) -> None:
    """Note that everything here was read with our reading as it is now."""
    SyncMark.objects.filter(connection=connection).update(read_as=READING, reading_as="", read_to=None)


def _since(mark: SyncMark, run: SyncRun, now: datetime) -> datetime | None:
    """Return from when on changes are asked for, None to ask for everything."""
    if run.asks_everything or run.connection.plan.quirks.updated_since == "never":
        return None
    if mark.up_to is None or mark.complete_at is None or mark.complete_at <= now - FULL_EVERY:
        return None
    if mark.is_doubtful or mark.empty_at or (mark.refused_at and mark.refused_at > now - REFUSAL_HOLDS):
        return None
    if run.attempts > 1 and run.problem in BROKE_ON_IT:
        return None
    # A record without a stamp would never be among the changes; one without an id is stored without.
    unstamped = RawResource.objects.filter(
        connection=run.connection, kind=mark.resource_type, last_updated=None, gone_at=None
    )
    return None if unstamped.exists() else mark.up_to - OVERLAP


def _from_the_start(step: SyncStep, now: datetime) -> None:
    step.began_at = now
    step.received = step.pages = step.unreadable = step.misdirected = step.set_aside = step.departures = 0
    # What was new, changed or back stays counted: it is here now, and would be told as being as before.
    step.gone = step.total = 0
    step.has_gaps = step.holds_back = False
    step.sealed_checkpoint, step.link_mark = b"", ""
    step.save()
    step.seen.all().delete()
