"""Agreeing to the privacy policy."""

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client

from apps.accounts.actions import agree
from apps.accounts.models import Consent, Member
from apps.connections import attempts
from tests.new_policies import next_version


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


def test_the_yes_goes_with_the_account(alice: Member, now: datetime) -> None:
    """Nothing of a member stays behind."""
    agree(member=alice, version="2026-11-25", now=now)
    alice.delete()
    assert not Consent.objects.exists()


@pytest.mark.django_db
def test_the_privacy_page_shows_the_version_that_members_agree_to(client: Client, settings: Any) -> None:
    """One place for the version."""
    next_version(settings, is_material=False)
    assert b'data-testid="policy-date">March 1, 2027, ' in client.get("/privacy/").content


@pytest.mark.skipif("sqlite" in str(database.settings_dict["ENGINE"]), reason="threads need PostgreSQL")
@pytest.mark.django_db(transaction=True)
def test_two_yeses_at_the_same_moment_are_one(alice: Member, now: datetime) -> None:
    """A double click."""

    def say_yes() -> None:
        try:
            agree(member=alice, version="2026-11-25", now=now)
        finally:
            database.close()

    threads = [threading.Thread(target=say_yes) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert alice.consents.count() == 1


@pytest.mark.django_db
def test_the_privacy_page_says_what_is_noted_about_agreeing_and_trying(client: Client) -> None:
    """What it says is true of the consent row and the attempts."""
    page = client.get("/privacy/").content.decode()
    assert "when you agreed to which version of this policy, for which plan" in page
    assert f"kept for {attempts.KEPT_FOR.days} days" in page
