"""The pool of connections to PostgreSQL, in a process of its own: what the database ended costs no page.

A whole cluster that dies and comes back is played in `tests/faults/test_crashes.py`; there the connections of
before are used up during the outage.
"""

import contextlib
import os
import socket
import socketserver
import subprocess
import sys
import threading
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from django.db import connection

ENDED_MEANWHILE = """
import django

django.setup()
import psycopg
from django.db import connection

def ask(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]

pid = ask("SELECT pg_backend_pid()")
connection.close()  # back into the pool, as at the end of a page
params = connection.get_connection_params() | {"cursor_factory": psycopg.Cursor}
other = psycopg.connect(**params, autocommit=True)
assert other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid]).fetchone()[0]
assert ask("SELECT pg_backend_pid()") != pid
connection.close_pool()
"""
SILENT_AT_FIRST = """
import time

import django

django.setup()
from django.db import OperationalError, connection

for _ in range(4):
    began = time.monotonic()
    try:
        connection.ensure_connection()
    except OperationalError:
        print("gave up" if time.monotonic() - began < 20 else "waited too long")
    else:
        print("back")
        break
connection.close_pool()
"""
"""A page may wait some seconds; without a limit of ours it is the pool's 30."""
SWALLOWED = 3
"""So many connections the pool makes at once."""

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="a pool of connections is PostgreSQL's"),
]


def run(script: str, **environment: str) -> str:
    """Return what *script* prints, as a process with the site's settings."""
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings"} | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_pooled_connection_that_the_database_ended_meanwhile_is_not_given_out() -> None:
    """R-33."""
    run(ENDED_MEANWHILE)


class SilentAtFirst(socketserver.ThreadingTCPServer):
    """A way to the database that swallows the first connections, as a firewall does, and no others."""

    def __init__(self, info: psycopg.ConnectionInfo) -> None:
        self.info = info
        super().__init__(("127.0.0.1", 0), socketserver.BaseRequestHandler)
        self.seen = 0
        self.is_over = threading.Event()

    def finish_request(self, request: Any, _address: Any) -> None:
        """Swallow, or carry bytes both ways."""
        self.seen += 1
        if self.seen <= SWALLOWED:
            self.is_over.wait()
            return
        with _socket_to(self.info) as there:
            back = threading.Thread(target=_carry, args=(there, request), daemon=True)
            back.start()
            _carry(request, there)
            back.join()


def _socket_to(info: psycopg.ConnectionInfo) -> socket.socket:
    if not info.host.startswith("/"):
        return socket.create_connection((info.host, info.port))
    there = socket.socket(socket.AF_UNIX)
    there.connect(f"{info.host}/.s.PGSQL.{info.port}")
    return there


def _carry(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while some := source.recv(65536):
            target.sendall(some)
        target.shutdown(socket.SHUT_WR)


def test_a_database_that_takes_a_connection_and_says_nothing_is_given_up_soon_and_tried_again() -> None:
    """R-33: as a host does that hangs, or a firewall that swallows what comes."""
    connection.ensure_connection()
    info = connection.connection.info
    with SilentAtFirst(info) as way:
        threading.Thread(target=way.serve_forever, daemon=True).start()
        login = quote(info.user, safe="") + (f":{quote(info.password, safe='')}" if info.password else "")
        url = f"postgres://{login}@127.0.0.1:{way.server_address[1]}/{info.dbname}"
        try:
            said = run(SILENT_AT_FIRST, DATABASE_URL=url)
        finally:  # else leaving the server waits for those it keeps waiting
            way.is_over.set()
            way.shutdown()
    assert said.splitlines()[-1] == "back"
    assert "waited too long" not in said
