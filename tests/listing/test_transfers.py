"""Yearly counts as CMS-0057-F shapes them: nothing that tells of fewer than 11 people."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from time_machine import travel

from apps.accounts.models import Member
from apps.audit.models import AuditEntry
from apps.connections.models import Connection
from apps.listing.transfers import SMALLEST, Counted, TransferCount, keep, publishable, told
from apps.plans.models import Plan
from apps.sync.models import SyncRun, SyncStep

WHEN = datetime(2025, 6, 1, tzinfo=UTC)


@given(
    st.lists(
        st.tuples(st.integers(0, 60), st.integers(0, 60)).map(
            lambda pair: Counted("A plan", max(pair), min(pair))
        )
    )
)
def test_no_cell_under_11_is_published_and_none_that_another_would_give_away(rows: list[Counted]) -> None:
    kept = publishable(rows)
    assert len(kept) == sum(row.members >= SMALLEST for row in rows)
    for _payer, members, more in kept:
        assert members >= SMALLEST
        if more is not None:
            assert min(more, members - more) >= SMALLEST


@pytest.mark.parametrize(
    ("members", "more", "published"),
    [
        (10, 0, []),
        (11, 11, [(11, None)]),
        (11, 5, [(11, None)]),
        (40, 30, [(40, None)]),
        (40, 29, [(40, 29)]),
        (22, 11, [(22, 11)]),
        (12, 0, [(12, None)]),
    ],
)
def test_what_is_left_out_is_left_out_for_its_reason(members: int, more: int, published: list[Any]) -> None:
    assert [row[1:] for row in publishable([Counted("A", members, more)])] == published


def brought(
    plan: Plan,
    count: int,
    *,
    again: int = 0,
    state: str = "finished",
    at: datetime = WHEN,
    received: int = 3,
    member: Member | None = None,
) -> None:
    """Have *count* people updates at the plan, *again* of them a second one; of one *member* or of many."""
    for number in range(count):
        name = f"{uuid4().hex}@example.com"
        owner = member or Member.objects.create(email=name, password="!")
        made = Connection.objects.create(member=owner, plan=plan, connected_at=at)
        for day in range(2 if number < again else 1):
            moment = at + timedelta(days=day)
            run = SyncRun.objects.create(
                member=owner, connection=made, state=state, created_at=moment, next_try_at=moment,
                queued_at=moment, finished_at=moment,
            )  # fmt: skip
            SyncStep.objects.create(
                member=owner, run=run, position=1, resource_type="Patient", received=received
            )


def test_a_figure_that_is_left_out_is_told_as_left_out_and_not_as_none(db: None) -> None:
    keep(year=2025, rows=[Counted("Harborlight", 30, 5), Counted("Hill", 30, 15)], now=WHEN)
    assert "2025, Harborlight: 30 members with a transfer, left out with more than one." in told()
    assert "2025, Hill: 30 members with a transfer, 15 with more than one." in told()


def counted(year: int) -> str:
    out = StringIO()
    call_command("count_transfers", str(year), stdout=out)
    return out.getvalue()


def test_a_year_is_counted_once_and_when_it_is_over(db: None, client: Client) -> None:
    large, small = (
        Plan.objects.create(slug=name, name=name.title(), fhir_base_url=f"https://{name}.example/r4")
        for name in ("large", "small")
    )
    brought(large, 23, again=12)
    brought(large, 3, received=0)
    brought(large, 4, received=0, state="partial")
    brought(large, 2, at=WHEN.replace(year=2024))
    brought(small, 10)
    with travel(datetime(2025, 12, 31, 23, tzinfo=UTC)), pytest.raises(CommandError, match="not over"):
        counted(2025)
    assert "Large: 23 members, 12 with more than one" in (printed := counted(2025))
    assert "Small" not in printed
    entry = AuditEntry.objects.latest("number")
    assert (entry.action, json.loads(entry.changes)) == ("count_transfers", {"year": [None, 2025]})
    brought(large, 1, at=WHEN + timedelta(days=9))
    with pytest.raises(CommandError, match="second count would tell who left"):
        counted(2025)
    told = client.get("/app/annex/citizen/").content.decode()
    assert "2025, Large: 23 members with a transfer, 12 with more than one." in told
    assert "Small" not in told
    assert TransferCount.objects.count() == 1


def test_people_are_counted_not_accounts_and_what_came_not_how_it_ended(db: None, bob: Member) -> None:
    """CMS-0057-F counts a plan's members whose records went to an app: a family's account is several."""
    plan = Plan.objects.create(slug="acme", name="Acme", fhir_base_url="https://acme.example/r4")
    brought(plan, 12, member=bob, again=12)
    brought(plan, 11, state="failed")
    assert "Acme: 23 members, 12 with more than one" in counted(2025)
