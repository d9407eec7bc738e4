"""The nginx of the operators' manual, word for word, on loopback: what is tried is what is written there."""

import re
import shutil
import socket
import subprocess
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import ROOT
from tests.journeys.stack import free_ports

PROGRAM = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
"""None where none is installed."""
AROUND = """
daemon off; master_process off;
pid {folder}/pid; error_log {folder}/error.log info;
events {{ worker_connections 64; }}
http {{
    default_type application/octet-stream;
    access_log {folder}/access.log;
    gzip on;
    client_body_temp_path {folder}/bodies; proxy_temp_path {folder}/pages;
    fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    {servers}
}}
"""
"""As Debian sets it up: it logs every request and compresses pages, unless a server says otherwise."""


@dataclass(frozen=True)
class Nginx:
    """Where it listens, and the folder of its logs and buffers."""

    tls: int
    plain: int
    folder: Path


def written() -> str:
    """Return the two servers of the manual."""
    text = (ROOT / "docs" / "operations.md").read_text()
    return textwrap.dedent("".join(re.findall(r"^    server \{\n.*?^    \}\n", text, re.M | re.S)))


@contextmanager
def running(folder: Path, *, site: int, certificate: Path) -> Iterator[Nginx]:
    """Run it before the site at that port until the block ends. It has no folders to keep buffers in."""
    tls, plain = free_ports(2)
    servers = written()
    for place, ours in {
        "listen 443 ssl;": f"listen 127.0.0.1:{tls} ssl;",
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "/etc/ssl/plainclaim/fullchain.pem": str(certificate),
        "/etc/ssl/plainclaim/privkey.pem": str(certificate),
        "http://127.0.0.1:8000": f"http://127.0.0.1:{site}",
    }.items():
        assert servers.count(place) == 1, place
        servers = servers.replace(place, ours)
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder, servers=servers))
    process = subprocess.Popen([str(PROGRAM), "-p", str(folder), "-c", str(folder / "nginx.conf")])
    try:
        give_up_at = time.monotonic() + 20
        while time.monotonic() < give_up_at and process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", tls)) == 0:
                    break
            time.sleep(0.05)
        assert process.poll() is None, (folder / "error.log").read_text()
        for buffers in ("bodies", "pages"):
            (folder / buffers).rmdir()
        yield Nginx(tls, plain, folder)
    finally:
        process.terminate()
        process.wait(10)
