"""A loopback server that can also break off, stall, trickle and reset in mid-answer."""

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from requests.structures import CaseInsensitiveDict

STALL_SECONDS = 20.0
"""Longer than any client here waits; a stalled answer ends when its server does."""


@dataclass(frozen=True)
class Reply:
    """One answer; `wire` is what happens to it on its way: "", cut, reset, hang, drip or longer."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    wire: str = ""


type Answer = Callable[[str, str, Mapping[str, str], bytes], Reply]


def as_json(content: object, status: int = 200) -> Reply:
    """Return a JSON answer."""
    return Reply(json.dumps(content).encode(), status, {"Content-Type": "application/fhir+json"})


@contextmanager
def serving(answer: Answer) -> Iterator[str]:
    """Serve *answer*(method, target, headers, body) on a free port; give the origin."""
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 1 << 16  # headers and body in one packet: no waiting for acknowledgements
        timeout = 60

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = CaseInsensitiveDict(self.headers.items())
            reply = answer(self.command, self.path, headers, body)
            if reply.wire == "reset":
                # Lingering for zero seconds makes close() send a reset instead of an end.
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
                self.close_connection = True
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            length = len(reply.body) * 2 if reply.wire == "longer" else len(reply.body)
            self.send_header("Content-Length", str(length))
            self.end_headers()
            self._send(reply)

        do_POST = do_PUT = do_DELETE = do_GET

        def _send(self, reply: Reply) -> None:
            half = len(reply.body) // 2
            if reply.wire in ("cut", "hang", "drip"):
                self.wfile.write(reply.body[:half])
                self.wfile.flush()
                if reply.wire == "hang":
                    over.wait(STALL_SECONDS)
                for at in range(half, len(reply.body)) if reply.wire == "drip" else ():
                    self.wfile.write(reply.body[at : at + 1])
                    self.wfile.flush()
                    if over.wait(0.2):
                        break
                self.close_connection = True
                return
            self.wfile.write(reply.body)
            if reply.wire == "longer":
                self.close_connection = True

        def handle(self) -> None:
            with suppress(OSError):  # a client that was killed or gave up waiting is no news
                super().handle()

        def finish(self) -> None:
            with suppress(OSError):
                super().finish()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.request_queue_size = 128
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        over.set()
        server.shutdown()
        server.server_close()
        thread.join()
