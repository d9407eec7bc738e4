"""The web server: loopback only, a thread per connection, HTTP/1.1 keep-alive, quiet."""

import signal
import sys
from types import FrameType
from typing import Any

from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler

HOST = "127.0.0.1"


class Handler(WSGIRequestHandler):
    """Writes no request lines: their queries hold codes, states and member ids."""

    disable_nagle_algorithm = (
        True  # headers and body are two writes; together with delayed ACK they would wait 40 ms
    )
    timeout = 60  # an idle connection gives its thread back

    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent; faults are logged by Django with their traceback."""


class Server(ThreadedWSGIServer):
    """Django's threaded server with room for a burst of connections."""

    request_queue_size = 128

    def server_bind(self) -> None:
        """Bind without asking the resolver for this machine's name."""
        super().server_bind()
        self.server_name = HOST

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Report faults, but not that an idle client was let go: it is no fault."""
        if not isinstance(sys.exc_info()[1], TimeoutError):
            super().handle_error(request, client_address)


def stop_on_signals() -> None:
    """From here on SIGTERM and SIGINT end the process with status 0, wherever it is."""
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)


def bind(port: int) -> Server:
    """Return a server that holds its port; 0 takes any free one. Raises OSError, naming a taken port."""
    try:
        return Server((HOST, port), Handler)
    except (OSError, OverflowError) as error:
        raise OSError(f"Port {port} is taken or not allowed ({error}).") from error


def serve(server: Server, application: Any) -> None:
    """Serve until told to stop, then close."""
    server.set_app(application)
    try:
        server.serve_forever(poll_interval=0.2)
    finally:
        server.server_close()


def _stop(number: int, frame: FrameType | None) -> None:
    del number, frame
    sys.exit(0)
