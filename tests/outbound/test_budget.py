"""What all calls of a try may take together: no read waits for longer, and a cut ends what is under way."""

import socket
import time
from typing import Any

import pytest

from apps.outbound.door import fetch, open_session
from apps.outbound.errors import TooSlow
from apps.outbound.limits import Budget


def test_s_11_a_plan_that_says_nothing_holds_a_call_no_longer_than_the_budget(settings: Any) -> None:
    """S-11: a single read may wait for longer than is left of the whole."""
    settings.OUTBOUND_CONNECT_SECONDS, settings.OUTBOUND_READ_SECONDS = 10, 10
    begun = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(TooSlow):
        port = silent.getsockname()[1]
        fetch(open_session(plan="demo", budget=Budget(0.2)), f"http://127.0.0.1:{port}/")
    assert time.monotonic() - begun < 5


def test_s_03_a_call_that_began_as_the_budget_was_cut_is_cut_too() -> None:
    """S-03: between the look at what is left and the socket lies the whole handshake."""
    budget = Budget()
    mine, theirs = socket.socketpair()
    with mine, theirs:
        budget.watch(mine)
        theirs.settimeout(0.01)
        with pytest.raises(TimeoutError):
            theirs.recv(1)
        budget.cut()
        assert theirs.recv(1) == b""
    late, other = socket.socketpair()
    with late, other:
        budget.watch(late)
        other.settimeout(5)
        assert other.recv(1) == b""
