"""What a call may take, alone and with others, and whether it is still wanted while its answer comes."""

import socket
import ssl
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from apps.outbound import limits
from apps.outbound.door import fetch, guard, open_session
from apps.outbound.errors import TooSlow
from apps.outbound.limits import Budget, looking, regardless
from tests.outbound.test_tls import self_signed
from tests.outbound.test_tls import serving as tls_serving
from tests.wire import Reply, serving


def test_s_11_a_plan_that_says_nothing_holds_a_call_no_longer_than_the_budget(settings: Any) -> None:
    """S-11: a single read may wait for longer than is left of the whole."""
    settings.OUTBOUND_CONNECT_SECONDS, settings.OUTBOUND_READ_SECONDS = 10, 10
    begun = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(TooSlow):
        port = silent.getsockname()[1]
        fetch(open_session(plan="demo", budget=Budget(0.2)), f"http://127.0.0.1:{port}/")
    assert time.monotonic() - begun < 5


def test_s_11_what_one_step_may_take_is_never_more_than_is_left_of_the_whole() -> None:
    with limits.over_at(time.monotonic() + 5):
        assert 4 < limits.time_left(30) <= 5
        assert limits.time_left(2) == 2


class NotWanted(Exception):
    """What a look raises here."""


class Wanted:
    """Looks that find the asking wanted so many times."""

    def __init__(self, times: int) -> None:
        self.left = times

    def look(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise NotWanted


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a certificate for this machine that we trust."""
    certificate = self_signed(tmp_path / "server.pem", until=datetime.now(UTC) + timedelta(days=1))
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(certificate))
    return certificate


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look every twentieth of a second."""
    monkeypatch.setattr(limits, "LOOK_SECONDS", 0.05)


@pytest.mark.usefixtures("often")
@pytest.mark.parametrize("how", ["hang", "drip"])
def test_s_03_an_answer_that_is_not_wanted_any_more_is_cut_however_it_comes(how: str) -> None:
    """S-03: before it is asked, once connected, then while it is awaited; what the look raises goes up."""
    asked: list[str] = []

    def answer(_method: str, target: str, *_: Any) -> Reply:
        asked.append(target)
        return Reply(b"x" * 500, wire=how)

    wanted = Wanted(4)
    begun = time.monotonic()
    with serving(answer) as origin, looking(wanted.look), pytest.raises(NotWanted):
        fetch(open_session(plan="demo"), f"{origin}/a")
    assert time.monotonic() - begun < 5
    assert asked == ["/a"]


@pytest.mark.parametrize("times", [0, 1])
def test_s_03_nothing_is_sent_that_is_not_wanted_by_then(times: int) -> None:
    """S-03: at once, or since somebody looked before connecting, which may take seconds."""
    asked: list[str] = []

    def answer(_method: str, target: str, *_: Any) -> Reply:
        asked.append(target)
        return Reply(b"")

    with serving(answer) as origin, looking(Wanted(times).look), pytest.raises(NotWanted):
        fetch(open_session(plan="demo"), f"{origin}/a")
    assert not asked


def test_s_03_nothing_is_sent_behind_tls_either_that_is_not_wanted_once_connected(
    trusted: Path,
) -> None:
    with tls_serving(trusted, ssl.TLSVersion.TLSv1_3) as (url, outcome):
        with looking(Wanted(1).look), pytest.raises(NotWanted):
            fetch(open_session(plan="demo"), url)
        assert outcome()[1] == b""


@pytest.mark.usefixtures("often")
def test_s_03_blocks_within_blocks_look_for_all_and_one_may_look_for_none() -> None:
    outer, inner = Wanted(100), Wanted(100)
    with looking(outer.look):
        with looking(inner.look):
            limits.look()
        with regardless():
            limits.look()
        limits.look()
    limits.look()
    assert (outer.left, inner.left) == (98, 99)


@pytest.mark.usefixtures("often")
def test_s_03_a_session_that_hears_out_looks_until_its_question_is_sent() -> None:
    """S-03: once it is sent, its answer is awaited to the end."""
    wanted = Wanted(2)
    session = requests.Session()
    guard(session, plan="demo", hears_out=True)
    with serving(lambda *_: Reply(b"x" * 4, wire="drip")) as origin, looking(wanted.look):
        fetch(session, origin)
        assert wanted.left == 0
        with pytest.raises(NotWanted):
            fetch(session, origin)


@pytest.mark.usefixtures("often")
def test_s_03_behind_tls_a_slow_answer_is_read_over_many_looks_and_cut_by_one(trusted: Path) -> None:
    """S-03: a look between two bytes breaks no session."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(trusted)
    is_over = threading.Event()

    def drip() -> None:
        client, _ = listener.accept()
        with suppress(OSError), context.wrap_socket(client, server_side=True) as wrapped:
            for answer in (b"xy", b"x"):  # the second one breaks off in the middle
                wrapped.recv(4096)
                for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" + answer:
                    wrapped.send(bytes([byte]))
                    time.sleep(0.01)
            is_over.wait(20)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=drip, daemon=True).start()
        url = f"https://127.0.0.1:{listener.getsockname()[1]}/"
        session, wanted = open_session(plan="demo"), Wanted(1000)
        with looking(wanted.look):
            begun = time.monotonic()
            assert fetch(session, url).body == b"xy"
            looks, most = 1000 - wanted.left, 4 + (time.monotonic() - begun) / limits.LOOK_SECONDS
            assert 4 < looks <= most, "now and then, not at every byte"
            wanted.left = 5
            with pytest.raises(NotWanted):
                fetch(session, url)
    is_over.set()
