"""Rate limits count in the cache: each test starts with none used; and a browser signed in by a plan."""

import time
from collections.abc import Iterator

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.test import Client

from apps.accounts.models import Member


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


def signed_in(member: Member) -> Client:
    """Return a new browser with the member in it."""
    client = Client()
    client.force_login(member, backend="django.contrib.auth.backends.ModelBackend")
    return client


def by_plan(member: Member) -> Client:
    """Return a browser in which the member signed in with a plan a moment ago."""
    client = Client()
    client.force_login(member, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session["account_authentication_methods"] = [{"method": "plan", "at": time.time()}]
    session["account_authentication_methods_user"] = str(member.pk)
    session.save()
    return client
