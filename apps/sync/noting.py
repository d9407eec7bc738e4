"""What is noted of a page besides its records: counts, what it held, what became of it."""

from datetime import datetime

from apps.fhir.bundles import Page
from apps.sync import changes, last_page, seen
from apps.sync.models import SyncChange, SyncRun, SyncStep
from apps.sync.shelves import Put
from apps.vault.boxes import Box

TOLD_APART = ("new", "changed", "back", "total", "has_gaps")
"""The columns of a step that `page` counts."""


def page(
    step: SyncStep,
    came: Page,
    put: Put,
    *,
    run: SyncRun,
    box: Box,
    now: datetime,
) -> None:
    """Count what became of a page and note it, in the transaction that stored it.

    Call after its claims were read and after `step.pages` was counted up.
    """
    step.total = max(step.total, came.total or 0)
    step.has_gaps = step.has_gaps or came.has_gaps or bool(step.misdirected)
    mine = {key for key, kind in put.seen.items() if step.resource_type in (kind, SyncStep.PLACES)}
    new, changed, back = put.new & mine, put.changed & mine, put.back & mine
    step.new += len(new)
    step.changed += len(changed)
    step.back += len(back)
    for kind in changes.KINDS:  # whatever was asked for: plans add records to each other's pages
        here_again = {key for key in put.back if put.seen[key] == kind}
        if here_again:
            changes.mark(kind, run.connection, box, here_again, gone_at=None, now=now)
    if step.resource_type not in changes.KINDS:
        return
    seen.note(step, mine)
    what = {SyncChange.What.NEW: new, SyncChange.What.CHANGED: changed - back, SyncChange.What.BACK: back}
    changes.note(step, connection=run.connection, now=now, what=what)
    if came.next_url is None:
        last_page.conclude(step, run=run, box=box, now=now)
