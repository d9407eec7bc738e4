"""The server's own log lines hold no word of a record, of an address or of a header (W-33)."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.journeys.stack import free_ports

ROOT = Path(__file__).resolve().parents[2]
WORDS: Final = "Canarydiagnosis syndrome"
TOKEN: Final = "abc123456"
START_SECONDS = 60
APP = f"""
from config.wsgi import application
from django.contrib.auth.decorators import login_not_required
from django.http import StreamingHttpResponse
from django.urls import path
from config import urls

def file():
    yield b"first row"
    raise ValueError("could not convert: {WORDS}, token={TOKEN}")

urls.urlpatterns.insert(0, path("broken", login_not_required(lambda request: StreamingHttpResponse(file()))))
"""


class Server:
    """Gunicorn as an operator starts it, with a page that breaks while its file is on its way."""

    def __init__(self, folder: Path) -> None:
        (self.port,) = free_ports(1)
        self.log = folder / "log"
        self.home = folder / "home"
        self.home.mkdir()
        (folder / "leaky.py").write_text(APP)
        environment = os.environ | {
            "DEBUG": "false", "PYTHONPATH": f"{folder}:{ROOT}", "VAR_DIR": str(folder / "var"),
            "DATABASE_URL": f"sqlite:///{folder}/site.sqlite3", "STATIC_ROOT": str(folder / "static"),
            "HOME": str(self.home), "XDG_RUNTIME_DIR": str(self.home),
        }  # fmt: skip
        command = [
            "-m",
            "gunicorn",
            "leaky:application",
            "--bind",
            f"127.0.0.1:{self.port}",
            "--threads",
            "8",
        ]
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, *command], cwd=ROOT, env=environment, stdout=out, stderr=subprocess.STDOUT
            )

    def wait(self) -> None:
        """Return once it answers."""
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and self.process.poll() is None:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
                connection.request("GET", "/healthz")
                connection.getresponse().read()
                return
            except OSError:
                time.sleep(0.1)
        raise AssertionError(self.log.read_text())

    def written(self, words: str) -> str:
        """Return the log once it has these words."""
        until = time.monotonic() + START_SECONDS
        while words not in self.log.read_text() and time.monotonic() < until:
            time.sleep(0.05)
        return self.log.read_text()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a running server."""
    running = Server(tmp_path_factory.mktemp("server"))
    try:
        running.wait()
        yield running
    finally:
        running.process.terminate()
        running.process.wait(20)


def test_w_33_what_breaks_in_a_file_on_its_way_is_logged_without_its_words(server: Server) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request("GET", "/broken?familyname=1")
    with pytest.raises(http.client.IncompleteRead):
        connection.getresponse().read()
    log = server.written("ValueError")
    assert "Error handling request" in log
    assert "leaky.py" in log  # where it broke is told
    assert WORDS not in log
    assert TOKEN not in log
    assert "familyname" not in log


def test_w_33_a_request_that_is_none_is_logged_without_what_was_sent(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as line:
        line.sendall(b"familyname /claims/ HTTP/1.1\r\n\r\n")
        assert line.recv(100).startswith(b"HTTP/1.1 400")
    log = server.written("Invalid request")
    assert "Invalid request" in log
    assert "familyname" not in log


def test_nobody_moves_pages_by_a_header(server: Server) -> None:
    """A proxy on this machine is believed, and some hand on whatever header came."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request("GET", "/healthz", headers={"SCRIPT_NAME": "/healthz"})
    assert connection.getresponse().read() == b"alive\n"


def test_nobody_steers_the_server_by_a_socket(server: Server) -> None:
    """A second server of the same user, on a restored copy say, would take the socket over."""
    assert list(server.home.rglob("*.ctl")) == []
