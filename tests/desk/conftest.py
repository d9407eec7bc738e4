"""A plan that Alice is connected to, as rows alone: nothing at the desk asks a plan."""

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from apps.accounts.models import Member
from apps.appeals import rules
from apps.appeals.models import CheckedRule
from apps.audit import trail
from apps.connections.models import Connection
from apps.plans.models import Plan
from apps.sync import scheduler
from apps.sync.models import SyncRun
from tests.registered import registered

MINUTE = timedelta(minutes=1)


def a_plan(slug: str = "harborlight", *, is_registered: bool = True, **changes: Any) -> Plan:
    """Return the row of a plan that members can connect."""
    values = {"name": slug.title(), "fhir_base_url": f"https://{slug}.example/fhir"}
    known = {"registration": registered("ours", "the secret of the client")} if is_registered else {}
    return Plan.objects.create(slug=slug, **(values | known | changes))


def connected(plan: Plan, member: Member) -> Connection:
    """Return a permission that holds."""
    return Connection.objects.create(plan=plan, member=member, connected_at=timezone.now())


def waiting_run(connection: Connection, *, since: datetime) -> SyncRun:
    """Return an update that could have been done since then."""
    moments = dict.fromkeys(("next_try_at", "queued_at", "created_at"), since)
    return SyncRun.objects.create(connection=connection, member=connection.member, **moments)


def sends_others(plan: Plan, member: Member, *, at: datetime) -> None:
    """Have two updates of one connection refuse what is about other people."""
    connection = connected(plan, member)
    for number in range(2):
        run = SyncRun.objects.create(
            connection=connection, member=member, state="partial", created_at=at, queued_at=at, next_try_at=at
        )
        run.steps.create(
            member=member, position=0, resource_type="Coverage", state="done", misdirected=number + 4
        )


def free_bytes(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Have a disk of 100 GB, of which so much is free."""
    usage = SimpleNamespace(total=100 * 2**30, free=number)
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return whom this process called, which is nobody's answer: no plan, no mail server."""
    addresses: list[Any] = []

    def connect(_socket: Any, address: Any) -> None:
        addresses.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr("socket.socket.connect", connect)
    return addresses


@pytest.fixture
def plan(db: None) -> Plan:
    return a_plan()


@pytest.fixture
def connection(plan: Plan, alice: Member) -> Connection:
    return connected(plan, alice)


@pytest.fixture
def well(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a worker look, a backup made, every rule of appeals compared, and room on the disk."""
    scheduler.start_due(now=timezone.now())
    trail.record(action="backup")
    today = timezone.localdate()
    CheckedRule.objects.bulk_create(
        CheckedRule(rule=rule.key, version=rule.version, page="https://a.gov/", checked_on=today)
        for rule in rules.rules()
    )
    free_bytes(monkeypatch, 50 * 2**30)
