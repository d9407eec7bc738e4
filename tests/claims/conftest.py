"""Connections of one member to one plan, made one after the other."""

from datetime import timedelta

import pytest

from apps.accounts.models import Member
from apps.connections.models import Connection
from tests.claims.given import a_connection


@pytest.fixture
def first(alice: Member) -> Connection:
    """Return the connection that was made first."""
    return a_connection(alice)


def _later(member: Member, than: Connection) -> Connection:
    made = a_connection(member)
    Connection.objects.filter(pk=made.pk).update(connected_at=than.connected_at + timedelta(days=1))
    made.refresh_from_db()
    return made


@pytest.fixture
def second(alice: Member, first: Connection) -> Connection:
    """Return a later connection to the same plan."""
    return _later(alice, first)


@pytest.fixture
def third(alice: Member, second: Connection) -> Connection:
    """Return one made later still."""
    return _later(alice, second)
