"""Pages while the database is away; how they come back is played in `tests/faults/test_crashes.py`."""

import pytest
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.test import Client

from apps.accounts.models import Member


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_while_the_database_is_away_a_page_says_so_and_that_it_passes(
    alice: Member, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    """R-33: the very first question, who is signed in, fails before any view is asked."""
    browser = Client(raise_request_exception=False)
    browser.force_login(alice, backend=settings.AUTHENTICATION_BACKENDS[0])

    def away(*_: object) -> None:
        raise error("the server closed the connection unexpectedly")

    monkeypatch.setattr("config.sessions.SessionStore.load", away)
    answer = browser.get("/home/")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert "We cannot answer just now" in answer.content.decode()
    assert "closed the connection" not in answer.content.decode()
    assert "default-src" in answer.headers["Content-Security-Policy"]


def test_any_other_error_is_a_500(alice: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = Client(raise_request_exception=False)
    browser.force_login(alice, backend=settings.AUTHENTICATION_BACKENDS[0])

    def broken(*_: object) -> None:
        raise ValueError("broken")

    monkeypatch.setattr("config.sessions.SessionStore.load", broken)
    answer = browser.get("/home/")
    assert answer.status_code == 500
    assert "Something broke on our side" in answer.content.decode()
