"""A Redis of the tests' own on loopback."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.journeys.stack import free_ports

PROGRAM = shutil.which("redis-server")
"""None where none is installed."""


def command(folder: Path, port: int) -> list[str]:
    """Return what starts a server at *port* that keeps nothing."""
    return [str(PROGRAM), "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", str(folder)]


@contextmanager
def running(folder: Path, *, port: int = 0) -> Iterator[str]:
    """Run it until the block ends; yield the address of its first database."""
    port = port or free_ports(1)[0]
    process = subprocess.Popen(command(folder, port), stdout=subprocess.DEVNULL)
    try:
        give_up_at = time.monotonic() + 20
        while time.monotonic() < give_up_at:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait(10)
