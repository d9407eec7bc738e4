"""A plan on loopback, in a process of its own, that waits before each answer, as real ones do."""

import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from benchmarks import memory_plan, payload


def serve(claims: int, page: int, wait: float) -> None:
    """Serve until standard input ends, *wait* seconds late; the port is the first line printed."""
    plan = memory_plan.MemoryPlan([payload.eob(number) for number in range(claims)], page=page)
    pausing = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 1 << 16

        def do_GET(self) -> None:
            body = plan.answer(self.path)
            pausing.wait(wait)
            self.send_response(200)
            self.send_header("Content-Type", "application/fhir+json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    serve(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
