"""How far one type of record is known: what a pass asks for (R-26), has seen, what follows from its end."""

import logging
from collections.abc import Iterable, Set
from datetime import datetime, timedelta
from itertools import batched
from typing import Final

from django.db.models import Max

from apps.connections.models import Connection
from apps.fhir.bundles import FIRST_STAMP
from apps.records import mirror
from apps.records.models import Record
from apps.sync import news
from apps.sync.models import SyncChange, SyncMark, SyncRun, SyncSeen, SyncStep
from apps.sync.pace import known
from apps.vault.boxes import Box
from config.fhir_types import main_type

log = logging.getLogger("plainclaim.sync")
OVERLAP: Final = timedelta(days=1)
"""Asked again before the mark: plans stamp a nightly load when it begins and show it hours later."""
FULL_EVERY: Final = timedelta(days=30)
REFUSAL_HOLDS: Final = timedelta(days=90)
"""How long a plan that refused the question is not asked it again."""
BROKE_ON_IT: Final = frozenset({"plan_trouble", "not_fhir"})
"""Problems of the try before after which everything is asked: it may be the question that breaks the plan."""
EMPTY_LASTS: Final = timedelta(hours=20)
"""How long after a pass that brought nothing a second one counts as saying it again: by the next daily
update, not in the same night in which a plan loads anew, however often the member asks."""
SIZE: Final = 16
"""Bytes of a source key (HMAC-SHA-256) that are kept: no two of a member's records share them."""
MOST_IN_VAIN: Final = 1000
"""After so many pages, and whenever they are twice as many again, at least every other one has to have
brought a record that none before did."""


def begin(step: SyncStep, *, run: SyncRun, now: datetime) -> None:
    """Begin a pass at its first page: decide what it asks for, and forget what an earlier try counted,
    but for what was new, changed or back.

    Inside a transaction, with the run held.
    """
    mark = SyncMark.objects.filter(connection=run.connection, resource_type=step.resource_type).first()
    # To ask for the changes of a few coverages saves nothing.
    step.since = _since(mark, run, now) if mark and step.resource_type == main_type() else None
    step.is_full = step.since is None
    _from_the_start(step, now)


def begin_again(step: SyncStep, *, run: SyncRun, is_full: bool, is_refused: bool, now: datetime) -> None:
    """Begin the pass anew, with everything where it *is_full* from now on. That the question for changes
    *is_refused* is remembered; a link that died while the run slept is no refusal (R-18).

    Inside a transaction, with the run held.
    """
    if is_refused:
        SyncMark.objects.filter(connection=run.connection, resource_type=step.resource_type).update(
            refused_at=now
        )
    if is_full:
        step.since, step.is_full = None, True
    _from_the_start(step, now)


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
    newest: datetime | None = Record.objects.filter(
        connection=connection, fhir_type=step.resource_type
    ).aggregate(newest=Max("last_updated"))["newest"]
    if newest is None or newest.year < FIRST_STAMP or step.began_at is None:
        return None
    return min(newest, step.began_at)


def _since(mark: SyncMark, run: SyncRun, now: datetime) -> datetime | None:
    """Return from when on changes are asked for, None to ask for everything."""
    is_never = run.asks_everything or run.connection.plan.quirks.updated_since == "never"
    if is_never or mark.up_to is None or mark.complete_at is None:
        return None
    # A permission given anew may let through older records than the one before.
    if mark.complete_at <= now - FULL_EVERY or mark.complete_at < run.connection.connected_at:
        return None
    if mark.is_doubtful or mark.empty_at or (mark.refused_at and mark.refused_at > now - REFUSAL_HOLDS):
        return None
    if run.attempts > 1 and run.problem in BROKE_ON_IT:
        return None
    if not known(run.connection.plan).asks_for_changes(now=now):
        return None
    # A record without a stamp would never be among the changes; one without an id is stored without.
    unstamped = Record.objects.filter(
        connection=run.connection, fhir_type=mark.resource_type, last_updated=None, gone_at=None
    )
    return None if unstamped.exists() else mark.up_to - OVERLAP


def _from_the_start(step: SyncStep, now: datetime) -> None:
    step.began_at = now
    step.received = step.pages = step.unreadable = step.misdirected = step.set_aside = step.departures = 0
    # What was new, changed or back stays counted: it is here now, and would be told as being as before.
    step.gone = step.total = 0
    step.has_gaps = step.holds_back = False
    step.sealed_checkpoint, step.link_mark = b"", ""
    step.state, step.problem, step.http_status, step.detail = SyncStep.State.DOING, "", None, ""
    step.save()
    # Of a pass of an earlier run that ended without its last page, too.
    SyncSeen.objects.filter(
        step__run__connection=step.run.connection_id, step__resource_type=step.resource_type
    ).delete()


