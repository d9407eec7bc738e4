"""A connection, and a kind of record that a test brings."""

import pytest
from django.conf import LazySettings

from apps.accounts.models import Member
from apps.connections.models import Connection
from tests.claims.given import a_connection


@pytest.fixture
def connection(alice: Member) -> Connection:
    """Return a connection of Alice's."""
    return a_connection(alice)


@pytest.fixture
def with_glasses(settings: LazySettings) -> None:
    """Have the app keep prescriptions of glasses too."""
    settings.RECORD_KINDS = [*settings.RECORD_KINDS, "tests.records.toy.GLASSES"]
