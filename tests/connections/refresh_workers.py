"""A process full of workers for `test_access_races`: a line on stdin is a round, answered by a JSON line."""

import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import django

# So many workers come anew in every round, like web requests; the others keep what they opened, like a sync.
# More of these than the database pool has connections would leave none for the first.
ANEW = 5


def main(database: str, connection_id: str, threads: int) -> None:
    """Play rounds until stdin ends. In round n every worker's clock shows n hours after now."""
    from django.conf import settings  # noqa: PLC0415 - before Django is set up

    settings.DATABASES["default"]["NAME"] = database
    django.setup()

    from django.db import connections as databases  # noqa: PLC0415 - Django has to be set up first
    from django.utils import timezone  # noqa: PLC0415

    from apps.connections.access import Access  # noqa: PLC0415
    from apps.connections.models import Connection  # noqa: PLC0415

    start = threading.Barrier(threads)
    kept: dict[int, Access] = {}
    hours = 0

    def clock() -> datetime:
        return timezone.now() + timedelta(hours=hours)

    def opened() -> Access:
        row = Connection.objects.select_related("plan", "member").get(pk=connection_id)
        return Access(row, clock=clock)

    def work(worker: int) -> int | str:
        start.wait()
        try:
            access = kept.get(worker) or opened()
            if worker >= ANEW:
                kept[worker] = access
            return access.ask("Patient/p-1").status
        except Exception as error:  # noqa: BLE001 - shown by the assertion of the test
            return repr(error)
        finally:
            if worker < ANEW:
                databases.close_all()

    with ThreadPoolExecutor(threads) as pool:
        for line in sys.stdin:
            hours = int(line)
            answers = list(pool.map(work, range(threads)))
            sys.stdout.write(json.dumps(answers) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
