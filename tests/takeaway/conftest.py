"""Alice's browser after her password, and her connection with a few records."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.test import Client

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.takeaway import contents
from tests.claims.given import a_connection, an_eob
from tests.takeaway.given import EVERYTHING, bring, sure


@pytest.fixture(autouse=True)
def fresh_limits(db: None) -> Iterator[None]:
    """Let no test count against another's limit."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def connection(alice: Member) -> Connection:
    """Return Alice's connection, with one claim, one approval and what they refer to."""
    made = a_connection(alice)
    bring(made, *EVERYTHING)
    return made


@pytest.fixture
def browser(alice_client: Client, alice: Member) -> Client:
    """Return Alice's browser; her password was asked for a moment ago."""
    return sure(alice_client, alice)


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a part hold two records, so that a few claims make several."""
    monkeypatch.setattr(contents, "PART_RECORDS", 2)


@pytest.fixture
def many(alice: Member) -> Connection:
    """Return Alice's connection with nine claims."""
    made = a_connection(alice)
    bring(made, *[an_eob(number, on=f"2026-0{number}-01") for number in range(1, 10)])
    return made
