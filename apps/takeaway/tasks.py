"""The queue's side: an entry is only a hint that a file may be waiting; the row itself knows."""

import logging
import uuid

from django.tasks import task
from django.utils import timezone

from apps.sync.tasks import STOP
from apps.takeaway import preparation

log = logging.getLogger("plainclaim.takeaway")


@task()
def prepare_file(export_id: str) -> None:
    """Prepare it. Nothing but its id is in the queue; a doubled, lost or stale entry does no harm."""
    try:
        preparation.run(export_id=uuid.UUID(export_id), now_fn=timezone.now, stop=STOP)
    except Exception:
        # Logged here, by type and frames only: the queue would store the message, which may quote records.
        log.exception("export %s stopped unexpectedly", export_id)
