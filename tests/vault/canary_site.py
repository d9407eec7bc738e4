"""The whole demo in processes of its own, each with its own log, and a browser for it without a browser."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import redis
import requests

from bin import demo
from tests import redis_server
from tests.journeys.stack import Stack, free_ports, fresh_database

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 120

LOOK = """
import json, django
django.setup()
from django.contrib.sessions.models import Session
from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.connections.tokens import open_tokens
from apps.vault.boxes import Box, box_for
from apps.vault.registry import sealed_models
from apps.vault.rings import Ring
opened = []
for owner in [None, *Member.objects.values_list("pk", flat=True)]:
    box = Box(Ring(owner))
    for sealed in sealed_models():
        for row in sealed.rows(owner):
            opened += [box.open(row, one).decode("latin-1") for one in sealed.columns if getattr(row, one)]
tokens = []
for row in Connection.objects.exclude(sealed_tokens=b""):
    kept = open_tokens(row, box_for(row.member))
    tokens += [one for one in (kept.access_token, kept.refresh_token, kept.subject) if one]
sessions = [one.get_decoded() for one in Session.objects.all()]
print(json.dumps({"opened": opened, "tokens": tokens, "sessions": sessions}))
"""


COME_IN = """
import django
django.setup()
from apps.accounts.models import Member
from tests.conftest import by_passkey
print(by_passkey(Member.objects.get(email="operator@example.com")).cookies["session"].value)
"""


@dataclass
class Site:
    """A running site with a worker and a payer."""

    stack: Stack
    env: dict[str, str]
    logs: Path
    redis_url: str
    """Where limits and hints are, with Celery; empty where all of it is in the database."""

    def look(self) -> dict[str, Any]:
        """Return what opens with the keys, the tokens, and the sessions."""
        opened: dict[str, Any] = json.loads(self._does(LOOK))
        return opened

    def come_in(self) -> str:
        """Return the session of the operator, who came in with a passkey a moment ago."""
        return self._does(COME_IN).decode()

    def _does(self, program: str) -> bytes:
        command = [sys.executable, "-c", program]
        done = subprocess.run(command, cwd=ROOT, env=self.env, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()[-1]

    def said(self) -> bytes:
        """Return all that the site and the worker have written, errors too."""
        return b"".join((self.logs / name).read_bytes() for name in ("site", "worker"))

    def in_redis(self) -> list[bytes]:
        """Return every key and value of the site's Redis as they are stored."""
        stored = []
        for number in (0, 1):
            client = redis.Redis.from_url(f"{self.redis_url.rpartition('/')[0]}/{number}")
            for key in client.scan_iter(count=1000):
                stored += [key, client.dump(key) or b"", *_read(client, key)]
        return stored

    def payer_does(self, **orders: Any) -> None:
        """Order the payer to misbehave."""
        requests.post(f"{self.stack.payer}/control", json=orders, timeout=10).raise_for_status()

    def sql(self, statement: str) -> list[Any]:
        """Do something to the database behind the site's back; return the rows it gives, if any."""
        if self.stack.database.startswith("postgres"):
            with psycopg.connect(self.stack.database, autocommit=True) as database:
                done = database.execute(statement)
                return done.fetchall() if done.description else []
        import sqlite3  # noqa: PLC0415

        # Closed each time: to read the file beside an open connection ends SQLite's locks (`dump`).
        opened = sqlite3.connect(self.stack.database.removeprefix("sqlite:///"), timeout=30)
        with closing(opened), opened:
            return opened.execute(statement).fetchall()

    def rows(self, table: str) -> int:
        """Return how many rows a table has."""
        [(number,)] = self.sql(f"SELECT count(*) FROM {table}")  # noqa: S608 - a name of ours
        return int(number)


