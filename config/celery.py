"""Hints of work on Celery, for sites of many hosts: `celery -A config.celery worker`, and one `beat`.

What is done, by whom and how far stands in our own rows (docs/adr/0006-sync-truth.md): a message holds the
name of a task and an id, may be lost or doubled, and leaves no result (docs/adr/0020-celery.md).
"""

import logging
import mmap
import os
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from celery import Celery, signals
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.tasks.backends.base import BaseTaskBackend
from django.tasks.base import Task, TaskResult, TaskResultStatus
from django.utils import timezone
from django.utils.module_loading import import_string
from kombu import Queue
from kombu.exceptions import OperationalError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
log = logging.getLogger("plainclaim.tasks")
SECONDS: Final = 5
"""How long a page waits for a broker that does not answer; then the sweep makes up for it."""
LEFT_AFTER: Final = 60.0
"""Calls of chores that no worker took in so many seconds are over: beat sends new ones."""
STOP_POLL_SECONDS: Final = 0.5
LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)

app = Celery("plainclaim", broker=settings.CELERY_BROKER_URL)
app.conf.update(
    task_serializer="json",
    accept_content=["json"],
    task_ignore_result=True,
    task_default_queue="default",
    task_queues=[Queue(name, routing_key=name) for name in ("default", "chores")],
    task_default_routing_key="default",
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,  # a worker waits for its broker as long as it takes
    broker_connection_timeout=SECONDS,
    broker_transport_options={
        "max_retries": 0,
        "socket_connect_timeout": SECONDS,
        "socket_timeout": SECONDS,
    },  # of a page; a worker goes by those above
    worker_prefetch_multiplier=1,  # a hint waits in the broker, not at a worker that is busy
    worker_cancel_long_running_tasks_on_connection_loss=True,  # of late acknowledgement: none of ours
    beat_scheduler="celery.beat:Scheduler",  # the schedule is code: nothing to keep in a file, or to lose
)
app.autodiscover_tasks()
_stopping = mmap.mmap(-1, 1)
"""Shared with the processes forked from this one: Celery tells only the first that the worker is stopped."""


if TYPE_CHECKING:
    AnyTask = Task[Any, Any]
else:
    AnyTask = Task


class CeleryTask(AnyTask):
    """A task that Celery's workers know, by the path of its function."""

    def __post_init__(self) -> None:
        super().__post_init__()
        app.task(name=self.module_path, shared=False)(self.func)


class CeleryBackend(BaseTaskBackend):
    """Tasks of `django.tasks` as messages of Celery."""

    task_class = CeleryTask

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> "TaskResult[Any, Any]":
        """Send the message; where no broker answers, the sweep does so later."""
        self.validate_task(task)
        message_id = ""
        try:
            message_id = app.send_task(task.module_path, args, kwargs, retry=False).id
        except OperationalError as error:
            log.warning("%s was not queued: %s", task.module_path, type(error).__name__)
        return TaskResult(
            task=task,
            id=message_id,
            status=TaskResultStatus.READY,
            enqueued_at=timezone.now(),
            started_at=None,
            last_attempted_at=None,
            finished_at=None,
            args=list(args),
            kwargs=dict(kwargs),
            backend=self.alias,
            errors=[],
            worker_ids=[],
        )


@app.task(name="plainclaim.chore", shared=False)
def do_chore(name: str) -> None:
    """Do what `sync_worker` does by itself; beat calls it."""
    chores = import_string("apps.sync.chores.chores")  # the apps are not ready before
    {chore.name: chore for chore in chores()}[name].do()


@app.on_after_finalize.connect
def _schedule(sender: Celery, **_: Any) -> None:
    sender.conf.beat_schedule = {
        chore.name: {
            "task": "plainclaim.chore",
            "args": [chore.name],
            "schedule": chore.every,
            "last_run_at": LONG_AGO,  # at once: else nothing hourly is done where beat is restarted often
            "options": {"expires": max(LEFT_AFTER, chore.every), "queue": "chores"},
        }
        for chore in import_string("apps.sync.chores.chores")()
    }


@signals.setup_logging.connect
def _log_as_the_site_does(**_: Any) -> None:
    """Django's settings have done it: Celery does it only where nobody listens here."""


@signals.worker_init.connect
def _refuse_without_keys(**_: Any) -> None:
    try:
        import_string("apps.vault.checks.refuse_to_start_without_keys")()
    except ImproperlyConfigured as error:  # Celery logs what its listeners raise, and goes on
        raise SystemExit(str(error)) from None


@signals.worker_shutting_down.connect
def _give_back(**_: Any) -> None:
    _stopping[0] = 1


@signals.worker_process_init.connect
def _guard(**_: Any) -> None:
    """Have this process end when its run hangs, and give the run back when the worker is stopped."""
    stop = import_string("apps.sync.tasks.STOP")
    import_string("apps.sync.runner.guard")(stop)
    threading.Thread(target=_stop_with_the_worker, args=[stop], daemon=True).start()


def _stop_with_the_worker(stop: threading.Event) -> None:
    while not _stopping[0]:
        time.sleep(STOP_POLL_SECONDS)
    stop.set()
