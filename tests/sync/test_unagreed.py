"""G-22: from the day of a material change nothing is asked for who has not agreed, until they do."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from apps.accounts import policies
from apps.accounts.actions import agree, withdraw
from apps.accounts.models import Member
from apps.connections.access import Access
from apps.connections.errors import AskingStopped
from apps.connections.models import Connection
from apps.sync import actions, schedule, scheduler, turn
from apps.sync.models import Refresh, SyncRun
from config.policies import versions
from tests.claims.given import claims_of
from tests.conftest import signed_in
from tests.fhir.stub import Stub
from tests.new_policies import NEXT, next_version
from tests.sync.looking import tried

TOLD = datetime(2027, 3, 2, 12, 0, tzinfo=UTC)
EVE = datetime(2027, 4, 19, 16, 0, tzinfo=UTC)
HOLDS = datetime(2027, 4, 20, 16, 0, tzinfo=UTC)


@pytest.fixture
def changed(connection: Connection, settings: Any) -> Connection:
    """Return Alice's connection after she was told of a material change; she agreed to the version before."""
    agree(member=connection.member, version=versions()[0].version, now=TOLD)
    next_version(settings, is_material=True)
    policies.go_round(now=TOLD)
    return connection


def test_a_change_that_is_not_material_makes_nothing_wait(
    connection: Connection, bring: Callable[..., SyncRun], settings: Any
) -> None:
    agree(member=connection.member, version=versions()[0].version, now=TOLD)
    next_version(settings, is_material=False)
    policies.go_round(now=TOLD)
    assert bring(at=HOLDS).state == SyncRun.State.FINISHED


def test_what_is_due_waits_and_goes_on_by_itself(
    changed: Connection, bring: Callable[..., SyncRun], stub: Stub, bob: Member
) -> None:
    assert bring(at=EVE).state == SyncRun.State.FINISHED
    schedule.begin(connection=changed, now=EVE)
    Refresh.objects.update(due_at=HOLDS)
    asked = len(stub.asked)
    run = bring(at=HOLDS)
    assert (run.state, run.problem, run.attempts) == (SyncRun.State.WAITING, "", 0)
    later = HOLDS + timedelta(days=90)
    assert turn.next_run(now=later) is None
    assert scheduler.start_due(now=later) == 0
    assert len(stub.asked) == asked and len(claims_of(changed)) == 3, "nothing is asked, nothing lost"
    agree(member=bob, version=NEXT, now=later)
    assert turn.next_run(now=later) is None, "another member's yes is theirs"
    agree(member=changed.member, version=NEXT, now=later)
    assert turn.next_run(now=later) == run.pk
    assert bring(at=later).state == SyncRun.State.FINISHED


def test_a_run_under_way_rests_from_the_next_question_on(
    changed: Connection, door: Any, settings: Any
) -> None:
    """As of a plan that is paused: S-03."""
    run = actions.start(connection=changed, now=EVE)
    moments = iter([EVE] * 40)

    class Door:
        patient_id = door.patient_id

        def ask(self, url: str, form: str | None = None) -> Any:
            nonlocal moments
            moments = iter(())
            return door.ask(url, form)

    tried(run, lambda: next(moments, HOLDS), Door())
    assert (run.state, run.problem) == (SyncRun.State.WAITING, "unagreed")


def test_the_gate_on_the_way_out_is_shut(changed: Connection) -> None:
    access = object.__new__(Access)
    access._connection, access._now = changed, lambda: EVE
    access._stop_if_told()
    access._now = lambda: HOLDS
    with pytest.raises(AskingStopped, match="unagreed"):
        access._stop_if_told()


def test_the_member_reads_why_and_where_to_agree(
    changed: Connection, alice: Member, bring: Callable[..., SyncRun]
) -> None:
    bring(at=EVE)
    run = bring(at=HOLDS)
    with time_machine.travel(HOLDS, tick=False):
        browser = signed_in(alice)
        page = browser.get("/connections/").content.decode()
        assert "Paused until you agree" in page and 'href="/account/policies/"' in page
        assert "Update now" not in page
        told = browser.get(f"/sync/{run.pk}/").content.decode()
        assert "is not asked for anything new until you agree to the changed policies" in told
        answer = browser.post(f"/sync/connections/{changed.pk}/")
        assert (answer.status_code, answer.headers["Location"]) == (302, "/account/policies/")
        browser.post("/account/policies/", {"agree": NEXT})
        assert "Paused until you agree" not in browser.get("/connections/").content.decode()


def test_a_yes_that_was_taken_back_stops_what_it_allowed(changed: Connection) -> None:
    agree(member=changed.member, version=NEXT, now=EVE)
    assert not Connection.objects.stopped(now=HOLDS).exists()
    withdraw(member=changed.member, plan=None, now=EVE)
    assert Connection.objects.stopped(now=HOLDS).get() == changed
    assert changed.stopped_because(now=HOLDS) == "unagreed"
