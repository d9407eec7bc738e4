"""W-30: odd requests at nginx before gunicorn, as both are run: refused or answered, none breaks the site."""

import os
import re
import socket
import ssl
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from random import Random

import pytest

from tests import nginx_server
from tests.config.test_https import HOST, folder, port
from tests.config.test_nginx import any_certificate, ask, nginx
from tests.nginx_server import Nginx

__all__ = ["folder", "nginx", "port"]
pytestmark = [
    pytest.mark.skipif(not nginx_server.PROGRAM, reason="no nginx is installed"),
    pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning"),
]
REQUESTS = int(os.environ.get("ODD_REQUESTS", "1000"))
"""In the gate; ODD_REQUESTS=10000 tries as many as the demand says."""
AT_ONCE = 8
METHODS = (
    "GET", "POST", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "get", "G\x00T", "Ü",
)  # fmt: skip
PATHS = (
    "/", "/plans/", "/account/login/", "/claims/", "/connections/callback", "/language/", "/healthz",
    "/admin/", "/../../etc/passwd", "//evil.example/", "http://evil.example/", "/%00", "/%ff%fe",
    "/%2e%2e/%2e%2e/", "/plans/\x01", "/\u202e", "*", "", "/" + "a" * 5000, "/plans/?q=%", "/?a[]=1&a=2;b",
    "/plans/?q=" + "%F0%9F%98%80" * 300,
)  # fmt: skip
VERSIONS = ("HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/0.9", "http/1.1", "")
HEADERS = (
    "Host: evil.example", "Host:", "Cookie: __Host-session=\xff; a", "Cookie: " + "a=b; " * 500,
    "X-A: " + "b" * 7000, "Content-Length: -1", "Content-Length: 3, 4", "Content-Length: 0x3",
    "Transfer-Encoding: chunked", "Range: bytes=9-", "Content-Type: multipart/form-data; boundary=",
    "Content-Type: application/json; charset=utf-99", "Expect: 100-continue", "X-Forwarded-For: \x7f",
    "X-Forwarded-Proto: http", "Accept-Language: " + "es," * 400, "Accept-Encoding: gzip;q=nan",
    "Authorization: Basic ====", "If-Modified-Since: never", 'If-None-Match: "', "SCRIPT_NAME: /x",
    "No colon", ": no name",
)  # fmt: skip
BODIES = (
    b"", b"", b"0\r\n\r\n", b"zz\r\nx\r\n0\r\n\r\n", b"a=%ff%00&csrfmiddlewaretoken=\xf0", b"--\r\n\r\n",
    bytes(300),
)  # fmt: skip


def odd_request(number: int) -> bytes:
    """Return the request of this number: always the same."""
    drawn = Random(number)  # noqa: S311 - drawn, not secret
    body = drawn.choice(BODIES)
    line = " ".join((drawn.choice(METHODS), drawn.choice(PATHS), drawn.choice(VERSIONS)))
    headers = [f"Host: {HOST}", f"Content-Length: {len(body)}", "Connection: close"]
    headers += drawn.sample(HEADERS, drawn.randint(0, 4))
    drawn.shuffle(headers)
    return "\r\n".join((line, *headers, "", "")).encode() + body


@cache
def context() -> ssl.SSLContext:
    """Return one for all: to make it takes longer than a request."""
    return any_certificate()


def status_of(nginx: Nginx, number: int) -> int:
    """Send it; return the status, 0 where the line was shut or nothing more was said for a while."""
    try:
        with (
            socket.create_connection(("127.0.0.1", nginx.tls), timeout=20) as line,
            context().wrap_socket(line) as secure,
        ):
            secure.sendall(odd_request(number))
            match = re.match(rb"HTTP/1\.[01] (\d{3}) ", secure.recv(4096))
            return int(match[1]) if match else 0
    except OSError:
        return 0


def test_w_30_no_odd_request_breaks_the_site_behind_nginx(nginx: Nginx) -> None:
    with ThreadPoolExecutor(AT_ONCE) as several:
        statuses = [*several.map(lambda number: status_of(nginx, number), range(REQUESTS))]
    # 501 and 505: what nginx says to a method of carrying, or a version, that it does not know.
    broken = [number for number, status in enumerate(statuses) if status >= 500 and status not in (501, 505)]
    told = Counter(statuses)
    assert broken == [], [(statuses[number], odd_request(number)[:200]) for number in broken[:5]]
    assert sum(count for status, count in told.items() if 400 <= status < 500) > REQUESTS / 3, told
    # What asks for HTTP/0.9 is answered, if at all, without a status.
    assert told[0] < REQUESTS / 5, told
    assert ask(nginx, "GET", "/plans/").status == 200, "it goes on answering"
