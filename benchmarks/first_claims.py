"""How soon a member sees claims, and when all are here, at a plan that waits before each answer.

The pages come over loopback HTTP through the same door as in production. "Fetching alone" asks the same
questions in the same threads and throws the answers away.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks import members, site

CLAIMS, PAGE = 1000, 100
WAITS = {0.1: 3, 0.5: 1}
"""Seconds the plan waits before each answer: how many rounds."""
OURS_FIRST = 0.5
"""Seconds of ours until the first claims, besides two answers of the plan."""
WANTED_WHOLE = 1.1
MOST_WHOLE = {0.1: 3.5, 0.5: 1.4}
"""Times fetching alone, by the plan's wait."""
LOOKS_EVERY = 0.01
LANES = 4


class Round(NamedTuple):
    """Seconds: until the first claims, until all, of our processor, and of the same questions alone."""

    first: float
    whole: float
    busy: float
    alone: float


class Door:
    """The plan's answers through the door to the network; no tokens are needed here."""

    patient_id = "bench"

    def __init__(self) -> None:
        from apps.outbound.door import open_session  # noqa: PLC0415

        self.session = open_session(plan="bench")

    def ask(self, url: str, form: Any = None) -> Any:
        """Return the answer to one question, which is a POST where there is a form."""
        from apps.outbound.door import fetch  # noqa: PLC0415

        return fetch(self.session, url, method="POST" if form else "GET", data=form)


def main() -> int:
    """Measure, print, and return 1 where it takes too long."""
    os.environ["OUTBOUND_TRUSTED_HOSTS"] = "127.0.0.1:*"
    with tempfile.TemporaryDirectory(prefix="plainclaim-bench-") as name:
        site.configure(Path(name))
        return max([_measure(wait, rounds) for wait, rounds in WAITS.items()])


def _measure(wait: float, number: int) -> int:
    rounds: list[Round] = []
    with _plan(wait) as base_url:
        for turn in range(number + 1):
            sync = _round(base_url)
            if turn:  # the first round warms up
                rounds.append(sync)
                ours = f"all {sync.whole:.2f} s (ours {sync.busy:.2f} s of one processor)"
                alone = f"fetching alone {sync.alone:.2f} s"
                print(f"plan {wait:g} s: first claims {sync.first:.2f} s, {ours}, {alone}")
    return _verdict(wait, rounds)


@contextmanager
def _plan(wait: float) -> Iterator[str]:
    command = [sys.executable, "-m", "benchmarks.slow_plan", str(CLAIMS), str(PAGE), str(wait)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, cwd=site.ROOT, text=True, **pipes) as plan:  # type: ignore[call-overload]
        try:
            yield f"http://127.0.0.1:{plan.stdout.readline().strip()}/fhir"
        finally:
            plan.terminate()


def _round(base_url: str) -> Round:
    alone = _fetch_alone(base_url)
    busy = time.process_time()
    first, whole = _run(base_url)
    return Round(first, whole, time.process_time() - busy, alone)


def _run(base_url: str) -> tuple[float, float]:
    """Return after how many seconds the first claims are listed, and after how many the run is over."""
    from django.db import connections  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from apps.sync import runner  # noqa: PLC0415
    from apps.sync.models import SyncRun  # noqa: PLC0415

    member, connection = members.connected(base_url)
    now = timezone.now()
    run = SyncRun.objects.create(
        member_id=member.pk, connection=connection, created_at=now, next_try_at=now, queued_at=now
    )
    started, seen, over = time.perf_counter(), list[float](), threading.Event()

    def look() -> None:
        while not over.wait(LOOKS_EVERY):
            if member.books.exists():
                seen.append(time.perf_counter() - started)
                break
        connections.close_all()

    looking = threading.Thread(target=look)
    looking.start()
    runner.run(run_id=run.pk, now_fn=timezone.now, connect=lambda *_, **__: Door())
    whole = time.perf_counter() - started
    over.set()
    looking.join()
    run.refresh_from_db()
    if run.state != SyncRun.State.FINISHED or members.number_of_claims(member) != CLAIMS:
        raise SystemExit(f"the run ended as {run.state}: nothing was measured")
    member.delete()
    return seen[0] if seen else whole, whole


def _fetch_alone(base_url: str) -> float:
    """Return the seconds for the same questions in the same threads, with every answer thrown away."""
    from apps.fhir.client import Client  # noqa: PLC0415
    from apps.sync.course import Question  # noqa: PLC0415
    from apps.sync.lanes import AtOnce  # noqa: PLC0415
    from benchmarks import payload  # noqa: PLC0415

    started, patient, claims = time.perf_counter(), {"patient": "bench"}, "ExplanationOfBenefit"
    with AtOnce(lambda _before: Client(base_url, Door(), PAGE), most=LANES) as desk:
        desk.ask(Question("", "Patient"), lambda client: iter([client.read("Patient/bench")]))  # type: ignore[arg-type]
        for name in ("Coverage", claims):
            desk.ask(Question("", name), lambda client, name=name: client.search(name, patient))  # type: ignore[misc]
        named = False
        while answer := desk.next():
            if answer.error:
                raise answer.error
            if answer.question.fhir_type != claims or answer.page is None:
                continue
            if not named:
                named = True
                for kind, resources in payload.places().items():
                    ids = [resource["id"] for resource in resources]
                    desk.ask(Question("", kind), lambda client, k=kind, i=ids: client.read_many(k, i))  # type: ignore[misc]
    return time.perf_counter() - started


def _verdict(wait: float, rounds: list[Round]) -> int:
    first = statistics.median(sync.first for sync in rounds)
    ratio = statistics.median(sync.whole / sync.alone for sync in rounds)
    most_first, most = 2 * wait + OURS_FIRST, MOST_WHOLE[wait]
    print(f"plan {wait:g} s: first claims {first:.2f} s (at most {most_first:g})")
    aim = f"aimed at {WANTED_WHOLE:g}"
    print(
        f"plan {wait:g} s: {CLAIMS:,} claims complete: {ratio:.2f} x fetching alone (at most {most:g}; {aim})"
    )
    return 1 if first > most_first or ratio > most else 0


if __name__ == "__main__":
    sys.exit(main())
