"""A connection of Alice, for claims and the care they are for to come through."""

import pytest

from apps.accounts.models import Member
from apps.connections.models import Connection
from tests.claims.given import a_connection


@pytest.fixture
def connection(alice: Member) -> Connection:
    """Return a connection of Alice."""
    return a_connection(alice)
