"""Plans whose stamps go back: what they have now is shown, and an answer out of order changes nothing."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.connections.models import Connection
from apps.records import mirror
from apps.sync.models import SyncChange, SyncRun
from apps.vault.boxes import box_for
from tests.fhir.stub import Stub, bundle
from tests.sync.changing import DAY, Changing, plan, stamp
from tests.sync.conftest import an_eob
from tests.sync.looking import row_of, step

__all__ = ["plan"]
Bring = Callable[..., SyncRun]
EOB = "ExplanationOfBenefit"
HOUR = timedelta(hours=1)


def status(connection: Connection) -> str:
    """Return the status of claim 1 as it is kept."""
    body = mirror.opened(box_for(connection.member), row_of(connection, 1))
    assert body is not None
    return str(json.loads(body)["status"])


def test_what_a_plan_restored_from_its_backup_is_shown_once_it_is_said_twice(
    bring: Bring, connection: Connection, plan: Changing, now: datetime
) -> None:
    """R-22, R-26: the withdrawn version says for ever that it is newer."""
    bring()
    before = plan.claims[1]
    plan.put(1, at=now, status="cancelled")
    bring(at=now + DAY)
    plan.claims[1] = before
    run = bring(at=now + DAY * 40)
    assert (step(run, EOB).is_full, status(connection)) == (True, "cancelled"), "a copy that lags behind?"
    run = bring(at=now + DAY * 41)
    assert (step(run, EOB).changed, status(connection)) == (1, "active")
    bring(at=now + DAY * 42)
    assert not step(bring(at=now + DAY * 43), EOB).is_full
    assert [change.what for change in SyncChange.objects.order_by("pk")] == ["changed", "changed"]


def test_a_correction_stamped_after_the_plans_clock_was_set_back_is_shown(
    bring: Bring, connection: Connection, plan: Changing, now: datetime
) -> None:
    """R-26, R-43: its clock was an hour ahead, and less than two days."""
    plan.put(1, at=now + HOUR)
    bring()
    plan.put(1, at=now + HOUR / 2, status="cancelled")
    bring(at=now + HOUR)
    bring(at=now + DAY)
    assert status(connection) == "cancelled"


def test_a_copy_of_the_plans_that_lags_behind_once_changes_nothing(
    bring: Bring, connection: Connection, plan: Changing, now: datetime
) -> None:
    before = plan.claims[1]
    plan.put(1, at=now, status="cancelled")
    after = plan.claims[1]
    bring()
    plan.claims[1] = before | stamp(now - HOUR)
    bring(at=now + HOUR)
    plan.claims[1] = after
    bring(at=now + DAY)
    bring(at=now + DAY * 2)
    assert not step(bring(at=now + DAY * 3), EOB).is_full, "its stamp is known again"
    assert status(connection) == "cancelled"
    assert not SyncChange.objects.exists()
    assert not connection.earlier_versions.exists()


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 1, 0)])
def test_two_versions_of_one_claim_in_every_answer_are_the_newer_one_in_any_order(
    bring: Bring, connection: Connection, stub: Stub, now: datetime, order: tuple[int, ...]
) -> None:
    """R-22: day after day, each on a page of its own."""
    pages: list[Any] = [
        an_eob(1, **stamp(now - DAY)),
        an_eob(1, **stamp(now), status="cancelled"),
        an_eob(2, **stamp(now - DAY)),
    ]
    first, second, third = (pages[number] for number in order)
    for day in range(4):
        stub.on(EOB, bundle(first, next=f"{EOB}?p=2"), bundle(second, next=f"{EOB}?p=3"), bundle(third))
        bring(at=now + DAY * day)
        assert status(connection) == "cancelled"
    assert not SyncChange.objects.exists()
