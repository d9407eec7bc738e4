"""Pages after the database was away: nobody is shown an error because of a connection that died meanwhile."""

import psycopg
import pytest
from django.conf import settings
from django.db import connection
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
