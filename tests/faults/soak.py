"""`make soak`: members, syncs and renewals for MINUTES, with random kills; then the invariant and figures.

MINUTES (30) and SEED (now) are read from the environment; DATABASE_URL chooses the kind of database:
PostgreSQL (a cluster of our own, which is crashed too) unless it names SQLite. ENGINE=celery has Celery do
the work: its workers, beat and the broker are killed.
"""

import json
import os
import random
import signal
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests

from tests.faults import oracle
from tests.faults.clusters import Files, Postgres, a_cluster
from tests.faults.engines import redis
from tests.faults.payer import Fault, Payer, a_payer, canaries, outcome
from tests.faults.records import a_claim
from tests.faults.site import ENVIRONMENT, Site, forking
from tests.faults.stack import Memory, Stack, end_politely
from tests.faults.visitors import PASSWORD, Visitor, Watched
from tests.journeys.stack import free_ports
from tests.wire import Reply

MEMBERS, VISITORS = 12, 4
BLACKOUT_SECONDS = 12.0
"""After a kill, failures of pages are the kill's own for so long; any other one is counted as a defect."""
OFTEN_BUSY = 0.05
"""How many of the 429s are played: each slows the plan for ten minutes, and nothing would be asked for."""
MOST_FAULTS = 2
"""So many wait to be met: were every question met by one, the plan would be left alone as one that is out."""
FROZEN_SECONDS = 100
"""Longer than a worker may stay silent (`sync.models.LEASE`)."""


