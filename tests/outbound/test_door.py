"""The guarded session: limits, no redirects, no surroundings, one log line without anything private."""

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from apps.outbound import door
from apps.outbound.door import fetch, open_session
from apps.outbound.errors import AddressRefused, TooLarge, TooSlow, Unreachable

TOKEN = "secret-token-123456"


class Payer(BaseHTTPRequestHandler):
    """Answers well, too much, too slowly, or elsewhere."""

    seen: list[str] = []

    def do_GET(self) -> None:
        Payer.seen.append(self.path)
        if self.path.startswith("/redirect"):
            self.send_response(302)
            self.send_header("Location", "/fhir/after")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        size = 3_000_000 if self.path.startswith(("/large", "/trickle")) else 2
        self.send_response(200)
        self.send_header("Content-Length", str(size))
        self.end_headers()
        if self.path.startswith("/slow"):
            time.sleep(1.0)
        if self.path.startswith("/trickle"):
            self.trickle()
            return
        self.wfile.write(b"x" * size)

    def trickle(self) -> None:
        """Send a byte now and then, never pausing for as long as the read limit."""
        for _ in range(30):
            try:
                self.wfile.write(b"x")
            except OSError:
                return
            time.sleep(0.1)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def payer() -> Iterator[str]:
    Payer.seen = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Payer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_an_answer_has_status_headers_body_and_url(payer: str) -> None:
    answer = fetch(open_session(plan="demo"), f"{payer}/fhir/Patient")
    assert (answer.status, answer.body, answer.url) == (200, b"xx", f"{payer}/fhir/Patient")
    assert answer.headers["content-length"] == "2"


def test_the_log_line_has_no_query_identifier_or_token(payer: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="plainclaim.outbound"):
        url = f"{payer}/fhir/r4/Patient/member-77?identifier=A123"
        fetch(open_session(plan="demo"), url, headers={"Authorization": f"Bearer {TOKEN}"})
    (line,) = [record.getMessage() for record in caplog.records if record.name == "plainclaim.outbound"]
    assert line.startswith("plan demo GET 127.0.0.1/fhir/r4/Patient/* 200 ")
    assert not {"member-77", "A123", TOKEN} & set(line.replace("/", " ").split())


def test_redirects_are_given_back_and_never_followed(payer: str) -> None:
    assert fetch(open_session(plan="demo"), f"{payer}/redirect").status == 302
    assert Payer.seen == ["/redirect"]


def test_an_answer_over_the_size_limit_is_cut_off(payer: str, settings: Any) -> None:
    settings.OUTBOUND_MAX_BYTES = 100_000
    with pytest.raises(TooLarge):
        fetch(open_session(plan="demo"), f"{payer}/large")


def test_a_session_for_documents_takes_no_more_than_a_document_needs(payer: str, settings: Any) -> None:
    with pytest.raises(TooLarge):
        fetch(open_session(plan="demo", max_bytes=1_000_000), f"{payer}/large")
    assert len(fetch(open_session(plan="demo", max_bytes=3_000_000), f"{payer}/large").body) == 3_000_000
    settings.OUTBOUND_MAX_BYTES = 100_000  # the operator's limit holds for documents too
    with pytest.raises(TooLarge):
        fetch(open_session(plan="demo", max_bytes=1_000_000), f"{payer}/large")


def test_an_answer_over_the_time_limit_is_given_up(payer: str, settings: Any) -> None:
    settings.OUTBOUND_READ_SECONDS = 0.2
    with pytest.raises(TooSlow):
        fetch(open_session(plan="demo"), f"{payer}/slow")


def test_a_payer_that_is_down_is_unreachable() -> None:
    with pytest.raises(Unreachable) as caught:
        fetch(open_session(plan="demo"), "http://127.0.0.1:9/fhir?patient=77")
    assert "77" not in str(caught.value)


