"""How soon a member sees claims, and when all are here, at a plan that waits 100 ms before each answer.

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
from typing import Any

from benchmarks import members, site
from benchmarks.slow_plan import WAIT_SECONDS

CLAIMS, PAGE, ROUNDS = 1000, 100, 3
WANTED_FIRST = 2 * WAIT_SECONDS + 0.5
"""Seconds after the callback: two answers of the plan, and half a second of ours."""
MOST_FIRST = WANTED_FIRST
WANTED_WHOLE, MOST_WHOLE = 1.1, 2.5
LOOKS_EVERY = 0.01


class Door:
    """The plan's answers through the door to the network; no tokens are needed here."""

    patient_id = "bench"

    def __init__(self) -> None:
        from apps.outbound.door import open_session  # noqa: PLC0415

        self.session = open_session(plan="bench")

    def get(self, url: str) -> Any:
        """Return the answer to one GET."""
        from apps.outbound.door import fetch  # noqa: PLC0415

        return fetch(self.session, url)


def main() -> int:
    """Measure, print, and return 1 where it takes too long."""
    os.environ["OUTBOUND_TRUSTED_HOSTS"] = "127.0.0.1:*"
    with tempfile.TemporaryDirectory(prefix="plainclaim-bench-") as name, _plan() as base_url:
        site.configure(Path(name))
        firsts, ratios = [], []
        for number in range(ROUNDS + 1):
            alone = _fetch_alone(base_url)
            busy = time.process_time()
            first, whole = _run(base_url)
            busy = time.process_time() - busy
            if number:  # the first round warms up
                firsts.append(first)
                ratios.append(whole / alone)
            ours = f"all {whole:.2f} s (ours {busy:.2f} s of one processor)"
            print(f"first claims {first:.2f} s, {ours}, fetching alone {alone:.2f} s")
    return _verdict(statistics.median(firsts), statistics.median(ratios))


@contextmanager
def _plan() -> Iterator[str]:
    command = [sys.executable, "-m", "benchmarks.slow_plan", str(CLAIMS), str(PAGE)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, cwd=site.ROOT, text=True, **pipes) as plan:  # type: ignore[call-overload]
        try:
            yield f"http://127.0.0.1:{plan.stdout.readline().strip()}/fhir"
        finally:
            plan.terminate()


def _run(base_url: str) -> tuple[float, float]:
    """Return after how many seconds the first claims are listed, and after how many the run is over."""
    from django.db import connections  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from apps.sync import running  # noqa: PLC0415
    from apps.sync.models import SyncRun  # noqa: PLC0415

    member, connection = members.connected(base_url)
    now = timezone.now()
    run = SyncRun.objects.create(
        member_id=member.pk, connection=connection, created_at=now, next_try_at=now, queued_at=now
    )
    started, seen, over = time.perf_counter(), list[float](), threading.Event()

    def look() -> None:
        while not over.wait(LOOKS_EVERY):
            if member.claims.exists():
                seen.append(time.perf_counter() - started)
                break
        connections.close_all()

    looking = threading.Thread(target=look)
    looking.start()
    running.run(run_id=run.pk, now_fn=timezone.now, connect=lambda *_, **__: Door())
    whole = time.perf_counter() - started
    over.set()
    looking.join()
    run.refresh_from_db()
    if run.state != SyncRun.State.FINISHED or member.claims.count() != CLAIMS:
        raise SystemExit(f"the run ended as {run.state}: nothing was measured")
    member.delete()
    return seen[0] if seen else whole, whole


def _fetch_alone(base_url: str) -> float:
    """Return the seconds for the same questions in the same threads, with every answer thrown away."""
    from apps.fhir.client import Client  # noqa: PLC0415
    from apps.sync.fetching import AtOnce, Lane  # noqa: PLC0415
    from apps.sync.models import SyncStep  # noqa: PLC0415
    from benchmarks import payload  # noqa: PLC0415

    started, patient = time.perf_counter(), {"patient": "bench"}
    with AtOnce(lambda _before: Client(base_url, Door(), PAGE), most=4) as desk:
        desk.ask(Lane(SyncStep(), "Patient", lambda client: iter([client.read("Patient/bench")])))  # type: ignore[arg-type]
        for kind in ("Coverage", "ExplanationOfBenefit"):
            desk.ask(Lane(SyncStep(), kind, lambda client, kind=kind: client.search(kind, patient)))  # type: ignore[misc]
        named = False
        while answer := desk.next():
            if answer.error:
                raise answer.error
            if answer.lane.kind == "ExplanationOfBenefit" and not named:
                named = True
                for kind, some in payload.places().items():
                    ids = [one["id"] for one in some]
                    desk.ask(Lane(SyncStep(), kind, lambda client, k=kind, i=ids: client.read_many(k, i)))  # type: ignore[misc]
    return time.perf_counter() - started


def _verdict(first: float, ratio: float) -> int:
    print(f"first claims: {first:.2f} s (at most {MOST_FIRST:g}; aimed at {WANTED_FIRST:g})")
    bounds = f"(at most {MOST_WHOLE:g}; aimed at {WANTED_WHOLE:g})"
    print(f"{CLAIMS:,} claims complete: {ratio:.2f} x fetching alone {bounds}")
    return 1 if first > MOST_FIRST or ratio > MOST_WHOLE else 0


if __name__ == "__main__":
    sys.exit(main())
