"""Whether bad plans hold up others: a first update by the default worker, alone and beside three of them.

One drips a byte a second, one answers with gzip in gzip that unpacks to gigabytes, one gives pages without
end. Their members' updates are under way when the good plan's member connects.
"""

import gzip
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

from benchmarks import memory_plan, payload, site
from benchmarks.members import NOW, number_of_claims

CLAIMS, PAGE, ROUNDS = 300, 50, 5
WAIT = 0.1
"""Seconds the good plan takes for an answer."""
MOST_BEGIN, MOST_TIMES = 10.0, 1.5
HEAD_START = 3.0
"""Seconds that the bad plans' updates are under way before."""
LONGEST = 300.0
BOMB: Final = gzip.compress(gzip.compress(gzip.compress(bytes(512 * 2**20), 9), 9), 9)

type Answering = Callable[[BaseHTTPRequestHandler], None]


def dripping(request: BaseHTTPRequestHandler) -> None:
    """Send a blank a second for as long as anybody listens."""
    _begin(request, 1_000_000)
    while True:
        request.wfile.write(b" ")
        time.sleep(1)


def bombing(request: BaseHTTPRequestHandler) -> None:
    """Send half a gigabyte in a few hundred bytes, packed three times."""
    _begin(request, len(BOMB), ("Content-Encoding", "gzip, gzip, gzip"))
    request.wfile.write(BOMB)


def endless(request: BaseHTTPRequestHandler) -> None:
    """Send a page whose next page is always another one, with a claim that nobody has seen yet."""
    number = time.monotonic_ns()
    base = f"http://{request.headers['Host']}/fhir/ExplanationOfBenefit"
    claim = payload.eob(number % 10**9).decode()
    link = f'{{"relation": "next", "url": "{base}?page={number}"}}'
    entry = f'"entry": [{{"resource": {claim}}}]'
    body = f'{{"resourceType": "Bundle", "type": "searchset", "link": [{link}], {entry}}}'
    _begin(request, len(body.encode()))
    request.wfile.write(body.encode())


def good(plan: memory_plan.MemoryPlan) -> Answering:
    """Return what a plan does that answers after WAIT seconds."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        body = plan.answer(request.path)
        time.sleep(WAIT)
        _begin(request, len(body))
        request.wfile.write(body)

    return answer


def _begin(request: BaseHTTPRequestHandler, length: int, *more: tuple[str, str]) -> None:
    request.send_response(200)
    for name, value in (
        ("Content-Type", "application/fhir+json"),
        ("Content-Length", str(length)),
        *more,
    ):
        request.send_header(name, value)
    request.end_headers()


@contextmanager
def served(answering: Answering) -> Iterator[str]:
    """Serve on loopback; give the base address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with suppress(OSError):
                answering(self)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/fhir"
    finally:
        server.shutdown()


def connected(slug: str, base_url: str) -> Any:
    """Return a new member's connection to the plan of this name, with a token that lasts."""
    import uuid  # noqa: PLC0415
    from datetime import timedelta  # noqa: PLC0415

    from django.utils import timezone  # noqa: PLC0415

    from apps.accounts.models import Member  # noqa: PLC0415
    from apps.connections.models import Connection  # noqa: PLC0415
    from apps.connections.tokens import Tokens, seal_tokens  # noqa: PLC0415
    from apps.plans.models import Plan  # noqa: PLC0415
    from apps.plans.origins import binding  # noqa: PLC0415
    from apps.plans.registrations import Registration  # noqa: PLC0415
    from apps.vault.boxes import box_for  # noqa: PLC0415

    base = base_url.removesuffix("/fhir")
    registration, _ = Registration.objects.get_or_create(name="bench", defaults={"client_id": "bench"})
    where = {"authorize_url": f"{base}/authorize", "token_url": f"{base}/token"}
    values = {"name": slug, "fhir_base_url": base_url, "status": "confirmed", "registration": registration}
    values["own_quirks"] = {"requests_per_minute": 6000}  # one member after the other, faster than in life
    plan, _ = Plan.objects.update_or_create(slug=slug, defaults=values | where)
    member = Member.objects.create_user(f"bench-{uuid.uuid4().hex}@example.com", None)
    connection = Connection(member=member, plan=plan, sealed_patient=b"", connected_at=NOW)
    tokens = Tokens("bench", lifetime=timedelta(hours=9), bound_to=binding(plan, f"{base}/token"))
    box = box_for(member)
    seal_tokens(connection, box, tokens)
    connection.sealed_patient = box.seal(
        connection, "sealed_patient", b'{"id": "bench", "name": "Bea Bench"}'
    )
    connection.access_expires_at = timezone.now() + timedelta(hours=9)
    connection.save()
    return connection


