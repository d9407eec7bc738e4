"""Agreeing to the privacy policy."""

from datetime import datetime, timedelta

import pytest
from django.db import connection as database

from apps.accounts.actions import agree
from apps.accounts.models import Member
from tests.at_once import at_once


def test_a_yes_is_noted_with_its_version_and_moment(alice: Member, now: datetime) -> None:
    """G-22."""
    agree(member=alice, version="2026-11-25", now=now)
    (consent,) = alice.consents.all()
    assert (consent.policy_version, consent.given_at) == ("2026-11-25", now)


def test_a_second_yes_changes_nothing(alice: Member, now: datetime) -> None:
    """The first moment is the one before the data."""
    first = agree(member=alice, version="2026-11-25", now=now)
    again = agree(member=alice, version="2026-11-25", now=now + timedelta(days=3))
    assert again == first
    assert again.given_at == now
    assert alice.consents.count() == 1


def test_each_version_and_each_member_has_a_yes_of_its_own(alice: Member, bob: Member, now: datetime) -> None:
    """G-22: a new version is a new question."""
    agree(member=alice, version="2026-11-25", now=now)
    agree(member=alice, version="2027-01-01", now=now)
    agree(member=bob, version="2026-11-25", now=now)
    assert alice.consents.count() == 2
    assert bob.consents.count() == 1


@pytest.mark.skipif("sqlite" in str(database.settings_dict["ENGINE"]), reason="threads need PostgreSQL")
@pytest.mark.django_db(transaction=True)
def test_two_yeses_at_the_same_moment_are_one(alice: Member, now: datetime) -> None:
    """A double click."""
    at_once(lambda _click: agree(member=alice, version="2026-11-25", now=now), range(8))
    assert alice.consents.count() == 1