@contextmanager
def site(var: Path, records: Path) -> Iterator[Site]:
    """Run the processes of ``make demo`` on *records*, its logs at the loudest."""
    port, payer_port = free_ports(2)
    mails, logs = var / "mails", var / "logs"
    for folder in (var, mails, logs):
        folder.mkdir(parents=True, exist_ok=True)
    with fresh_database(var) as database, ExitStack() as running:
        # As it comes beside SQLite, and as many hosts share it beside PostgreSQL: both are looked through.
        shares = redis_server.PROGRAM and database.startswith("postgres")
        redis_url = running.enter_context(redis_server.running(var)) if shares else ""
        kept = demo.kept_secrets(var)
        env = demo.environment(var, port, payer_port, kept) | {
            "DATABASE_URL": database,
            "EMAIL_URL": f"filemail:///{mails}",
            "LOG_LEVEL": "DEBUG",
            "PATH": os.environ["PATH"],
            **(_with_redis(redis_url) if redis_url else {}),
        }

        def start(name: str, *command: str) -> None:
            log = running.enter_context((logs / name).open("wb"))
            process = subprocess.Popen(
                [sys.executable, *command], cwd=ROOT, env=env, stdout=log, stderr=subprocess.STDOUT
            )
            running.callback(_end, process)

        options = ["--redirect-uri", f"{env['SITE_URL']}/connections/callback", "--data", str(records)]
        start("payer", *demo.PAYER, "--port", str(payer_port), "--var", str(var / "payer"), *options)
        operator = {"DJANGO_SUPERUSER_PASSWORD": kept["OPERATOR_PASSWORD"]}
        plans = demo.write_plans(env, var, payer_port, {})
        prepare = ["bin/prepare_demo.py", str(plans), f"http://127.0.0.1:{payer_port}/"]
        demo.to_the_end(env | operator, prepare, var / "prepare.log", {})
        if redis_url:
            start("beat", "-m", "celery", "-A", "config.celery", "beat")
            start("worker", "-m", "celery", "-A", "config.celery", "worker", "--concurrency", "2")
        else:
            start("worker", "manage.py", "sync_worker")
        start("site", "-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}", "--threads", "4")
        for address in (f"http://127.0.0.1:{payer_port}/", f"http://127.0.0.1:{port}/readyz"):
            until(lambda address=address: _answers(address))
        stack = Stack(env["SITE_URL"], f"http://127.0.0.1:{payer_port}", mails, var, logs / "site", database)
        yield Site(stack, env, logs, redis_url)


def _with_redis(url: str) -> dict[str, str]:
    """Return the settings that keep limits and hints in Redis (docs/operations.md)."""
    return {"CACHE_URL": f"{url.rpartition('/')[0]}/1", "CELERY_BROKER_URL": url}


@dataclass
class Browser:
    """Visits pages as a person would, and keeps everything it was sent."""

    origin: str
    session: requests.Session = field(default_factory=requests.Session)
    pages: list[requests.Response] = field(default_factory=list)

    def get(self, path: str) -> requests.Response:
        """Open an address."""
        return self._kept(self.session.get(self.origin + path if path[0] == "/" else path, timeout=60))

    def post(self, path: str, **fields: str) -> requests.Response:
        """Send a form."""
        token = self.session.cookies.get("csrftoken") or ""
        headers = {"Referer": self.origin + path, "Origin": self.origin}
        values = {**fields, "csrfmiddlewaretoken": token}
        return self._kept(self.session.post(self.origin + path, data=values, headers=headers, timeout=60))

    def links(self, page: requests.Response, pattern: str) -> list[str]:
        """Return the addresses on a page that begin like this."""
        addresses = re.findall(rf'href="({pattern}[^"#]*)"', page.text)
        return list(dict.fromkeys(address.replace("&amp;", "&") for address in addresses))

    def _kept(self, answer: requests.Response) -> requests.Response:
        self.pages += [*answer.history, answer]
        return answer


def _read(client: "redis.Redis[bytes]", key: bytes) -> list[bytes]:
    """Return the values under a key, not as Redis packs them, which may be compressed."""
    if client.type(key) == b"list":
        return list(client.lrange(key, 0, -1))
    return [client.get(key) or b""] if client.type(key) == b"string" else []


def until(is_so: Callable[[], Any], *, seconds: float = SECONDS) -> Any:
    """Return what *is_so* returns once that is true; it is asked again and again for a bounded time."""
    deadline = time.monotonic() + seconds
    while not (value := is_so()):
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.3)
    return value


def _answers(address: str) -> bool:
    try:
        return requests.get(address, timeout=5).status_code == 200
    except requests.RequestException:
        return False


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
