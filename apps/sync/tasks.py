"""The queue's side: an entry is only a hint that a run may be due; the run itself knows."""

import logging
import threading
import uuid
from typing import Final

from django.tasks import task
from django.utils import timezone

from apps.sync import running

log = logging.getLogger("plainclaim.sync")
STOP: Final = threading.Event()
"""Set by a worker that is asked to stop; the run in hand goes back to the queue."""


@task()
def bring_records(run_id: str) -> None:
    """Do the run. Nothing but its id is in the queue; a doubled, lost or stale entry does no harm."""
    try:
        running.run(run_id=uuid.UUID(run_id), now_fn=timezone.now, stop=STOP)
    except Exception:
        # Logged here, by type and frames only: the queue would store the message, which may quote records.
        log.exception("sync run %s stopped unexpectedly", run_id)
