"""The queue's side: an entry is only a hint that a run may be due; the run itself knows."""

import logging
import threading
import uuid
from functools import partial
from typing import Final

from django.db import transaction
from django.tasks import task
from django.utils import timezone

from apps.sync import runner, turn

log = logging.getLogger("plainclaim.sync")
STOP: Final = threading.Event()
"""Set by a worker that is asked to stop; the run in hand goes back to the queue."""


@task()
def bring_records(run_id: str) -> None:
    """Do this run, or the one whose turn it is. Nothing but its id is in the queue; a doubled, lost or stale
    entry does no harm."""
    try:
        runner.run_next(hint=uuid.UUID(run_id), now_fn=timezone.now, stop=STOP)
        if not STOP.is_set():
            turn.wake_in_line(now=timezone.now(), queue=queue)
            turn.sweep(now=timezone.now(), queue=queue)
    except Exception:
        # Logged here, by type and frames only: the queue would store the message, which may quote records.
        log.exception("sync run %s stopped unexpectedly", run_id)


def queue(run_id: uuid.UUID) -> None:
    """Put a hint into the queue, once the transaction is committed, that this run or another is due."""
    transaction.on_commit(partial(bring_records.enqueue, run_id=str(run_id)))
