"""Connections of one member to one plan, made one after the other; and a reader of Spanish."""

from collections.abc import Iterator

import pytest
from django.utils import translation

from apps.accounts.models import Member
from apps.connections.models import Connection
from tests.claims.given import a_connection


@pytest.fixture
def connection(alice: Member) -> Connection:
    """Return a connection of Alice's."""
    return a_connection(alice)


@pytest.fixture
def first(alice: Member) -> Connection:
    """Return the connection that was made first."""
    return a_connection(alice)


@pytest.fixture
def second(alice: Member, first: Connection) -> Connection:
    """Return a later connection to the same plan."""
    return a_connection(alice, days=1)


@pytest.fixture
def third(alice: Member, second: Connection) -> Connection:
    """Return one made later still."""
    return a_connection(alice, days=2)


@pytest.fixture
def spanish() -> Iterator[None]:
    """Read in Spanish."""
    with translation.override("es"):
        yield
