"""`make scale`: a site of a million claims on PgBouncer, RabbitMQ and Celery, and each engine killed once.

Two web and three worker processes on a PostgreSQL of our own. For each of SIZES (250000,1000000) claims of
others in the same tables: first updates, the daily pass and pages, all at once. Then, at the last size,
each engine is killed while all that goes on, SOAK minutes (0) of random faults follow, and every record is
compared.
MEMBERS (40) come back daily, NEWCOMERS (12) connect at each size.
"""

import json
import os
import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import psycopg

from benchmarks import filling, others
from tests.faults import engines, oracle
from tests.faults.clusters import Postgres, a_cluster
from tests.faults.meter import Meter
from tests.faults.payer import Payer, a_payer
from tests.faults.records import a_large_person
from tests.faults.site import ENVIRONMENT, Site, forking
from tests.faults.soak import BLACKOUT_SECONDS, Soak
from tests.faults.stack import Stack, end_politely
from tests.faults.visitors import PASSWORD, Newcomer, Visitor, Watched
from tests.journeys.stack import free_ports

SIZES = [int(size) for size in os.environ.get("SIZES", "250000,1000000").split(",")]
MEMBERS = int(os.environ.get("MEMBERS", "40"))
NEWCOMERS = int(os.environ.get("NEWCOMERS", "12"))
SOAK_MINUTES = float(os.environ.get("SOAK", "0"))
OF_MEMBER, OF_NEWCOMER = 20, 100
"""Claims of 20 KB of each."""
VISITORS = 4
MOST_SECONDS = 900
POSTGRES = ("shared_buffers=1GB", "max_wal_size=8GB")
"""As an operator would set it; what is committed is on disk."""
QUIET_SECONDS = 25
"""From one kill to the next: an engine is back by then, and the sweep has sent again what it lost."""


RUNS = {
    "first updates": """SELECT state, extract(epoch FROM finished_at - started_at),
        extract(epoch FROM finished_at - created_at) FROM sync_syncrun
        JOIN connections_connection AS connection ON connection.id = connection_id
        WHERE created_at >= %(since)s AND connected_at >= %(since)s""",
    "daily updates": """SELECT state, extract(epoch FROM finished_at - started_at),
        extract(epoch FROM finished_at - %(since)s) FROM sync_syncrun
        WHERE created_at >= %(since)s AND is_scheduled""",
}
"""Of updates since a moment: how each ended, its seconds of work, and those since it was asked for or due."""