def test_no_proxy_or_netrc_of_the_surroundings_is_used(payer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert fetch(open_session(plan="demo"), f"{payer}/fhir").status == 200


def test_a_private_address_is_not_called(payer: str, settings: Any) -> None:
    settings.OUTBOUND_TRUSTED_HOSTS = []
    for url in (payer, payer.replace("http:", "https:")):
        with pytest.raises(AddressRefused):
            fetch(open_session(plan="demo"), url)
    assert Payer.seen == []


def test_a_trickle_is_given_up_at_the_time_limit(payer: str, settings: Any) -> None:
    settings.OUTBOUND_CONNECT_SECONDS, settings.OUTBOUND_READ_SECONDS = 0.2, 0.4
    with pytest.raises(TooSlow):  # the whole of it would come in three seconds, a byte every tenth
        fetch(open_session(plan="demo"), f"{payer}/trickle")


@pytest.fixture
def endless() -> Iterator[Callable[[bytes, bytes], str]]:
    """Return a function that starts a server: it says *first*, then *again* every tenth of a second."""
    stop, servers = threading.Event(), []

    def start(first: bytes, again: bytes) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        servers.append(listener)

        def talk() -> None:
            peer, _ = listener.accept()
            with peer, suppress(OSError):
                peer.recv(65536)
                peer.sendall(first)
                while not stop.wait(0.1):
                    peer.sendall(again)

        threading.Thread(target=talk, daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}/fhir"

    yield start
    stop.set()
    for listener in servers:
        listener.close()


@pytest.mark.parametrize(
    ("first", "again"),
    [
        (b"HTTP/1.1 200 OK\r\nX-Long: ", b"a"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;x=", b"a"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Trailer: ", b"a"),
    ],
    ids=["a header", "interim answers", "a chunk's size", "a trailer"],
)
def test_a_trickle_before_or_after_the_body_is_given_up_too(
    endless: Callable[[bytes, bytes], str], settings: Any, first: bytes, again: bytes
) -> None:
    """R-15: the limit is for the whole answer, not for the wait between two bytes of it."""
    settings.OUTBOUND_CONNECT_SECONDS, settings.OUTBOUND_READ_SECONDS = 0.2, 0.4
    with pytest.raises(TooSlow):
        fetch(open_session(plan="demo"), endless(first, again))


def test_the_limit_begins_anew_with_every_call_of_a_session(payer: str, settings: Any) -> None:
    settings.OUTBOUND_CONNECT_SECONDS, settings.OUTBOUND_READ_SECONDS = 0.2, 0.4
    session = open_session(plan="demo")
    with pytest.raises(TooSlow):
        fetch(session, f"{payer}/trickle")
    assert fetch(session, f"{payer}/fhir").body == b"xx"


def test_all_addresses_of_a_host_together_get_the_time_of_one(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host may have any number of addresses where nobody answers."""
    settings.OUTBOUND_CONNECT_SECONDS = 0.3
    given: list[float] = []
    now = [1000.0]

    def nobody_answers(_address: object, timeout: float, **_: object) -> socket.socket:
        given.append(timeout)
        now[0] += timeout if len(given) > 1 else 0.1
        raise TimeoutError

    found = [(2, 1, 6, "", (f"127.0.0.{last}", 9)) for last in range(1, 5)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    monkeypatch.setattr(door, "create_connection", nobody_answers)
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    with pytest.raises(TooSlow):
        fetch(open_session(plan="demo"), "http://127.0.0.1:9/")
    assert given == pytest.approx([0.3, 0.2])


@pytest.mark.parametrize(
    "url",
    [
        "https://[x", "https://[::1", "http://a]b", "https://\u2100.example/", "https://a:99999999/", "//",
        "", "urn:x", "https://.example/", "https://*.example/", "https://a..example/", "https://h\\@x/",
        "https://" + "a" * 300 + ".example/",
    ],
)  # fmt: skip
def test_an_address_that_is_none_is_refused_like_one_we_do_not_call(url: str) -> None:
    """O-12: no other error leaves the door, whatever a plan calls an address."""
    with pytest.raises((AddressRefused, Unreachable)):
        fetch(open_session(plan="demo"), url)


def test_a_header_that_cannot_be_read_is_not_written_to_the_log(
    endless: Callable[[bytes, bytes], str], caplog: pytest.LogCaptureFixture
) -> None:
    url = endless(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nRosa Quill\r\n\r\nxx", b"")
    fetch(open_session(plan="demo"), f"{url}/Patient/rosa.quill")
    assert "osa" not in caplog.text
