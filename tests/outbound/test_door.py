"""The guarded session: limits, no redirects, no surroundings, one log line without anything private."""

import gzip
import logging
import re
import socket
import threading
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from requests.adapters import HTTPAdapter

from apps.outbound import door
from apps.outbound.door import fetch, open_session
from apps.outbound.errors import AddressRefused, OutOfTime, PackedOtherwise, TooLarge, TooSlow, Unreachable
from apps.outbound.limits import Budget
from tests.conftest import ROOT

TOKEN = "secret-token-123456"


class Payer(BaseHTTPRequestHandler):
    """Answers well, too much, too slowly, or elsewhere."""

    seen: list[str] = []
    proofs: list[str | None] = []
    agents: list[str | None] = []

    def do_GET(self) -> None:
        Payer.seen.append(self.path)
        Payer.proofs.append(self.headers["Authorization"])
        Payer.agents.append(self.headers["User-Agent"])
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
    Payer.seen, Payer.proofs = [], []
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


def test_each_request_says_who_asks(payer: str, settings: Any) -> None:
    """The release that pyproject.toml names, and where a plan's operators read what it is: whoever asks."""
    fetch(open_session(plan="acme"), f"{payer}/fhir/Patient", headers={"user-agent": "another"})
    release = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert Payer.agents[-1] == f"Plainclaim/{release} (+{settings.SITE_URL}/app/)"


def test_the_log_line_has_no_query_identifier_or_token(payer: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="plainclaim.outbound"):
        url = f"{payer}/fhir/r4/Patient/member-77?identifier=A123"
        fetch(open_session(plan="demo"), url, headers={"Authorization": f"Bearer {TOKEN}"})
    (line,) = [record.getMessage() for record in caplog.records if record.name == "plainclaim.outbound"]
    assert re.fullmatch(r"plan demo GET 127\.0\.0\.1/fhir/r4/Patient/\* 200 \d+ ms", line)
    assert not {"member-77", "A123", TOKEN} & set(line.replace("/", " ").split())


def test_redirects_are_given_back_and_never_followed(payer: str) -> None:
    assert fetch(open_session(plan="demo"), f"{payer}/redirect").status == 302
    assert open_session(plan="demo").get(f"{payer}/redirect", allow_redirects=True).status_code == 302
    assert Payer.seen == ["/redirect"] * 2, "whatever the caller forgets"


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


def test_no_proxy_or_netrc_of_the_surroundings_is_used(
    payer: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password else")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert fetch(open_session(plan="demo"), f"{payer}/fhir").status == 200
    assert Payer.proofs == [None]


def test_no_call_carries_a_user_and_a_password_in_its_address(payer: str) -> None:
    with pytest.raises(AddressRefused):
        fetch(open_session(plan="demo"), f"{payer.replace('://', '://me:secret@')}/fhir")
    assert Payer.seen == []


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

    addresses = [(2, 1, 6, "", (f"127.0.0.{last}", 9)) for last in range(1, 5)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: addresses)
    monkeypatch.setattr(door, "create_connection", nobody_answers)
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    with pytest.raises(TooSlow):
        fetch(open_session(plan="demo"), "http://127.0.0.1:9/")
    assert given == pytest.approx([0.3, 0.2])


def test_s_10_a_name_that_leads_elsewhere_after_the_check_is_called_where_it_was_checked(
    payer: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S-10, W-27: a hostile resolver answers anew each time; a second question would be obeyed."""
    port = int(payer.rpartition(":")[2])
    settings.OUTBOUND_TRUSTED_HOSTS = [f"rebinding.example:{port}"]
    elsewhere = socket.create_server(("127.0.0.2", port))
    elsewhere.settimeout(0.2)
    asked: list[str] = []
    real = socket.getaddrinfo

    def resolver(host: str, *rest: Any, **named: Any) -> Any:
        if host != "rebinding.example":
            return real(host, *rest, **named)
        asked.append(host)
        address = "127.0.0.1" if len(asked) == 1 else "127.0.0.2"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    with elsewhere:
        answer = fetch(open_session(plan="demo"), f"http://rebinding.example:{port}/fhir")
        with pytest.raises(TimeoutError):
            elsewhere.accept()
    assert (answer.body, asked) == (b"xx", ["rebinding.example"])


def test_s_10_a_name_that_is_public_first_and_private_when_it_is_called_again_is_refused(
    payer: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S-10: each new connection of a session is judged by the answer it uses."""
    settings.OUTBOUND_TRUSTED_HOSTS = []
    answers = iter(["127.0.0.1", "10.0.0.1", "169.254.169.254"])

    def resolver(*_: Any, **__: Any) -> Any:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), 443))]

    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    session = open_session(plan="demo")
    for _ in range(3):
        with pytest.raises(AddressRefused):
            fetch(session, "https://rebinding.example/fhir")


