"""G-22: from the day of a material change nothing is asked for who has not agreed, until they do."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from playwright.sync_api import Browser, Page, expect

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
from tests.journeys.conftest import beside, browser  # noqa: F401 - a fixture
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


@contextmanager
def her_page(chromium: Browser, live_server: Any, alice: Member, moment: datetime) -> Iterator[Page]:
    """Yield a page of a browser in which Alice signed in at that moment, which lasts."""
    with (
        time_machine.travel(moment, tick=False),
        beside(chromium, live_server.url, client=signed_in(alice)) as window,
    ):
        yield window.new_page()


@pytest.mark.journey
def test_a_member_is_told_ahead_then_asked_again_and_reads_on_after_the_yes(
    browser: Browser,  # noqa: F811 - the fixture
    live_server: Any,
    changed: Connection,
    alice: Member,
    bring: Callable[..., SyncRun],
) -> None:
    bring(at=EVE)
    with her_page(browser, live_server, alice, EVE) as page:
        page.goto("/connections/")
        expect(page.get_by_test_id("policies-news")).to_contain_text("change on April 20, 2027")
    run = bring(at=HOLDS)
    with her_page(browser, live_server, alice, HOLDS) as page:
        page.goto(f"/sync/{run.pk}/")
        told = "is not asked for anything new until you agree to the changed policies"
        expect(page.get_by_role("main")).to_contain_text(told)
        page.goto("/connections/")
        expect(page.get_by_role("main")).to_contain_text("Paused until you agree")
        expect(page.get_by_role("button", name="Update now")).to_have_count(0)
        page.get_by_test_id("policies-news").get_by_role("link").first.click()
        expect(page.get_by_test_id("changes")).to_have_text("We <b>ask</b> more.")
        page.get_by_test_id("agree").click()
        expect(page.get_by_test_id("agreed")).to_contain_text("April 20, 2027")
        page.goto("/connections/")
        expect(page.get_by_role("main")).not_to_contain_text("Paused until you agree")
    assert bring(at=HOLDS).state == SyncRun.State.FINISHED


def test_a_press_that_came_too_late_leads_to_where_one_agrees(
    changed: Connection, alice: Member, bring: Callable[..., SyncRun]
) -> None:
    bring(at=EVE)
    with time_machine.travel(HOLDS, tick=False):
        answer = signed_in(alice).post(f"/sync/connections/{changed.pk}/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/account/policies/")


def test_a_yes_that_was_taken_back_stops_what_it_allowed(changed: Connection) -> None:
    agree(member=changed.member, version=NEXT, now=EVE)
    assert not Connection.objects.stopped(now=HOLDS).exists()
    withdraw(member=changed.member, plan=None, now=EVE)
    assert Connection.objects.stopped(now=HOLDS).get() == changed
    assert changed.stopped_because(now=HOLDS) == "unagreed"