@dataclass
class Soak:
    """Everything that runs, and what was done to it."""

    site: Site
    payer: Payer
    stack: Stack
    dice: random.Random
    watched: Watched = field(default_factory=Watched)
    done: Counter[str] = field(default_factory=Counter)
    blackouts: list[tuple[float, float]] = field(default_factory=list)
    dropped: dict[str, set[str]] = field(default_factory=dict)
    reconnected: int = 0
    asked: int = 0
    made: int = 0
    """So many records are new."""

    def hurt(self) -> None:
        """Do one bad thing, chosen at random."""
        kinds: list[Callable[[], None]] = [self._kill_web, self._kill_worker, self._kill_worker, self._freeze]
        if isinstance(self.site.cluster, Postgres) and self.site.cluster.data:
            kinds.append(self.crash_database)
        kind = self.dice.choice(kinds)
        began = time.monotonic()
        kind()
        self.done[kind.__name__.removeprefix("_")] += 1
        self.blackouts.append((began, time.monotonic() + BLACKOUT_SECONDS))

    def trouble(self) -> None:
        """Let the plan do one odd thing, chosen at random."""
        part = self.dice.choice(["ExplanationOfBenefit", "ExplanationOfBenefit", "Coverage", "Patient"])
        bad: dict[str, Callable[[Callable[[], Reply]], Reply]] = {
            "401": lambda _: outcome(401, "login"),
            "429": lambda _: Reply(b"", 429, {"Retry-After": "1"}),
            "503": lambda _: outcome(503, "transient"),
            "reset": lambda _: Reply(b"", wire="reset"),
            "cut off": lambda good: Reply(good().body, wire="longer"),
            "html": lambda _: Reply(b"<html>maintenance</html>", 200, {"Content-Type": "text/html"}),
        }
        name = self.dice.choice([*bad, "expired links", "old tokens", "new record", "changed", "gone"])
        if name == "429" and self.dice.random() > OFTEN_BUSY:
            name = "changed"
        self.done[f"plan: {name}"] += 1
        with self.payer.lock:
            if name in bad:
                self.payer.faults = [one for one in self.payer.faults if one.times > 0]
                if len(self.payer.faults) < MOST_FAULTS:
                    self.payer.faults.append(Fault(part, bad[name]))
            elif name == "expired links":
                self.payer.expire_cursors()
            elif name == "old tokens":
                self.payer.forget_access()
            else:
                self._change(name)

    def _change(self, name: str) -> None:
        self.change(self.dice.choice(sorted(self.payer.memory.people)), name)

    def change(self, patient: str, name: str) -> None:
        """Have the plan know something else of *patient*: a new record, another status, or one claim less."""
        claims = [each for each in self.payer.memory.people[patient] if each.startswith("ExplanationOf")]
        if name == "new record":
            self.made += 1
            made = a_claim(patient, 1000 + self.made)
            self.payer.change(patient, f"ExplanationOfBenefit/{made['id']}", **made)
        elif name == "changed":
            self.payer.change(
                patient, self.dice.choice(claims), status=self.dice.choice(["active", "cancelled"])
            )
        elif len(claims) > 5:
            reference = self.dice.choice(claims)
            self.payer.drop(patient, reference)
            self.dropped.setdefault(patient, set()).add(reference)

    def _kill_web(self) -> None:
        children = self.stack.web_children()
        if len(children) > 1:  # the oldest is the one whose memory is measured
            os.kill(self.dice.choice(children[1:]), signal.SIGKILL)

    def _kill_worker(self) -> None:
        self.dice.choice([*self.stack.workers[1:], *self.stack.engines]).kill()

    def _freeze(self) -> None:
        """Stop a worker for longer than its lease; it goes on as if nothing had been (R-32)."""
        worker = self.dice.choice(self.stack.workers[1:])
        worker.send_signal(signal.SIGSTOP)

        def thaw() -> None:
            with suppress(ProcessLookupError):
                worker.send_signal(signal.SIGCONT)

        timer = threading.Timer(FROZEN_SECONDS, thaw)
        timer.daemon = True
        timer.start()

    def crash_database(self) -> None:
        """Crash it, and start it after a few seconds."""
        assert isinstance(self.site.cluster, Postgres)
        self.site.cluster.crash()
        time.sleep(self.dice.uniform(0.5, 4))
        self.site.cluster.start()

    def ask_for_news(self) -> None:
        """Sign in at the plan again whoever has to, and now and then ask for everybody, as the schedule does.

        Visitors press "Update now" themselves, but each member may do so a few times an hour only.
        """
        self.site.at = datetime.now(UTC)
        self.asked += 1
        with suppress(AssertionError):  # the database may be down; the next turn looks again
            for row in self.site.do("standing"):
                if row["status"] == "needs_sign_in":
                    self._connect(row["email"])
                    self.reconnected += 1
            if self.asked % 3 == 0:
                self.site.do("press")

    def _connect(self, email: str) -> None:
        self.payer.signs_in_as = email.partition("@")[0]
        self.site.at = datetime.now(UTC)
        self.site.do("connect", origin=self.payer.origin, email=email)

    def settle_in(self) -> None:
        """Make tables and members, connect everybody, start the processes."""
        self.site.do("migrate")
        for number in range(1, MEMBERS + 1):
            self.payer.settle_in(f"p-{number}", claims=self.dice.randint(20, 120))
            self.site.do("member", email=f"p-{number}@example.com", password=PASSWORD)
            self._connect(f"p-{number}@example.com")
        self.stack.start()
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Return once the site answers; a site that does not start stops the program."""
        for _ in range(200):
            with suppress(requests.RequestException):
                if requests.get(f"{self.stack.address}/readyz", timeout=5).ok:
                    return
            time.sleep(0.2)
        raise SystemExit(f"the site did not start:\n{self.stack.log.read_text()[-3000:]}")

    def run(self, minutes: float) -> tuple[list[Memory], float]:
        """Let everything happen for so long; return the memory of those spared, and the real minutes."""
        over, emails = threading.Event(), [f"p-{number}@example.com" for number in range(1, MEMBERS + 1)]
        visitors = [
            Visitor(self.stack.address, emails, self.watched, over, random.Random(self.dice.random()))  # noqa: S311
            for _ in range(VISITORS)
        ]
        threads = [threading.Thread(target=each.run, daemon=True) for each in visitors]
        for thread in threads:
            thread.start()
        spared = [Memory(self.stack.web_children()[0]), Memory(self.stack.workers[0].pid)]
        began = time.monotonic()
        next_hurt, next_news, next_look = began + 10, began + 30, began
        while time.monotonic() - began < minutes * 60:
            now = time.monotonic()
            self.done.update(self.stack.look_after())
            if now >= next_hurt:
                next_hurt = now + self.dice.uniform(8, 25)
                self.hurt()
            if now >= next_news:
                next_news = now + 20
                self.ask_for_news()
            if now >= next_look:
                next_look = now + 5
                for each in spared:
                    each.look()
            self.trouble()
            time.sleep(self.dice.uniform(0.5, 2))
        over.set()
        for thread in threads:
            thread.join(30)
        return spared, (time.monotonic() - began) / 60

    def end(self) -> tuple[oracle.Verdict, int]:
        """Stop what runs, let the plan be well, do all that is due, and compare every member."""
        self.stack.stop()
        self.payer.faults = []
        self.ask_for_news()
        self.site.later(minutes=5)
        total = oracle.Verdict()
        for row in self.site.do("finish", news=True)["connections"]:
            patient = row["member"].partition("@")[0]
            missed = oracle.compare(self.payer, row, patient=patient, gone=self.dropped.get(patient)).lost
            total.lost.extend(f"{patient}: not among the changes: {what}" for what in missed)
        self.site.do("press", everything=True)  # else nobody learns what the plan has no more
        self.site.later(minutes=5)
        seen = self.site.do("finish")
        for row in seen["connections"]:
            patient = row["member"].partition("@")[0]
            one = oracle.compare(self.payer, row, patient=patient, gone=self.dropped.get(patient))
            for mine, found in zip(vars(total).values(), vars(one).values(), strict=True):
                mine.extend(f"{patient}: {each}" for each in found)
            if not one.is_clean:
                print(f"{patient}: {json.dumps(row['runs'][:3])}")  # noqa: T201
        logs = self.stack.log.read_text(errors="replace") + self.site.logs()
        total.leaked.extend(f"in a log: {word}" for word in canaries(self.payer) if word in logs)
        if self.payer.memory.misused:
            total.untrue.append(f"{self.payer.memory.misused} refresh tokens used twice though renewed")
        return total, sum(len(row["stored"]) for row in seen["connections"])

    def unexplained(self) -> list[str]:
        """Failures of pages that no kill explains."""
        return [
            what
            for at, what in self.watched.failures
            if not any(start - 1 <= at <= end for start, end in self.blackouts)
        ]


def figures(soak: Soak, spared: list[Memory], minutes: float) -> dict[str, Any]:
    """What was measured."""
    cuts = statistics.quantiles(soak.watched.seconds, n=100) if len(soak.watched.seconds) > 1 else [0.0] * 99
    seen = soak.payer.seen()
    return {
        "minutes": round(minutes, 1),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[2], 1),
        "members": MEMBERS,
        "visitors": VISITORS,
        "pages": len(soak.watched.seconds),
        "page_p50_ms": round(cuts[49] * 1000),
        "page_p95_ms": round(cuts[94] * 1000),
        "page_p99_ms": round(cuts[98] * 1000),
        "page_failures_in_blackouts": len(soak.watched.failures) - len(soak.unexplained()),
        "page_failures_otherwise": len(soak.unexplained()),
        "plan_requests": sum(seen.values()),
        "refreshes": soak.payer.memory.refreshed,
        "lost_token_answers": soak.payer.memory.reused,
        "reconnected": soak.reconnected,
        "done": dict(sorted(soak.done.items())),
        "web_memory_mb": [
            round(size / 1e6, 1) for _, size in spared[0].seen[:: max(len(spared[0].seen) // 6, 1)]
        ],
        "worker_memory_mb": [
            round(size / 1e6, 1) for _, size in spared[1].seen[:: max(len(spared[1].seen) // 6, 1)]
        ],
        "web_mb_per_hour": _megabytes(spared[0].slope()),
        "worker_mb_per_hour": _megabytes(spared[1].slope()),
    }


def _megabytes(size: float | None) -> float | None:
    return None if size is None else round(size / 1e6, 2)


def main() -> int:
    """Return the exit code: 0 when the invariant held."""
    end_politely()
    minutes, seed = float(os.environ.get("MINUTES", "30")), int(os.environ.get("SEED", str(int(time.time()))))
    os.environ.setdefault("FAULTS_RESULTS", "var/faults/soak.jsonl")
    wants_postgres = not os.environ.get("DATABASE_URL", "postgres:").startswith("sqlite")
    print(f"soak: {minutes:g} minutes, seed {seed}", flush=True)  # noqa: T201
    with tempfile.TemporaryDirectory(prefix="soak-") as name, a_payer() as payer:
        Path(name).chmod(0o755)
        with a_cluster(Path(name), wants_postgres=wants_postgres) as cluster, forking(cluster):
            return _soak(cluster, payer, Path(name), minutes, seed)


def _soak(cluster: Files | Postgres, payer: Payer, folder: Path, minutes: float, seed: int) -> int:
    payer.memory.people.clear()
    payer.page_size, payer.life_seconds = 20, 60
    site = Site(cluster, cluster.fresh(), folder)
    port_environment = ENVIRONMENT | {
        "DATABASE_URL": cluster.url(site.database),
        "DEBUG": "false",
        "VAR_DIR": str(folder),
        "STATIC_ROOT": str(folder / "static"),
    }
    stack = Stack(folder, port_environment)
    if os.environ.get("ENGINE") == "celery":
        (port,) = free_ports(1)
        port_environment["CELERY_BROKER_URL"] = f"redis://127.0.0.1:{port}/0"
        stack.engines.append(redis(folder, port))
    soak = Soak(site, payer, stack, random.Random(seed))  # noqa: S311 - to be played again, not to be secret
    try:
        soak.settle_in()
        spared, took = soak.run(minutes)
        verdict, records = soak.end()
    finally:
        stack.stop()
        site.close()
    measured = figures(soak, spared, took) | {"records": records, "seed": seed}
    measured["at"] = datetime.now(UTC).isoformat(timespec="seconds")
    oracle.record("soak", verdict, vendor=cluster.vendor, **measured)
    print(json.dumps(measured, indent=1))  # noqa: T201
    print(f"unexplained page failures: {Counter(soak.unexplained())}")  # noqa: T201
    print("the invariant holds" if verdict.is_clean else f"BROKEN: {verdict}")  # noqa: T201
    return 0 if verdict.is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