def update(connection: Any) -> tuple[float, float]:
    """Start a first update; return after how many seconds it began, and how long it took from then on."""
    from django.utils import timezone  # noqa: PLC0415

    from apps.sync import actions  # noqa: PLC0415
    from apps.sync.models import SyncRun  # noqa: PLC0415

    asked = timezone.now()
    actions.start_first(connection=connection, now=asked)
    until = time.monotonic() + LONGEST
    while time.monotonic() < until:
        run = SyncRun.objects.get(connection=connection)
        if run.finished_at or run.problem == "unexpected":
            break
        time.sleep(0.05)
    if run.state != SyncRun.State.FINISHED or number_of_claims(connection.member) != CLAIMS:
        raise SystemExit(f"the update ended as {run.state} {run.problem}: nothing was measured")
    return (run.started_at - asked).total_seconds(), (run.finished_at - run.started_at).total_seconds()


@contextmanager
def working() -> Iterator[None]:
    """Run one worker as it runs by default."""
    command = [sys.executable, "manage.py", "sync_worker"]
    worker = subprocess.Popen(command, cwd=site.ROOT, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        worker.send_signal(signal.SIGTERM)
        worker.wait(timeout=site.STOP_SECONDS)


def main() -> int:
    """Measure, print, and return 1 where others are held up too long."""
    os.environ["OUTBOUND_TRUSTED_HOSTS"] = "127.0.0.1:*"
    claims = [payload.eob(number) for number in range(CLAIMS)]
    plan = memory_plan.MemoryPlan(claims, page=PAGE)
    with tempfile.TemporaryDirectory(prefix="plainclaim-bench-") as name:
        site.configure(Path(name))
        with served(good(plan)) as well, working():
            update(connected("good", well))  # warms up
            alone = [update(connected("good", well)) for _ in range(ROUNDS)]
            beside = _beside(well)
    return _verdict(alone, beside)


def _beside(well: str) -> list[tuple[float, float]]:
    """Measure as often, each time with an update at every bad plan that has begun a moment before."""
    from django.utils import timezone  # noqa: PLC0415

    from apps.sync import actions  # noqa: PLC0415

    measured = []
    with served(dripping) as drips, served(bombing) as bombs, served(endless) as ends:
        for _ in range(ROUNDS):
            for slug, base in (("drips", drips), ("bombs", bombs), ("endless", ends)):
                actions.start_first(connection=connected(slug, base), now=timezone.now())
            time.sleep(HEAD_START)
            measured.append(update(connected("good", well)))
    return measured


def _verdict(alone: list[tuple[float, float]], beside: list[tuple[float, float]]) -> int:
    for name, rounds in (("alone", alone), ("beside", beside)):
        figures = ", ".join(f"{begun:.1f} + {took:.1f}" for begun, took in rounds)
        print(f"{name}: began after + took, in seconds: {figures}")
    begun = statistics.median(start for start, _ in beside)
    times = statistics.median(took for _, took in beside) / statistics.median(took for _, took in alone)
    print(f"beside three bad plans: began after {begun:.1f} s (at most {MOST_BEGIN:g})")
    print(f"beside three bad plans: {times:.2f} x its time alone (at most {MOST_TIMES:g})")
    return 1 if begun > MOST_BEGIN or times > MOST_TIMES else 0


if __name__ == "__main__":
    sys.exit(main())
