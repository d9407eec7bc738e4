"""Passes over what plans stamp, count and answer wrongly: no update stops, and no sum falls at once."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client

from apps.connections.models import Connection
from apps.kinds.coverage.kind import COVERAGE as COVERAGE_KIND
from apps.sync import progress
from apps.sync.models import SyncRun
from tests.claims.given import claims_of
from tests.fhir.stub import Stub, bundle, reply
from tests.sync.changing import DAY, Changing, plan, stamp
from tests.sync.conftest import COVERAGE, an_eob
from tests.sync.looking import claim_of, gone, key_of, mirrored, step

__all__ = ["plan"]
Bring = Callable[..., SyncRun]
EOB = "ExplanationOfBenefit"


def test_a_stamp_for_no_date_that_was_stored_earlier_is_no_mark(
    bring: Bring, connection: Connection, stub: Stub, now: datetime
) -> None:
    stub.on(EOB, bundle(an_eob(1)))
    bring()
    connection.records.update(last_updated=datetime(1, 1, 1, tzinfo=now.tzinfo))
    assert [bring(at=now + DAY * day).state for day in (1, 2)] == [SyncRun.State.FINISHED] * 2


def test_a_coverage_that_comes_back_with_claims_is_no_longer_called_gone(
    bring: Bring, connection: Connection, stub: Stub, now: datetime
) -> None:
    other = COVERAGE | {"id": "cov-2"}
    stub.on("Coverage", bundle(COVERAGE, other), bundle(COVERAGE))
    bring()
    bring(at=now + DAY)
    assert gone(connection, COVERAGE_KIND) == {key_of(connection, "Coverage/cov-2")}
    stub.on("Coverage", reply("", 500))
    stub.on(EOB, bundle(an_eob(1), other))
    bring(at=now + DAY * 2)
    assert gone(connection, COVERAGE_KIND) == set()


def test_when_most_is_missing_at_once_nothing_is_called_gone_before_it_is_said_twice(
    bring: Bring, connection: Connection, stub: Stub, now: datetime
) -> None:
    """A plan that has lost sight of one of its sources: sums would fall to nearly nothing.

    Most members have fewer than ten claims in a year.
    """
    number = 5
    stub.on(EOB, bundle(*(an_eob(n) for n in range(number))), bundle(an_eob(0)))
    bring()
    run = bring(at=now + DAY)
    assert (run.state, step(run, EOB).holds_back) == (SyncRun.State.PARTIAL, True)
    assert gone(connection) == set()
    shown = next(step for step in progress.of(run=run, now=now).steps if step.title == "Your claims")
    assert "Your plan sent fewer than half of them this time." in shown.words
    run = bring(at=now + DAY * 2)
    assert (step(run, EOB).gone, len(gone(connection))) == (number - 1, number - 1)


def test_a_change_that_slipped_between_two_pages_of_changes_comes_with_the_next_run(
    bring: Bring, connection: Connection, plan: Changing, now: datetime
) -> None:
    """R-23: stamped days before the newest one, so that a question from there on would never bring it."""
    bring()
    for number in (11, 12, 13, 14):
        plan.put(number, at=now + DAY * number / 2)
    plan.put(15, at=now + DAY * 10)

    def deletes(number: int) -> None:
        if number == 4:
            plan.claims.pop(1, None)

    plan.before_page = deletes
    run = bring(at=now + DAY * 10)
    assert not step(run, EOB).is_full
    assert not mirrored(connection).filter(source_key=key_of(connection, f"{EOB}/eob-12")).exists()
    bring(at=now + DAY * 11)
    assert claim_of(connection, 12)


def test_after_a_plan_gave_everything_new_ids_nothing_counts_twice_for_longer_than_until_the_next_run(
    bring: Bring, connection: Connection, plan: Changing, now: datetime
) -> None:
    """A move to another system; only a pass over everything tells that the former ids are gone."""
    bring()
    plan.claims = {n: an_eob(n, id=f"moved-{n}", **stamp(now + DAY / 2)) for n in range(1, 6)}
    assert not step(bring(at=now + DAY), EOB).is_full
    run = bring(at=now + DAY * 2)
    assert (step(run, EOB).is_full, step(run, EOB).gone) == (True, 5)
    assert len(claims_of(connection)) - len(gone(connection)) == 5
    bring(at=now + DAY * 3)
    assert not step(bring(at=now + DAY * 4), EOB).is_full


def test_an_answer_that_counts_records_and_holds_none_is_not_called_complete(
    bring: Bring, stub: Stub, now: datetime
) -> None:
    """A server that counts before it looks who asks. Every day, it is taken for what there is."""
    stub.on(EOB, bundle(total=5))
    run = bring()
    assert (run.state, step(run, EOB).holds_back) == (SyncRun.State.PARTIAL, True)
    shown = next(step for step in progress.of(run=run, now=now).steps if step.title == "Your claims")
    assert "Last complete" not in shown.words
    assert [bring(at=now + DAY * day).state for day in (1, 2, 3, 4)] == [SyncRun.State.FINISHED] * 4


def test_what_a_plan_makes_up_anew_for_every_answer_is_no_change(
    bring: Bring, connection: Connection, stub: Stub, now: datetime
) -> None:
    """A narrative with the time in it, ids of elements and of what is contained: nobody changed the claim."""

    def made_up(day: int) -> dict[str, object]:
        narrative = {"status": "generated", "div": f"<div>Made on day {day}</div>"}
        contained = {"resourceType": "Organization", "id": f"c{day}", "name": "Riverside Clinic"}
        extension = [{"id": f"e{day}", "url": "https://plan.example/x", "valueString": "y"}]
        provider = {"reference": f"#c{day}"}
        return an_eob(1, text=narrative, contained=[contained], extension=extension, provider=provider)

    for day in range(3):
        stub.on(EOB, bundle(made_up(day)))
        run = bring(at=now + DAY * day)
        assert step(run, EOB).changed == 0
    assert not connection.changes.exists()
    assert not connection.earlier_versions.exists()
    stub.on(EOB, bundle(made_up(3) | {"status": "cancelled"}))
    assert step(bring(at=now + DAY * 3), EOB).changed == 1


@pytest.mark.parametrize(("severity", "code"), [("error", "not-supported"), ("fatal", "not-found")])
def test_nothing_is_called_gone_while_a_plan_says_beside_its_records_that_it_failed(
    bring: Bring, connection: Connection, stub: Stub, now: datetime, severity: str, code: str
) -> None:
    """A plan that no longer supports a part may say so within an empty answer, with status 200, every day."""
    stub.on(EOB, bundle(an_eob(1), an_eob(2)))
    bring()
    issue = {"resourceType": "OperationOutcome", "issue": [{"severity": severity, "code": code}]}
    stub.on(EOB, bundle(issue, total=0))
    for day in (1, 2, 3):
        run = bring(at=now + DAY * day)
        assert (run.state, step(run, EOB).gone) == (SyncRun.State.PARTIAL, 0)
    assert (len(claims_of(connection)), gone(connection)) == (2, set())
    shown = next(step for step in progress.of(run=run, now=now).steps if step.title == "Your claims")
    assert "Your plan's system said that it could not send all of them this time." in shown.words


def test_a_mere_warning_beside_records_is_no_failure(bring: Bring, stub: Stub, now: datetime) -> None:
    for day, severity in enumerate(("warning", "information", None)):
        issue = {"severity": severity, "code": "not-supported"}
        stub.on(EOB, bundle({"resourceType": "OperationOutcome", "issue": [issue]}, an_eob(1)))
        assert bring(at=now + DAY * day).state == SyncRun.State.FINISHED


def test_a_remark_that_there_are_none_is_no_word_of_any_that_are_missing(bring: Bring, stub: Stub) -> None:
    """Facts clinical, oddity 26: Epic's 4101, "Resource request returns no results", is a warning. The page
    said that the plan could not send all of them, and no update of such a plan was ever whole."""
    issue = {"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "code": "processing"}]}
    stub.on(EOB, bundle(issue, total=0))
    assert bring().state == SyncRun.State.FINISHED


def test_names_that_a_plan_does_not_find_are_no_failure_of_the_update(bring: Bring, stub: Stub) -> None:
    """Facts payers 5: references that lead nowhere are normal. Who is missing is counted."""
    issue = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "not-found"}]}
    stub.on("Practitioner", bundle(issue))
    run = bring()
    assert (run.state, step(run, "places").missing) == (SyncRun.State.FINISHED, 1)


def test_what_a_plan_counts_and_never_sends_is_a_gap_and_nothing_is_called_gone(
    bring: Bring, connection: Connection, stub: Stub, now: datetime, alice_client: Client
) -> None:
    """A server that cuts at two and writes no `next`: the update was "up to date" without three of five."""
    stub.on(EOB, bundle(*(an_eob(number) for number in range(4)), total=4))
    bring()
    stub.on(EOB, bundle(an_eob(0), an_eob(1), total=5))
    runs = [bring(at=now + DAY * day) for day in (1, 2)]
    assert [(run.state, step(run, EOB).problem) for run in runs] == [(SyncRun.State.PARTIAL, "cut_short")] * 2
    assert gone(connection) == set() and len(claims_of(connection)) == 4
    assert "of which it counts 5 and sent 2" in step(runs[1], EOB).detail
    page = alice_client.get(runs[1].get_absolute_url()).content.decode()
    assert "counts more of these than it sent us" in page and "said that it could not" not in page
