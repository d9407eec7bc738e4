"""Starts the whole demo (site, worker, demo payer) for one journey and stops it again."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path

import psycopg

from tests import tables

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 240


@dataclass(frozen=True)
class Stack:
    """A running demo: where it listens, where its mails and its database are, which servers it may ask."""

    site: str
    payer: str
    mails: Path
    var: Path
    log: Path
    database: str
    trusted: str = ""
    """host:port of servers beside the demo payer, with commas between them."""

    def code_mailed_to(self, address: str) -> str:
        """Return the code of the newest mail to *address* that has one."""
        return self._mailed_to(address, r"^\s*([A-Z0-9]{3,4}-?[A-Z0-9]{3,4})\s*$")

    def link_mailed_to(self, address: str) -> str:
        """Return the link to the site in the newest mail to *address* that stands on a line of its own."""
        return self._mailed_to(address, rf"^\s*({re.escape(self.site)}/\S+)\s*$")

    def _mailed_to(self, address: str, pattern: str, *, seconds: float = 15) -> str:
        """Return what *pattern* finds in the newest mail to *address*; wait for it a bounded time."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for file in sorted(self.mails.glob("*"), key=lambda path: path.stat().st_mtime, reverse=True):
                mail = message_from_bytes(file.read_bytes(), policy=policy.default)
                body = mail.get_body(("plain",))
                if mail["To"] != address or body is None:
                    continue
                match = re.search(pattern, body.get_content(), re.MULTILINE)
                if match:
                    return match[1]
            time.sleep(0.1)
        raise AssertionError(f"no such mail for {address} in {list(self.mails.glob('*'))}")


def free_ports(count: int) -> list[int]:
    """Return ports nobody listens on right now."""
    sockets = [socket.socket() for _ in range(count)]
    for opened in sockets:
        opened.bind(("127.0.0.1", 0))
    ports = [opened.getsockname()[1] for opened in sockets]
    for opened in sockets:
        opened.close()
    return ports


@contextmanager
def fresh_database(var: Path) -> Iterator[str]:
    """Yield the URL of a database that nobody used: beside the suite's PostgreSQL, else an SQLite file.

    Its tables are there, copied: to make them takes longer than all else that a demo does to start.
    """
    server = os.environ.get("DATABASE_URL", "")
    if not server.startswith("postgres"):
        file = var / "journey.sqlite3"
        shutil.copyfile(tables.made(), file)
        yield f"sqlite:///{file}"
        return
    name = f"plainclaim_journey_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{tables.made_in_postgresql(server)}"')
    try:
        yield tables.url_of(server, name)
    finally:
        with psycopg.connect(server, autocommit=True) as admin:
            admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def running(
    var: Path,
    *,
    host: str = "localhost",
    ports: Sequence[int] = (),
    trusted: str = "",
) -> Iterator[Stack]:
    """Run the program of ``make demo`` until the block ends.

    *host* is this machine in the site's address: browsers make passkeys for its name, not for its number.
    *ports* are those of site and payer: any where none are given; *trusted* are further servers that its
    plans may be at.
    """
    var.mkdir(parents=True, exist_ok=True)
    mails, log = var / "mails", var / "demo.log"
    mails.mkdir(exist_ok=True)
    port, payer_port = ports or free_ports(2)
    with fresh_database(var) as database, log.open("wb") as output:
        kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG", "TMPDIR") if key in os.environ}
        env = kept | {
            "PORT": str(port), "SITE_HOST": host, "DEMO_PAYER_PORT": str(payer_port), "VAR_DIR": str(var),
            "DATABASE_URL": database,
            "EMAIL_URL": f"filemail:///{mails}", "LOG_LEVEL": "INFO",
        }  # fmt: skip
        if trusted:
            env["OUTBOUND_TRUSTED_HOSTS"] = trusted
        process = subprocess.Popen(
            [sys.executable, "bin/demo.py"], cwd=ROOT, env=env, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            _wait_for_banner(process, log)
            payer = f"http://127.0.0.1:{payer_port}"
            yield Stack(f"http://{host}:{port}", payer, mails, var, log, database, trusted)
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_for_banner(process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while "Plainclaim is ready" not in log.read_text(errors="replace"):
        if process.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(f"the demo did not start:\n{log.read_text(errors='replace')[-4000:]}")
        time.sleep(0.1)


def chromium() -> str | None:
    """Return the path of a Chromium, or None; the one without windows first: it takes a third less time."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    return next(filter(None, map(shutil.which, names)), None)
