"""What is said about the schedule: nothing is promised that the permission does not reach."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apps.connections.models import Connection
from apps.connections.tokens import Tokens
from apps.plans.models import Plan
from apps.sync import schedule
from apps.sync.models import Refresh
from apps.vault.boxes import box_for

HOUR = timedelta(hours=1)
PROMISE = b'data-testid="by-itself"'
FOR_A_WHILE = Tokens(access_token="a")
RENEWED = Tokens(access_token="a", refresh_token="r")


def hold(connection: Connection, tokens: Tokens, *, until: datetime | None) -> None:
    """Give *connection* these tokens, and let it be asked for news tomorrow."""
    box = box_for(connection.member)
    connection.sealed_tokens = box.seal(connection, "sealed_tokens", tokens.to_bytes())
    connection.access_expires_at = until
    connection.save()
    schedule.begin(connection=connection, now=timezone.now())
    Refresh.objects.update(due_at=timezone.now() + 24 * HOUR)


@pytest.mark.parametrize("hours", [-1, 1, 23])
def test_no_update_is_promised_after_the_end_of_a_permission_that_nothing_renews(
    connection: Connection, alice_client: Client, hours: int
) -> None:
    """The page says above until when the permission lasts; "Next time: tomorrow" would contradict it."""
    hold(connection, FOR_A_WHILE, until=timezone.now() + hours * HOUR)
    page = alice_client.get(connection.get_absolute_url())
    assert PROMISE not in page.content
    assert b'data-testid="permission"' in page.content


def test_a_plan_whose_profile_says_that_it_renews_nothing_is_believed(
    connection: Connection, alice_client: Client
) -> None:
    Plan.objects.update(refresh="none")
    hold(connection, RENEWED, until=timezone.now() + HOUR)
    assert PROMISE not in alice_client.get(connection.get_absolute_url()).content


def test_nor_is_anything_promised_after_a_pause_once_the_permission_is_over(
    connection: Connection, alice_client: Client
) -> None:
    """ "Press Update now, after that we go on by ourselves": not without a new sign-in."""
    hold(connection, FOR_A_WHILE, until=timezone.now() - HOUR)
    Refresh.objects.update(**schedule.resting(Refresh.Rest.FAILURES, now=timezone.now()))
    assert PROMISE not in alice_client.get(connection.get_absolute_url()).content


@pytest.mark.parametrize(
    ("tokens", "hours"),
    [(RENEWED, 1), (RENEWED, -1), (FOR_A_WHILE, 25), (FOR_A_WHILE, None)],
    ids=["renewed", "to be renewed", "lasts beyond it", "unknown end"],
)
def test_an_update_that_the_permission_reaches_is_announced(
    connection: Connection, alice_client: Client, tokens: Tokens, hours: int | None
) -> None:
    hold(connection, tokens, until=None if hours is None else timezone.now() + hours * HOUR)
    page = alice_client.get(connection.get_absolute_url()).content
    assert PROMISE in page
    assert b"once a day by ourselves. Next time:" in page
