"""The guarded session: limits, no redirects, no surroundings, one log line without anything private."""

import logging
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

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