def test_s_10_a_port_that_the_plan_has_not_is_not_knocked_at(payer: str, settings: Any) -> None:
    """S-10: the rule holds for every call, whoever opened the session."""
    settings.OUTBOUND_TRUSTED_HOSTS = []
    session = open_session(plan="demo", origins={"https://payer.example:8443"})
    with pytest.raises(AddressRefused, match="port"):
        fetch(session, "https://localhost:8444/fhir")
    with pytest.raises(AddressRefused, match="not public"):
        fetch(open_session(plan="demo", origins={"https://localhost:8443"}), "https://localhost:8443/fhir")


def test_s_11_calls_that_share_a_budget_end_with_it(payer: str, settings: Any) -> None:
    """S-11: a plan that drips on every call holds its run only as long as the run may take."""
    settings.OUTBOUND_CONNECT_SECONDS, settings.OUTBOUND_READ_SECONDS = 5, 5
    budget = Budget(0.5)
    begun = time.monotonic()
    for _ in range(4):
        with pytest.raises(TooSlow):
            fetch(open_session(plan="demo", budget=budget), f"{payer}/trickle")
    assert time.monotonic() - begun < 1.5
    assert Payer.seen == ["/trickle"]
    assert fetch(open_session(plan="demo", budget=Budget(5)), f"{payer}/fhir").body == b"xx"


def test_s_11_nothing_is_asked_over_an_open_connection_once_the_budget_is_spent(
    payer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Payer, "protocol_version", "HTTP/1.1")
    budget = Budget(60)
    session, asked, send = open_session(plan="demo", budget=budget), list[str](), HTTPAdapter.send

    def noted(adapter: Any, request: Any, *given: Any, **named: Any) -> Any:
        asked.append(request.path_url)
        return send(adapter, request, *given, **named)

    monkeypatch.setattr(HTTPAdapter, "send", noted)
    fetch(session, f"{payer}/first")
    budget.spend(60)
    with pytest.raises(OutOfTime):
        fetch(session, f"{payer}/second")
    assert asked == ["/first"]


def test_s_11_an_answer_that_is_here_already_is_unpacked_no_longer_than_the_call_may_take() -> None:
    """No socket is waited for then, which would end it."""
    pieces = iter([b"x"] * 3)
    raw = SimpleNamespace(read1=lambda *_size, **_how: next(pieces, b""))
    answer: Any = SimpleNamespace(headers={}, raw=raw, close=lambda: None)
    adapter: Any = open_session(plan="demo").adapters[""]
    with pytest.raises(TooSlow):
        adapter._body(answer, time.monotonic() - 1)
    assert len(list(pieces)) == 2
    assert adapter._body(answer, time.monotonic() + 60) == b""


@pytest.mark.parametrize("coding", ["gzip, gzip", "br", "zstd"])
def test_s_11_what_is_packed_twice_or_otherwise_is_not_opened(
    endless: Callable[[bytes, bytes], str], coding: str
) -> None:
    """S-11: gzip within gzip can be seconds of work before any limit on size is met; it is not too large."""
    packed = gzip.compress(gzip.compress(b"x" * 1000))
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: %b\r\nContent-Length: %d\r\n\r\n"
    url = endless(head % (coding.encode(), len(packed)) + packed, b"")
    with pytest.raises(PackedOtherwise):
        fetch(open_session(plan="demo"), url)


def test_s_11_what_is_packed_once_is_opened(endless: Callable[[bytes, bytes], str]) -> None:
    """S-11: gzip is what we ask for."""
    packed = gzip.compress(b"x" * 1000)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    assert fetch(open_session(plan="demo"), endless(head + packed, b"")).body == b"x" * 1000


def test_s_11_an_endless_row_of_empty_packages_ends_at_the_time_limit(
    endless: Callable[[bytes, bytes], str], settings: Any
) -> None:
    """S-11: nothing comes out of them, so no limit on size is ever met."""
    settings.OUTBOUND_CONNECT_SECONDS, settings.OUTBOUND_READ_SECONDS = 0.2, 0.4
    empty = gzip.compress(b"") * 100
    with pytest.raises(TooSlow):
        fetch(open_session(plan="demo"), endless(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", empty))


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


@pytest.mark.parametrize("words", ["text/\u20ac", "text/\ud800", "text/plain\r\nX-Injected: 1", "a\nb"])
def test_a_header_that_cannot_be_sent_is_refused_like_an_address_we_do_not_call(
    payer: str, words: str
) -> None:
    """O-12: plans choose media types of papers and tokens of registrations; no other error leaves."""
    with pytest.raises(AddressRefused):
        fetch(open_session(plan="demo"), f"{payer}/Binary/1", headers={"Accept": words})
    assert Payer.seen == []


def test_a_header_that_cannot_be_read_is_not_written_to_the_log(
    endless: Callable[[bytes, bytes], str], caplog: pytest.LogCaptureFixture
) -> None:
    url = endless(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nRosa Quill\r\n\r\nxx", b"")
    fetch(open_session(plan="demo"), f"{url}/Patient/rosa.quill")
    assert "osa" not in caplog.text
