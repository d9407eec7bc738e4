"""Rate limits count in the cache: each test starts with none used; and a browser signed in by a plan."""

from collections.abc import Iterator

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.test import Client

from apps.accounts.models import Member
from tests.conftest import came_in


@pytest.fixture(autouse=True)
def fresh_limits(db: None) -> Iterator[None]:
    """Forget every count before and after."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def confirmed_alice(alice: Member) -> Member:
    """Return Alice with a confirmed address, who can sign in with her password."""
    EmailAddress.objects.create(user=alice, email=alice.email, primary=True, verified=True)
    return alice


def by_plan(member: Member) -> Client:
    """Return a browser in which the member signed in with a plan a moment ago."""
    return came_in(member, Client(), method="plan")
