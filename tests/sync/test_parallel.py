"""Many at the same moment, against a real database: clicks, schedulers, workers."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from apps.connections.models import Connection
from apps.plans.quirks import Quirks
from apps.sync import actions, leases, schedule, scheduler
from apps.sync.models import PlanPace, Refresh, SyncRun
from apps.sync.models.paces import NotNow
from apps.sync.pace import locked
from tests.at_once import at_once
from tests.quirks import set_quirks

State = SyncRun.State


@pytest.fixture
def alone(shared_database: None, connection: Connection) -> Connection:
    """Return Alice's connection in a database that threads share."""
    return connection


def test_many_clicks_on_update_now_are_one_update(alone: Connection, alice_client: Client) -> None:
    """R-36."""

    def click(_index: int) -> str:
        browser = Client()
        browser.cookies = alice_client.cookies
        return str(browser.post(reverse("sync:again", args=[alone.pk]))["Location"])

    pages = at_once(click, range(12))
    assert SyncRun.objects.count() == 1
    assert len(pages) == 12
    assert set(pages) == {SyncRun.objects.get().get_absolute_url()}
    assert DBTaskResult.objects.count() == 1


def test_many_schedulers_start_a_due_update_once(alone: Connection) -> None:
    """R-36, R-37."""
    schedule.begin(connection=alone, now=timezone.now())
    Refresh.objects.update(due_at=timezone.now() - timedelta(minutes=1))
    assert sum(at_once(lambda _index: scheduler.start_due(now=timezone.now()), range(10))) == 1
    assert SyncRun.objects.count() == 1


def test_many_workers_take_a_run_once(alone: Connection) -> None:
    run = actions.start(connection=alone, now=timezone.now())
    holds = at_once(lambda _index: leases.take(run_id=run.pk, now_fn=timezone.now), range(8))
    assert [hold is not None for hold in holds].count(True) == 1
    run.refresh_from_db()
    assert (run.fence, run.attempts) == (1, 1)


def test_a_plans_places_are_not_given_twice(
    shared_database: None,
    connection: Connection,
    django_user_model: Any,
) -> None:
    set_quirks(runs_at_once=3)
    people = [django_user_model.objects.create_user(f"m{n}@example.com", None) for n in range(8)]
    runs = [
        actions.start(
            connection=Connection.objects.create(
                member=member, plan=connection.plan, sealed_patient=b"", connected_at=timezone.now()
            ),
            now=timezone.now(),
        )
        for member in people
    ]
    holds = at_once(lambda run: leases.take(run_id=run.pk, now_fn=timezone.now), runs)
    assert [hold is not None for hold in holds].count(True) == 3
    assert SyncRun.objects.filter(state=State.RUNNING).count() == 3


def test_the_turns_of_a_plan_are_not_given_twice(alone: Connection) -> None:
    """R-13: twenty workers at one moment get moments that are all apart, or are told to come later."""
    from django.db import transaction  # noqa: PLC0415

    now, plan, quirks = timezone.now(), alone.plan, Quirks(requests_per_minute=600)

    def ask(_index: int) -> Any:
        try:
            with transaction.atomic():
                pace = locked(plan)
                turn = pace.take_turn(quirks, now=now)
                pace.save()
        except NotNow:
            return None
        return turn.at

    given = sorted(at for at in at_once(ask, range(20)) if at is not None)
    assert given == [now + timedelta(milliseconds=100) * index for index in range(16)]
    assert PlanPace.objects.count() == 1
