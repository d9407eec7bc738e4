"""S-03: a paused plan, or the plan of a suspended member, is asked nothing new; nothing is lost by it."""

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connections as databases
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.actions import sign_out
from apps.accounts.models import Member
from apps.connections.access import Access
from apps.connections.models import Connection
from apps.demo_payer.demo_process import Running
from apps.outbound.door import Answer
from apps.plans.models import Plan
from apps.sync import actions, runner, schedule, scheduler, turn
from apps.sync.models import Refresh, SyncRun
from tests.connections.leaving import text
from tests.quirks import set_quirks
from tests.sync.conftest import Connect
from tests.sync.looking import mirrored

State = SyncRun.State
WHY = {"plan": "paused", "member": "suspended", "sessions": "signed_out"}
SOON = 5.0
"""Seconds within which everything rests."""


def stop(what: str) -> None:
    """Do what an operator does in the admin."""
    if what == "plan":
        Plan.objects.update(status="paused")
    elif what == "member":
        Member.objects.update(is_active=False)
    else:
        sign_out(member=Member.objects.get(email="alice@example.com"))


def go_on(what: str) -> None:
    """Take it back."""
    if what == "plan":
        Plan.objects.update(status="confirmed")
    elif what == "member":
        Member.objects.update(is_active=True)
    else:
        Client().force_login(Member.objects.get(email="alice@example.com"))


def asked(payer: Running) -> int:
    """Return how many records and tokens the payer was asked for."""
    seen = payer.seen()
    return seen["fhir"] + seen["token"]


def wait_for(is_so: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < give_up_at
        time.sleep(0.02)


def waits(run: SyncRun) -> bool:
    run.refresh_from_db()
    return run.state == State.WAITING


@pytest.mark.usefixtures("shared_database")
@pytest.mark.parametrize(("what", "lanes"), [("plan", 4), ("member", 1), ("sessions", 4)])
def test_s_03_a_run_under_way_rests_within_seconds_and_goes_on_without_loss(
    demo_payer: Running, connected: Connect, settings: Any, *, what: str, lanes: int
) -> None:
    """S-03: the payer counts: nothing new comes once the answers on their way are there."""
    settings.SYNC_LANES = lanes
    connection = connected(demo_payer, "harold")
    set_quirks(page_size=2)
    run = actions.start(connection=connection, now=timezone.now())
    demo_payer.control(reset=True)

    def work() -> None:
        try:
            runner.run(run_id=run.pk, now_fn=timezone.now)
        finally:
            databases.close_all()

    worker = threading.Thread(target=work)
    worker.start()
    wait_for(lambda: asked(demo_payer) >= 8)
    stop(what)
    at_most = asked(demo_payer) + lanes  # whose gate was passed just before
    worker.join(SOON)
    assert not worker.is_alive()
    assert waits(run), (run.state, run.problem)
    assert (run.problem, run.attempts) == (WHY[what], 0)
    assert asked(demo_payer) <= at_most
    before = asked(demo_payer)
    had = mirrored(connection).count()
    assert had
    assert_nothing_is_done(run)
    assert asked(demo_payer) == before

    go_on(what)
    assert turn.next_run(now=timezone.now()) == run.pk
    runner.run(run_id=run.pk, now_fn=timezone.now)
    run.refresh_from_db()
    claims = run.steps.get(resource_type="ExplanationOfBenefit")
    assert (run.state, claims.received) == (State.FINISHED, claims.total)
    assert had < mirrored(connection).count() == claims.total


def assert_nothing_is_done(run: SyncRun) -> None:
    """See that no worker takes the run, however it comes to it."""
    later = timezone.now() + timedelta(hours=2)
    assert actions.sweep(now=later) == 0
    assert turn.next_run(now=later) is None
    runner.run_next(hint=run.pk, now_fn=lambda: later)
    assert waits(run)


@pytest.mark.parametrize(("what", "kind"), [("member", "Practitioner")])
def test_s_03_names_are_not_asked_for_either(
    demo_payer: Running, connected: Connect, *, what: str, kind: str
) -> None:
    """S-03: what others refer to (WantedRecord) waits too, and comes afterwards."""
    connection = connected(demo_payer, "harold")
    counts: list[int] = []

    class Stopping:
        def __init__(self, access: Access) -> None:
            self.access, self.patient_id = access, access.patient_id

        def ask(self, url: str, form: str | None = None) -> Answer:
            if f"/{kind}" in f"/{url}" and not counts:
                stop(what)
                counts.append(asked(demo_payer))
            return self.access.ask(url, form)

    run = actions.start(connection=connection, now=timezone.now())
    runner.run(run_id=run.pk, now_fn=timezone.now, connect=lambda *a, **k: Stopping(Access(*a, **k)))
    assert waits(run)
    assert counts == [asked(demo_payer)]
    go_on(what)
    runner.run(run_id=run.pk, now_fn=timezone.now)
    run.refresh_from_db()
    places = run.steps.get(resource_type="places")
    assert (run.state, places.missing, places.received > 0) == (State.FINISHED, 0, True)


@pytest.mark.parametrize("what", ["plan", "member", "sessions"])
def test_s_03_scheduled_updates_rest_and_none_is_called_stuck(
    connection: Connection, now: datetime, what: str
) -> None:
    """S-03: not started, not lost, and no alarm of what an operator wanted."""
    schedule.begin(connection=connection, now=now)
    at = Refresh.objects.get().due_at
    assert at
    late = at + timedelta(days=30)
    Connection.objects.update(sealed_tokens=b"")
    stop(what)
    assert not Refresh.objects.stuck(now=late).exists()
    scheduler.start_due(now=at)
    assert not SyncRun.objects.exists()
    assert Refresh.objects.get().due_at == at
    go_on(what)
    assert Refresh.objects.due(now=at).exists()
    assert Refresh.objects.stuck(now=late).exists()


def test_s_03_a_kept_connections_run_is_over_although_its_plan_is_paused(
    connection: Connection, now: datetime
) -> None:
    run = actions.start(connection=connection, now=now)
    Connection.objects.update(status="kept")
    stop("plan")
    actions.sweep(now=now)
    run.refresh_from_db()
    assert run.state == State.ENDED


def test_s_03_the_member_reads_why_nothing_comes(
    alice_client: Client, connected: Connect, demo_payer: Running
) -> None:
    """S-03: on the run's page, on the connection's page, and after "Update now", which starts nothing."""
    connection = connected(demo_payer, "harold")
    stop("plan")
    page = alice_client.post(reverse("sync:again", args=[connection.pk]), follow=True)
    assert page.redirect_chain == [(connection.get_absolute_url(), 302)]
    assert "is paused" in text(page)
    assert "operator" in text(page)
    assert not SyncRun.objects.exists()
    shown = text(alice_client.get(connection.get_absolute_url()))
    assert "is paused" in shown
    assert "Update now" not in shown
    assert "by ourselves. Next time" not in shown
    run = actions.start(connection=connection, now=timezone.now())
    shown = text(alice_client.get(run.get_absolute_url()))
    assert "is paused" in shown
    assert "Nothing was lost" in shown
    assert "We are asking" not in shown