@dataclass
class Scale:
    """The site, what runs around it, and how it is measured."""

    soak: Soak
    cluster: Postgres
    url: str
    """The site's database, past the pooler."""
    meter: Meter = field(default_factory=Meter)
    connected: int = 0
    most_connections: int = 0

    def roots(self) -> dict[str, list[int]]:
        """Return the first processes of all that runs."""
        stack = self.soak.stack
        assert stack.web is not None
        assert self.cluster.data is not None
        started = {
            engine.name: [engine.process.pid] for engine in stack.engines if engine.process is not None
        }
        database = (self.cluster.data / "pg" / "postmaster.pid").read_text().split()[0]
        workers = [worker.pid for worker in stack.workers]
        return started | {"web": [stack.web.pid], "workers": workers, "database": [int(database)]}

    def look(self) -> None:
        """Look at processes and connections, and start again what ended."""
        self.soak.stack.look_after()
        self.meter.look(self.roots())
        counted = self.asked("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'")
        self.most_connections = max(self.most_connections, int(counted[0][0]) - 1)

    def asked(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a question to the database."""
        with psycopg.connect(self.url, autocommit=True) as line:
            return line.execute(statement.encode(), values or None).fetchall()

    def people(self, number: int, claims: int) -> list[str]:
        """Have so many more people at the plan, each a member here; return their addresses."""
        emails = []
        for _ in range(number):
            self.connected += 1
            patient = f"p-{self.connected}"
            self.soak.payer.memory.people[patient] = a_large_person(patient, claims, seed=self.connected)
            emails.append(f"{patient}@example.com")
            self.soak.site.do("member", email=emails[-1], password=PASSWORD)
        return emails

    def connect(self, emails: list[str]) -> None:
        """Have them connect, one after the other, in browsers."""
        soak = self.soak
        for email in emails:
            newcomer = Newcomer(soak.stack.address, [email], Watched(), threading.Event(), soak.dice)
            with soak.payer.lock:
                soak.payer.signs_in_as = email.partition("@")[0]
            newcomer.connect(email, "faults")

    def make_due(self) -> None:
        """Let the daily update of everybody be due now."""
        with psycopg.connect(self.url, autocommit=True) as line:
            line.execute("UPDATE sync_refresh SET due_at = now() WHERE due_at IS NOT NULL")

    def wait(self, number: int) -> None:
        """Wait until so many updates are done and none is active, looking meanwhile."""
        until = time.monotonic() + MOST_SECONDS
        while time.monotonic() < until:
            self.look()
            active, done = self.asked(
                "SELECT count(*) FILTER (WHERE finished_at IS NULL), count(finished_at) FROM sync_syncrun"
            )[0]
            if not active and done >= number:
                return
            time.sleep(1)
        raise SystemExit(f"after {MOST_SECONDS} s updates were not done")

    def visited(self, work: Callable[[], None], emails: list[str]) -> Watched:
        """Do *work* while members read pages; return what they saw."""
        over, soak = threading.Event(), self.soak
        visitors = [
            Visitor(soak.stack.address, emails, soak.watched, over, random.Random(soak.dice.random()))  # noqa: S311
            for _ in range(VISITORS)
        ]
        threads = [threading.Thread(target=visitor.run, daemon=True) for visitor in visitors]
        for thread in threads:
            thread.start()
        try:
            work()
        finally:
            over.set()
            for thread in threads:
                thread.join(30)
        return soak.watched

    def grow(self, size: int, known: int) -> None:
        """Have *size* claims of others in the tables, where *known* of them are already."""
        like = str(self.asked("SELECT id FROM accounts_member WHERE email = 'p-1@example.com'")[0][0])
        others.add(self.url, like, size - known, number_known=known, has_bodies=True)
        filling.settle(self.url)

    def measured(self, size: int, emails: list[str]) -> dict[str, Any]:
        """Have newcomers connect, the daily pass run and pages read, at once; return the figures."""
        newcomers = self.people(NEWCOMERS, OF_NEWCOMER)
        self.look()
        before, began = dict(self.meter.seconds), time.monotonic()
        ((moment, done),) = self.asked("SELECT now(), count(*) FROM sync_syncrun")
        self.soak.watched.seconds.clear()
        self.meter.most_bytes.clear()
        self.most_connections, failed = 0, len(self.soak.watched.failures)

        def work() -> None:
            self.make_due()
            self.connect(newcomers)
            self.wait(done + self.connected)

        watched = self.visited(work, emails)
        took = time.monotonic() - began
        self.look()
        cuts = statistics.quantiles(watched.seconds, n=100)
        return {
            "claims of others": size,
            "seconds": round(took, 1),
            **self._runs(moment),
            "pages": len(watched.seconds),
            "page p50 / p95 / p99, ms": " / ".join(str(round(cuts[part] * 1000)) for part in (49, 94, 98)),
            "page failures": len(watched.failures) - failed,
            "processor, s": {name: round(used, 1) for name, used in self.meter.since(before).items()},
            "memory, MB": {name: size // 2**20 for name, size in self.meter.most_bytes.items()},
            "connections at PostgreSQL": self.most_connections,
            "database, MB": self.asked("SELECT pg_database_size(current_database()) / 1048576")[0][0],
            "largest tables, MB": dict(
                self.asked(
                    "SELECT relname, pg_total_relation_size(oid) / 1048576 FROM pg_class WHERE relkind = 'r'"
                    " ORDER BY pg_total_relation_size(oid) DESC LIMIT 4"
                )
            ),
        }

    def daily_alone(self) -> dict[str, Any]:
        """Have the daily pass run with nothing beside it; return what an update costs each program."""
        self.look()
        before = dict(self.meter.seconds)
        ((done,),) = self.asked("SELECT count(*) FROM sync_syncrun")
        self.make_due()
        self.wait(done + self.connected)
        self.look()
        used = self.meter.since(before)
        return {
            "processor of a daily update, ms": {
                name: round(1000 * seconds / self.connected) for name, seconds in used.items()
            }
        }

    def _runs(self, since: Any) -> dict[str, Any]:
        """Return how the updates went that were due or asked for from a moment on."""
        told: dict[str, Any] = {}
        for name, statement in RUNS.items():
            rows = self.asked(statement, since=since)
            told[name] = len(rows)
            told[f"{name} that did not finish"] = sum(state != "finished" for state, *_ in rows)
            if rows:
                told[f"{name}, s at work / since asked or due, median"] = " / ".join(
                    f"{statistics.median(float(row[place]) for row in rows):.1f}" for place in (1, 2)
                )
        return told

    def _kill_worker(self, place: int) -> None:
        """Kill the process that has this place now: one that died was started again."""
        self.soak.stack.workers[place].kill()

    def kill_each(self, emails: list[str]) -> None:
        """Kill one engine after the other while updates run and pages are read."""
        stack, soak = self.soak.stack, self.soak
        kills: dict[str, Callable[[], None]] = {
            engine.name: engine.kill for engine in stack.engines if engine.name != "epmd"
        }
        kills |= {
            "web": lambda: os.kill(stack.web_children()[0], 9),
            "worker": partial(self._kill_worker, 0),
            "beat": partial(self._kill_worker, -1),
            "database": soak.crash_database,
        }

        def work() -> None:
            for name, kill in kills.items():
                for email in emails:
                    soak.change(email.partition("@")[0], soak.dice.choice(["new record", "changed", "gone"]))
                self.make_due()
                time.sleep(4)
                began = time.monotonic()
                kill()
                soak.done[f"kill {name}"] += 1
                soak.blackouts.append((began, time.monotonic() + BLACKOUT_SECONDS))
                until = time.monotonic() + QUIET_SECONDS
                while time.monotonic() < until:
                    stack.look_after()
                    time.sleep(0.5)

        self.visited(work, emails)


def main() -> int:
    """Return the exit code: 0 when nothing was lost, doubled, leaked or untrue."""
    end_politely()
    seed = int(os.environ.get("SEED", str(int(time.time()))))
    os.environ.setdefault("FAULTS_RESULTS", "var/faults/scale.jsonl")
    print(f"scale: {SIZES} claims, seed {seed}", flush=True)  # noqa: T201
    with tempfile.TemporaryDirectory(prefix="scale-") as name, a_payer() as payer:
        folder = Path(name)
        folder.chmod(0o755)
        with a_cluster(folder, wants_postgres=True, settings=POSTGRES) as cluster, forking(cluster):
            assert isinstance(cluster, Postgres)
            return _scale(cluster, payer, folder, random.Random(seed))  # noqa: S311 - to be played again


def _scale(cluster: Postgres, payer: Payer, folder: Path, dice: random.Random) -> int:
    payer.memory.people.clear()
    payer.page_size, payer.life_seconds = 50, 600
    site = Site(cluster, cluster.fresh(), folder)
    broker, pooler, web = free_ports(3)
    stack = Stack(folder, {}, port=web)
    stack.environment = ENVIRONMENT | {
        "DATABASE_URL": f"postgres://postgres@127.0.0.1:{pooler}/{site.database}?DISABLE_SERVER_SIDE_CURSORS=true",
        "CELERY_BROKER_URL": engines.rabbitmq_server.address(broker),
        "SITE_URL": stack.address,
        "DEBUG": "false",
        "VAR_DIR": str(folder),
        "STATIC_ROOT": str(folder / "static"),
    }
    stack.engines = [
        engines.pgbouncer(folder, cluster.server, pooler),
        *engines.rabbitmq(folder, broker),
    ]
    scale = Scale(Soak(site, payer, stack, dice), cluster, cluster.url(site.database))
    try:
        site.do("migrate")
        emails = scale.people(1, others.A_MEMBER) + scale.people(MEMBERS - 1, OF_MEMBER)
        site.do("connect", origin=payer.origin, email=emails[0], quirks={"requests_per_minute": 60_000})
        stack.start()
        scale.soak.wait_until_ready()
        scale.connect(emails[1:])
        scale.wait(len(emails))
        known = 0
        for size in SIZES:
            scale.grow(size, known)
            known = size
            told = scale.measured(size, emails) | scale.daily_alone()
            print(json.dumps(told, indent=1), flush=True)  # noqa: T201
        scale.kill_each(emails)
        if SOAK_MINUTES:
            scale.soak.run(SOAK_MINUTES)
        verdict, records = scale.soak.end()
    finally:
        stack.stop()
        site.close()
    at = datetime.now(UTC).isoformat(timespec="seconds")
    oracle.record("scale", verdict, vendor=cluster.vendor, records=records, at=at)
    print(f"{records} records compared; done: {dict(scale.soak.done)}")  # noqa: T201
    print(f"unexplained page failures: {scale.soak.unexplained()}")  # noqa: T201
    print("the invariant holds" if verdict.is_clean else f"BROKEN: {str(verdict)[:2000]}")  # noqa: T201
    return 0 if verdict.is_clean and not scale.soak.unexplained() else 1


if __name__ == "__main__":
    sys.exit(main())
