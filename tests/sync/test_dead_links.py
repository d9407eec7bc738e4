"""Links that a plan has forgotten: the part is asked for anew, and what was not read is never called done."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from apps.connections.models import Connection
from apps.plans.models import Plan
from apps.sync import progress
from apps.sync.models import SyncRun
from tests.claims.given import claims_of
from tests.fhir.stub import Reply, Stub, bundle, reply, serving
from tests.sync.changing import OUTCOME, Changing, plan
from tests.sync.looking import step

__all__ = ["plan"]
Bring = Callable[..., SyncRun]
EOB = "ExplanationOfBenefit"
BUSY = reply("", 429, Retry_After="600")


def at_page(page: int, *answers: Reply) -> Callable[[int], Reply | None]:
    """Return what gives these answers, one after the other, instead of that page."""
    left = list(answers)
    return lambda number: left.pop(0) if number == page and left else None


@pytest.mark.parametrize("status", [400, 410])
def test_a_link_that_dies_while_pages_are_read_is_asked_anew(
    bring: Bring, connection: Connection, plan: Changing, status: int
) -> None:
    """R-18: a plan that remembers links for a minute."""
    plan.before_page = at_page(3, reply(OUTCOME, status))
    run = bring()
    assert (run.state, len(claims_of(connection))) == (SyncRun.State.FINISHED, 5)
    assert (step(run, EOB).received, step(run, EOB).pages) == (5, 3)


def test_links_that_always_die_end_with_a_true_reason(
    bring: Bring, connection: Connection, plan: Changing, now: datetime
) -> None:
    plan.before_page = lambda number: reply(OUTCOME, 404) if number == 3 else None
    run = bring()
    assert (run.state, step(run, EOB).problem) == (SyncRun.State.PARTIAL, "rejected"), "it is offered"
    assert len(claims_of(connection)) == 4
    assert len(plan.asked) == 6
    words = next(step.words for step in progress.of(run=run, now=now).steps if step.title == "Your claims")
    assert "Last complete" not in words


@pytest.mark.parametrize(
    ("plan", "answer"),
    [(False, bundle()), (True, bundle(OUTCOME)), (True, bundle(total=0))],
    indirect=["plan"],
)
def test_a_forgotten_link_that_is_answered_with_nothing_is_not_taken_for_the_end(
    bring: Bring, connection: Connection, plan: Changing, answer: dict[str, object]
) -> None:
    """R-18: the update slept, and would have been called complete with two claims of five."""
    plan.before_page = at_page(2, BUSY, reply(answer))
    run = bring()
    assert run.state == SyncRun.State.WAITING
    run = bring(at=run.next_try_at)
    assert (run.state, len(claims_of(connection))) == (SyncRun.State.FINISHED, 5)


def test_a_plan_that_is_busy_before_its_empty_last_page_every_time_is_read_twice_at_most(
    bring: Bring, stub: Stub
) -> None:
    """A limit of so many pages a minute, which is reached at the same page each time."""
    eob = [{"resourceType": EOB, "id": "x", "patient": {"reference": "Patient/alice"}}]
    first = bundle(*eob, next=f"{EOB}?p=2")
    stub.on(EOB, *(first, BUSY, bundle()) * 9)
    run, tries = bring(), 1
    while run.is_active and tries < 9:
        run, tries = bring(at=run.next_try_at), tries + 1
    assert (run.state, tries) == (SyncRun.State.FINISHED, 3)


def test_an_update_goes_on_from_the_first_page_where_an_operator_gave_the_plan_another_address(
    bring: Bring, connection: Connection, plan: Changing, stub: Stub, now: datetime
) -> None:
    """R-20: the link that was kept leads to the address of before, where no token goes any more."""
    plan.before_page = at_page(2, BUSY)
    bring()
    asked_before = len(stub.asked)
    with serving() as moved:
        moved.scripts = stub.scripts
        Plan.objects.update(fhir_base_url=moved.base_url)
        connection.refresh_from_db()
        run = bring(at=now + timedelta(hours=1))
    assert len(stub.asked) == asked_before
    assert (run.state, len(claims_of(connection))) == (SyncRun.State.FINISHED, 5)
