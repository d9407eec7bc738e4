"""Pages while the database is away, and after: nobody meets a connection that died meanwhile."""

import psycopg
import pytest
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.test import Client

from apps.accounts.models import Member


@pytest.mark.django_db(transaction=True)
def test_the_first_page_after_a_restart_of_the_database_is_a_page(alice: Member) -> None:
    """R-33: the pool held a connection of before, which the database has ended."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no connections that others can end")
    browser = Client()
    browser.force_login(alice, backend=settings.AUTHENTICATION_BACKENDS[0])
    assert browser.get("/home/").status_code == 200
    connection.close()
    kept = {name: connection.settings_dict[name] for name in ("HOST", "PORT", "USER", "PASSWORD", "NAME")}
    with psycopg.connect(
        host=kept["HOST"] or None,
        port=kept["PORT"] or None,
        user=kept["USER"] or None,
        password=kept["PASSWORD"] or None,
        dbname=kept["NAME"],
        autocommit=True,
    ) as admin:
        others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        assert admin.execute(f"SELECT count(pg_terminate_backend(pid)) {others}").fetchone() != (0,)
    assert browser.get("/home/").status_code == 200


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
    assert "Plainclaim cannot answer just now" in answer.content.decode()
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
