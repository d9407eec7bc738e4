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


@pytest.fixture
def second(alice: Member, first: Connection) -> Connection:
    """Return a later connection to the same plan."""
    later = a_connection(alice)
    Connection.objects.filter(pk=later.pk).update(connected_at=first.connected_at + timedelta(days=1))
    later.refresh_from_db()
    return later


@pytest.fixture
def third(alice: Member, second: Connection) -> Connection:
    """Return one made later still."""
    latest = a_connection(alice)
    Connection.objects.filter(pk=latest.pk).update(connected_at=second.connected_at + timedelta(days=1))
    latest.refresh_from_db()
    return latest
