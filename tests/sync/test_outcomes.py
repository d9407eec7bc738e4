"""What a plan says of its own trouble beside the records it sends."""

from collections.abc import Callable
from datetime import datetime

import pytest

from apps.connections.models import Connection
from apps.sync import progress
from apps.sync.models import SyncRun
from tests.claims.given import claims_of
from tests.fhir.stub import Stub, bundle
from tests.sync.changing import DAY
from tests.sync.conftest import an_eob
from tests.sync.looking import gone, step

Bring = Callable[..., SyncRun]
EOB = "ExplanationOfBenefit"


@pytest.mark.parametrize("severity", ["error", "fatal"])
@pytest.mark.parametrize("code", ["not-supported", "forbidden", "not-found", "value"])
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


@pytest.mark.parametrize("severity", ["warning", "information", None])
def test_a_mere_warning_beside_records_is_no_failure(bring: Bring, stub: Stub, severity: str | None) -> None:
    issue = {"resourceType": "OperationOutcome", "issue": [{"severity": severity, "code": "not-supported"}]}
    stub.on(EOB, bundle(issue, an_eob(1)))
    assert bring().state == SyncRun.State.FINISHED


def test_names_that_a_plan_does_not_find_are_no_failure_of_the_update(bring: Bring, stub: Stub) -> None:
    """Facts payers 5: references that lead nowhere are normal. Who is missing is counted."""
    issue = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "not-found"}]}
    stub.on("Practitioner", bundle(issue))
    run = bring()
    assert (run.state, step(run, "places").missing) == (SyncRun.State.FINISHED, 1)
