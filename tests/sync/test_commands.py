"""The worker and the sweeper as an operator runs them."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from django.core.management import call_command
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from apps.connections.models import Connection
from apps.sync import actions
from apps.sync.models import SyncRun
from apps.vault.boxes import box_for

ROOT = Path(__file__).resolve().parent.parent.parent


def test_the_worker_does_what_is_queued_and_survives_what_it_cannot_do(
    transactional_db: None, connection: Connection
) -> None:
    """The tokens of this connection do not open: the run is tried later, the queue entry tells nothing."""
    box_for(connection.member)  # the key is there: without one, the run would wait for it
    Connection.objects.update(sealed_tokens=b"this opens with no key")
    run = actions.start(connection=connection, now=timezone.now())
    call_command("sync_worker", once=True)
    run.refresh_from_db()
    assert (run.state, run.problem, run.attempts) == (SyncRun.State.WAITING, "unexpected", 1)
    entry = DBTaskResult.objects.get()
    assert entry.status == "SUCCESSFUL"
    assert entry.traceback == ""


def test_the_worker_stops_soon_after_sigterm(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-u", "manage.py", "sync_worker"],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": f"sqlite:///{tmp_path}/worker.sqlite3"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "Worker ready.\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
    finally:
        process.kill()
