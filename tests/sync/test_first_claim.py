"""The end of the funnel: the first claim of a connection is here."""

from collections.abc import Callable
from datetime import datetime

import pytest

from apps.connections import attempts
from apps.connections.models import Attempt, Connection
from apps.sync.models import SyncRun
from tests.claims.given import claims_of
from tests.fhir.stub import Stub
from tests.sync.conftest import an_eob, bundle

Bring = Callable[..., SyncRun]


@pytest.fixture
def attempt(connection: Connection, now: datetime) -> Attempt:
    """Return the try that led to the connection."""
    begun = attempts.start(plan=connection.plan, purpose="connect", now=now)
    attempts.advance(begun, Attempt.Stage.CONNECTED)
    connection.attempt = begun
    connection.save()
    return begun


def test_the_first_claim_that_is_saved_ends_the_funnel(bring: Bring, attempt: Attempt) -> None:
    """Point 8: started, redirected, returned, token, connected, first claim."""
    bring()
    attempt.refresh_from_db()
    assert attempt.stage == "first_claim"


def test_coverage_alone_and_what_is_no_claim_do_not(bring: Bring, attempt: Attempt, stub: Stub) -> None:
    """A prior authorization is shelved, and no claim is on screen."""
    stub.on("ExplanationOfBenefit", bundle({**an_eob(1), "use": "preauthorization"}))
    bring()
    attempt.refresh_from_db()
    assert attempt.stage == "connected"


def test_a_connection_without_an_attempt_is_read_all_the_same(bring: Bring, connection: Connection) -> None:
    """Attempts are forgotten after 400 days; connections are not."""
    assert bring().state == SyncRun.State.FINISHED
    assert claims_of(connection)
