"""The queue's side of ending permissions: an entry holds nothing but the id of a revocation."""

import logging
import uuid
from functools import partial

from django.db import transaction
from django.tasks import task
from django.utils import timezone

from apps.connections import revocations

log = logging.getLogger("plainclaim.connections")


@task()
def ask_plan_to_forget(revocation_id: str) -> None:
    """Ask once, if it is due; a doubled, lost or stale entry does no harm: the sweep asks too."""
    try:
        revocations.ask_one(revocation_id=uuid.UUID(revocation_id), now=timezone.now())
    except Exception:
        # Logged here, by type and frames only: the queue would store the message.
        log.exception("revocation %s stopped unexpectedly", revocation_id)


def ask_soon(revocation_id: uuid.UUID) -> None:
    """Queue it when the transaction commits."""
    transaction.on_commit(partial(ask_plan_to_forget.enqueue, revocation_id=str(revocation_id)))