def conclude(step: SyncStep, *, run: SyncRun, is_whole: bool, now: datetime) -> None:
    """Note how far this type is known, and mark what a complete pass over everything did not bring (R-24).

    In the transaction that stores the page, with the run held. A pass with a gap, and one for changes only,
    marks nothing; after a gap the next pass begins where this one did. Nor does one that is not *whole*, of a
    type of which the permission covers a part: what is outside of it was not allowed, and is not gone.
    """
    connection, came = run.connection, brought(step)
    step.received = len(came)  # servers repeat records from page to page
    mark, _is_new = SyncMark.objects.get_or_create(
        connection=connection,
        resource_type=step.resource_type,
        defaults={"member_id": run.member_id},
    )
    mark.known_since = mark.known_since or now
    if not step.has_gaps and (not step.is_full or (is_whole and _is_complete(step, mark, came, now))):
        mark.updated_at = now
        mark.complete_at = now if step.is_full else mark.complete_at
        if not step.is_full and _came_anew(step, connection):
            mark.up_to = None
        elif step.is_full or step.pages == 1 or step.total <= len(came):
            mark.up_to = up_to(connection, step)
        # else records moved between the pages of changes: the next pass begins where this one did.
    mark.save()
    step.save(update_fields=["received", "gone", "holds_back"])
    step.seen.all().delete()


def _came_anew(step: SyncStep, connection: Connection) -> bool:
    """Return whether half of what is here is new: a plan that moved to another system sends everything under
    new ids, and only a pass over everything tells that the former ones are gone."""
    here = Record.objects.filter(connection=connection, fhir_type=step.resource_type, gone_at=None)
    return step.new > 0 and 2 * step.new >= here.count()


def _is_complete(step: SyncStep, mark: SyncMark, came: Set[bytes], now: datetime) -> bool:
    """Mark what is gone; return False where the pass, in which *came* (digests), cannot be complete."""
    connection, number = mark.connection, len(came)
    rows = Record.objects.filter(connection=connection, fhir_type=step.resource_type, gone_at=None)
    here = rows.values_list("pk", "source_key").iterator(chunk_size=2000)
    missing = [pk for pk, key in here if digest(key) not in came]
    # Nothing is here yet, and the plan counts some: it may be one that counts before it looks who asks.
    only_counts = step.total > number == 0 and mark.complete_at is None and not mark.is_doubtful
    is_said_again = mark.empty_at is not None and now - mark.empty_at >= EMPTY_LASTS
    if (len(missing) > number or only_counts) and not is_said_again:
        # An outage can answer with empty pages, or with one source's records of many: it has to be said twice
        # before nearly everything is called gone.
        log.warning("plan %s answered with %d %s", connection.plan.slug, number, step.resource_type)
        step.holds_back = True
        mark.empty_at = mark.empty_at or now
        return False
    mark.empty_at = None
    if step.total > number and not mark.is_doubtful:
        # Records moved between pages while we read, or the plan miscounts: asked once more only.
        mark.is_doubtful = True
        return False
    # What is called gone may have slipped between two pages of a plan that counts nothing: looked for again.
    mark.is_doubtful = bool(missing) and not mark.is_doubtful
    step.gone = len(missing)
    mirror.leave(connection, missing, now=now)
    news.note(step, connection=connection, now=now, what={SyncChange.What.GONE: missing})
    return True


def note(step: SyncStep, keys: Iterable[bytes]) -> None:
    """Note the source keys of one page, in the transaction that stores it; `step.pages` is its number."""
    packed = b"".join(digest(key) for key in sorted(keys))
    SyncSeen.objects.create(step=step, page=step.pages, digests=packed, member_id=step.member_id)


def digest(key: bytes | memoryview) -> bytes:
    """Return what is kept of a source key."""
    return bytes(key)[:SIZE]


def brought(step: SyncStep) -> set[bytes]:
    """Return the digests of all that the pass has brought so far."""
    pages = step.seen.values_list("digests", flat=True)
    return {bytes(key) for page in pages for key in batched(bytes(page), SIZE)}


def follows(step: SyncStep, link: str, box: Box) -> bool:
    """Return whether the search follows *link* for the first time, as far as can be told.

    A link is compared with one from before, and becomes that one whenever the pages are twice as many
    (Brent's algorithm): a ring of any length is found within four rounds. Call before the page with this
    link is counted; the caller saves `link_mark`.
    """
    mark = box.fingerprint("link of a page", link).hex()
    if mark == step.link_mark:
        return False
    if _doubles(step.pages + 1):
        step.link_mark = mark
    return True


def brings_nothing(step: SyncStep) -> bool:
    """Return whether pages come without new records. Call after a page was stored that is not the last."""
    pages, rest = divmod(step.pages, MOST_IN_VAIN)
    return not rest and _doubles(pages) and 2 * len(brought(step)) < step.pages


def _doubles(number: int) -> bool:
    return number > 0 and number & (number - 1) == 0
