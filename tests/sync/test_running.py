"""A run from beginning to end, with payers that behave and payers that do not."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.connections import attempts
from apps.connections.models import Attempt, Connection
from apps.records.models import Book
from apps.sync.models import MOST_ATTEMPTS, SyncRun, SyncStep
from tests.claims.given import claims_of, coverages_of
from tests.fhir.stub import Stub, bundle, reply
from tests.sync.conftest import COVERAGE, an_eob
from tests.sync.looking import (
    gone,
    page_of,
    record_of,
    row_of,
    states,
    step,
)

Bring = Callable[..., SyncRun]
State = SyncRun.State


def test_a_run_brings_person_coverage_claims_and_names(
    bring: Bring, connection: Connection, stub: Stub, now: datetime
) -> None:
    run = bring()
    assert run.state == State.FINISHED
    assert states(run) == ["done"] * 4
    assert len(claims_of(connection)) == 3
    assert len(coverages_of(connection)) == 1
    for record in (record_of(connection, 1), page_of(row_of(connection, 1))):
        assert (record.provider, record.payer) == ("Ruth Okafor", "Harborlight Health")
    assert record_of(connection).patient == "Alice Adams"
    assert stub.asked.count("Patient/alice") == 1
    assert (run.started_at, run.finished_at, run.lease_until) == (now, now, None)
    assert [step.received for step in run.steps.all()] == [1, 1, 3, 2]


def test_a_refused_part_does_not_stop_the_rest(bring: Bring, connection: Connection, stub: Stub) -> None:
    """R-11, payers.md rule 11."""
    stub.on("Coverage", reply({"resourceType": "OperationOutcome", "issue": [{"code": "forbidden"}]}, 403))
    run = bring()
    assert run.state == State.PARTIAL
    refused = step(run, "Coverage")
    assert (refused.state, refused.problem, refused.http_status) == ("refused", "not_allowed", 403)
    assert len(claims_of(connection)) == 3


def test_an_unreadable_claim_is_counted_and_the_good_ones_are_listed(
    bring: Bring, connection: Connection, stub: Stub
) -> None:
    broken = {
        "resourceType": "ExplanationOfBenefit",
        "id": "bad",
        "use": {"nonsense": True},
        "type": 7,
        "item": "x",
    }
    page = bundle(an_eob(1), broken, an_eob(2), {"no": "type"})
    page["entry"].append({"resource": "text"})
    stub.on("ExplanationOfBenefit", page)
    run = bring()
    assert len(claims_of(connection)) >= 2
    assert step(run, "ExplanationOfBenefit").unreadable >= 2
    assert run.state == State.PARTIAL


def test_claims_without_id_are_kept_listed_and_known_again(
    bring: Bring, connection: Connection, stub: Stub, now: datetime
) -> None:
    """Facts claims 1.1; two whose id is a word for "left out" (1.25) do not overwrite each other."""

    def nameless(number: int, **changes: Any) -> dict[str, Any]:
        eob = an_eob(number, identifier=[{"system": "https://plan.example/claims", "value": str(number)}])
        return {key: value for key, value in eob.items() if key != "id"} | changes

    ignored = [nameless(number, id="IGNORED_FIELD") for number in (3, 4)]
    stub.on("ExplanationOfBenefit", bundle(nameless(1), nameless(2), *ignored))
    run = bring()
    assert run.state == State.FINISHED
    assert step(run, "ExplanationOfBenefit").received == len(claims_of(connection)) == 4
    ids = {claim.id for claim in claims_of(connection)}
    stub.on("ExplanationOfBenefit", bundle(nameless(1, disposition="new"), nameless(2), *ignored))
    run = bring(at=now + timedelta(days=1))
    assert step(run, "ExplanationOfBenefit").changed == 1
    assert {claim.id for claim in claims_of(connection)} == ids


def test_an_unchanged_plan_writes_nothing_on_the_next_run(
    bring: Bring, connection: Connection, stub: Stub, now: datetime
) -> None:
    """Design decision 11: unchanged resources are skipped by digest."""
    bring()
    before = [list(rows.order_by("pk").values()) for rows in (connection.records, Book.objects)]
    stub.on("ExplanationOfBenefit", bundle(an_eob(1), an_eob(2), an_eob(3)))
    stub.asked.clear()
    run = bring(at=now + timedelta(days=1))
    assert run.state == State.FINISHED
    assert [step.changed for step in run.steps.all()] == [0, 0, 0, 0]
    assert [list(rows.order_by("pk").values()) for rows in (connection.records, Book.objects)] == before
    assert [url.partition("?")[0] for url in stub.asked] == [
        "Patient/alice",
        "Coverage",
        "ExplanationOfBenefit",
    ]


@pytest.mark.parametrize("answer", [reply("<html>Maintenance</html>"), reply('{"resourceType":"Bun')])
def test_html_and_broken_json_wait_for_another_try_and_stop_nothing_else(
    bring: Bring, connection: Connection, stub: Stub, now: datetime, answer: Any
) -> None:
    """R-16: the page is not committed, and asked for again later."""
    stub.on("Coverage", answer, bundle(COVERAGE))
    run = bring()
    assert (run.state, run.problem) == (State.WAITING, "not_fhir")
    assert states(run) == ["done", "waiting", "done", "waiting"]  # coverages refer to places too
    assert len(claims_of(connection)) == 3
    assert run.next_try_at > now
    run = bring(at=run.next_try_at)
    assert run.state == State.FINISHED
    assert len(coverages_of(connection)) == 1


def test_a_busy_plan_is_left_alone_as_long_as_it_asked(bring: Bring, stub: Stub, now: datetime) -> None:
    """R-13: the run sleeps in the database."""
    stub.on("Patient/alice", reply("", 429, Retry_After="600"))
    run = bring()
    assert (run.state, run.problem, run.lease_until) == (State.WAITING, "busy", None)
    assert now + timedelta(minutes=10) <= run.next_try_at < now + timedelta(minutes=11)
    assert stub.asked == ["Patient/alice"]
    bring(at=now + timedelta(minutes=9))
    assert stub.asked == ["Patient/alice"]
    assert run.attempts == 0, "waiting as asked is no try that failed"


def test_tries_end_and_the_run_says_so(bring: Bring, stub: Stub, now: datetime) -> None:
    for path in ("Patient/alice", "Coverage", "ExplanationOfBenefit"):
        stub.on(path, reply("", 500))
    at = now
    for _ in range(MOST_ATTEMPTS):
        run = bring(at=at)
        at = run.next_try_at
    assert (run.state, run.problem) == (State.FAILED, "plan_trouble")
    assert states(run) == ["problem", "problem", "problem", "done"]


def test_a_pass_that_ends_at_a_refused_link_calls_nothing_gone(
    bring: Bring, connection: Connection, stub: Stub, now: datetime
) -> None:
    """R-24: the page itself is kept, but it was not the last one."""
    bring()
    stub.on("ExplanationOfBenefit", bundle(an_eob(1), next="https://evil.example/fhir"))
    run = bring(at=now + timedelta(days=31))
    assert (run.state, step(run, "ExplanationOfBenefit").problem) == (State.PARTIAL, "next_refused")
    assert gone(connection) == set()


@pytest.mark.parametrize(("profile", "problem"), [("1uphealth", "endless"), ("standard", "")])
def test_the_plans_own_name_of_the_link_back_tells_a_loop(
    bring: Bring, connection: Connection, stub: Stub, profile: str, problem: str
) -> None:
    """R-21: 1upHealth calls it "prior"; a plan that does not may use the word as it likes."""
    type(connection.plan).objects.update(profile=profile)
    connection.refresh_from_db()
    page = bundle(an_eob(1), next="ExplanationOfBenefit?page=1")
    page["link"].append({"relation": "prior", "url": "ExplanationOfBenefit?page=1"})
    stub.on("ExplanationOfBenefit", page, bundle(an_eob(2)))
    assert step(bring(), "ExplanationOfBenefit").problem == problem


def test_a_page_over_the_limit_is_a_problem_of_its_part(
    bring: Bring, connection: Connection, stub: Stub, settings: Any
) -> None:
    settings.OUTBOUND_MAX_BYTES = 20_000
    stub.on("Coverage", reply(b" " * 30_000))
    run = bring()
    assert step(run, "Coverage").problem == "too_large"
    assert len(claims_of(connection)) == 3


def test_names_nobody_gives_are_counted_and_harm_nothing(
    bring: Bring, connection: Connection, stub: Stub
) -> None:
    """payers.md 5: 8 of 12 follow-up reads answer 500."""
    stub.on("Practitioner", reply("", 500))
    stub.on("Practitioner/p1", reply("", 500))
    run = bring()
    places = step(run, SyncStep.PLACES)
    assert (places.state, places.received, places.missing) == ("done", 1, 1)
    assert run.state == State.FINISHED
    assert len(claims_of(connection)) == 3


def test_departures_from_r4_are_counted_not_fatal(bring: Bring, connection: Connection, stub: Stub) -> None:
    """Design decision 6."""
    stub.on("Coverage", bundle({**COVERAGE, "order": "first", "surprise": 1}))
    run = bring()
    assert step(run, "Coverage").departures == 2
    assert len(coverages_of(connection)) == 1


@pytest.mark.parametrize(("use", "stage"), [("claim", "first_claim"), ("preauthorization", "connected")])
def test_the_first_claim_that_is_saved_ends_the_funnel(
    bring: Bring, connection: Connection, stub: Stub, now: datetime, use: str, stage: str
) -> None:
    """Started, redirected, returned, token, connected, first claim: of what is no claim none is on screen."""
    connection.attempt = attempts.start(plan=connection.plan, purpose="connect", now=now)
    attempts.advance(connection.attempt, Attempt.Stage.CONNECTED)
    connection.save()
    stub.on("ExplanationOfBenefit", bundle(an_eob(1, use=use)))
    bring()
    connection.attempt.refresh_from_db()
    assert connection.attempt.stage == stage
