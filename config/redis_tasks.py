"""The task queue in Redis, for sites with many workers: `TASKS_BACKEND=config.redis_tasks.RedisBackend`.

Why not django-tasks-rq: it pickles tasks, forks for each, brings eleven packages, enqueues before a commit.
Our tasks carry one id, the truth is in the database, and a lost entry is queued again by the sweep
(docs/adr/0006-sync-truth.md): a list of JSON texts is enough.
"""

import json
import logging
from typing import Any, Final

import redis
from django.core.exceptions import ImproperlyConfigured
from django.tasks.backends.base import BaseTaskBackend
from django.tasks.base import Task, TaskResult, TaskResultStatus
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.module_loading import import_string

log = logging.getLogger("plainclaim.tasks")
SECONDS: Final = 5.0
"""How long a web request waits for a Redis that does not answer; then the sweep makes up for it."""


class RedisBackend(BaseTaskBackend):
    """Tasks as JSON texts in one Redis list per queue; `OPTIONS`: `URL`, and `PREFIX` of the lists' names.

    Whoever can write into that Redis can start the project's own tasks with arguments of their choice, and
    nothing else: names that lead to anything but a task are dropped.
    """

    def __init__(self, alias: str, params: dict[str, Any]) -> None:
        super().__init__(alias, params)
        if not self.options.get("URL"):
            raise ImproperlyConfigured("The Redis task backend needs REDIS_URL.")
        self._prefix = self.options.get("PREFIX", "plainclaim:tasks")
        self._redis = redis.Redis.from_url(
            self.options["URL"], socket_timeout=SECONDS, socket_connect_timeout=SECONDS
        )

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> TaskResult[Any, Any]:
        """Put the task into its queue; where Redis does not answer, the sweep does so later."""
        self.validate_task(task)
        result: TaskResult[Any, Any] = TaskResult(
            task=task,
            id=get_random_string(32),
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
        entry = json.dumps({"task": task.module_path, "args": result.args, "kwargs": result.kwargs})
        try:
            self._redis.rpush(self._name(task.queue_name), entry)
        except redis.RedisError as error:
            log.warning("%s was not queued: %s", task.module_path, type(error).__name__)
        return result

    def work_one(self) -> bool:
        """Do the oldest entry; False when there is none. The entry is gone before its work begins."""
        for queue_name in sorted(self.queues):
            entry = self._redis.lpop(self._name(queue_name))
            if entry is not None:
                self._do(entry)
                return True
        return False

    def _do(self, entry: Any) -> None:
        try:
            told = json.loads(entry)
            task = import_string(told["task"])
            if not isinstance(task, Task):
                raise TypeError
            args, kwargs = list(told["args"]), dict(told["kwargs"])
        except (ValueError, KeyError, TypeError, AttributeError, ImportError, RecursionError):
            log.error("an entry of the queue is not one of ours; it was dropped")
            return
        try:
            task.call(*args, **kwargs)
        except Exception:
            log.exception("%s stopped unexpectedly", task.module_path)

    def _name(self, queue_name: str) -> str:
        return f"{self._prefix}:{queue_name}"
