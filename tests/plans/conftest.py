"""A plan's web server on loopback: it serves what a test puts on it, and counts what it is asked."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.db import connection

from apps.plans.models import Plan
from tests.registered import registered


@dataclass
class Payer:
    """`pages`: path -> (status, body), at first that a search wants a token; `redirects`: path -> (status,
    target). `asked`: the paths in order."""

    origin: str
    pages: dict[str, tuple[int, bytes]] = field(
        default_factory=lambda: {"/fhir/r4/ExplanationOfBenefit": (401, b"")}
    )
    redirects: dict[str, tuple[int, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    sent: list[tuple[str, str, str | None, bytes]] = field(default_factory=list)
    """Method, path, Authorization and body of each, in order."""

    def serves(self, path: str, body: bytes | str, *, status: int = 200) -> None:
        """From now on answer `path` so."""
        self.pages[path] = (status, body.encode() if isinstance(body, str) else body)


@pytest.fixture
def payer() -> Iterator[Payer]:
    """Return a running server that knows no page yet (404), and wants a token for a search."""
    with serving() as running:
        yield running


@pytest.fixture
def another_payer() -> Iterator[Payer]:
    """Return a second one, at another origin."""
    with serving() as running:
        yield running


@contextmanager
def serving() -> Iterator[Payer]:
    """Run a server that knows no page yet (404)."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            running.asked.append(self.path)
            body_sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            proof = self.headers["Authorization"]
            running.sent.append((self.command, self.path, proof, body_sent))
            page = running.pages.get(self.path) or running.pages.get(self.path.partition("?")[0])
            status, body = page or (404, b"<html>Not here</html>")
            target = "/elsewhere"
            led = running.redirects.get(self.path) or running.redirects.get(self.path.partition("?")[0])
            if led:
                status, target = led
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            if 300 <= status < 400:
                self.send_header("Location", target)
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_PUT = do_DELETE = do_GET

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running = Payer(origin=f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield running
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def plan(db: None) -> Plan:
    """Return a plan members can connect, whose addresses are all on its row."""
    return Plan.objects.create(
        slug="riverside-health",
        name="Riverside Health",
        fhir_base_url="https://fhir.riverside.example.com/r4",
        authorize_url="https://login.riverside.example.com/authorize",
        token_url="https://login.riverside.example.com/token",
        registration=registered("plainclaim"),
        own_quirks={"token_auth": "none"},
        states=["OR", "WA"],
        lines_of_business=["marketplace"],
    )


@pytest.fixture
def served_plan(db: None, payer: Payer) -> Plan:
    """Return a plan whose base is the loopback server; an operator confirmed login.example.com for it."""
    return Plan.objects.create(
        slug="served",
        name="Served Plan",
        fhir_base_url=f"{payer.origin}/fhir/r4",
        confirmed_origins=["https://login.example.com"],
        registration=registered("plainclaim"),
        own_quirks={"token_auth": "none"},
    )


def make(slug: str, **values: Any) -> Plan:
    """Return a plan of that slug at an address of its own."""
    return Plan.objects.create(
        **{"slug": slug, "name": slug.title(), "fhir_base_url": f"https://{slug}.example.com/r4", **values}
    )


def until_another_waits() -> None:
    """Return once somebody waits for a row that this transaction holds (PostgreSQL)."""
    asked = (
        "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
    )
    for _ in range(400):
        with connection.cursor() as cursor:
            cursor.execute(asked)
            if cursor.fetchone()[0]:
                return
        time.sleep(0.05)
    raise AssertionError("nobody waits")
