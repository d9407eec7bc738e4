"""Only what the plan's answer allowed is asked for."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from apps.connections.models import Connection
from apps.sync.models import SyncRun
from tests.claims.given import claims_of, coverages_of
from tests.fhir.stub import Stub
from tests.sync.looking import states, step

Bring = Callable[..., SyncRun]
State = SyncRun.State
ASKED = "openid launch/patient patient/*.rs"


def grant(connection: Connection, scopes: str) -> None:
    Connection.objects.filter(pk=connection.pk).update(scopes_asked=ASKED, scopes_granted=scopes)


def kinds_asked(stub: Stub) -> set[str]:
    return {asked.partition("?")[0].partition("/")[0] for asked in stub.asked}


@pytest.mark.parametrize("spelling", ["read", "rs"])
def test_o_27_a_kind_that_was_not_granted_is_never_asked_for(
    bring: Bring, connection: Connection, stub: Stub, alice_client: Client, spelling: str
) -> None:
    """O-27: granted `patient/Coverage` only, in either spelling; the member is told what is missing."""
    grant(connection, f"openid patient/Coverage.{spelling} fancy/thing")
    run = bring()
    assert kinds_asked(stub) == {"Coverage"}
    assert len(coverages_of(connection)) == 1
    assert (step(run, "ExplanationOfBenefit").state, step(run, "ExplanationOfBenefit").problem) == (
        "refused",
        "not_granted",
    )
    assert step(run, "Patient").problem == "not_granted"
    assert run.state == State.PARTIAL
    page = alice_client.get(run.get_absolute_url()).content.decode()
    assert "This was not allowed at your plan&#x27;s sign-in" in page


@pytest.mark.parametrize(
    "scopes", ["patient/*.read", "patient/*.rs", "user/*.*", "", "plan-words-of-its-own"]
)
def test_o_27_what_was_granted_or_not_said_is_asked_for(
    bring: Bring, connection: Connection, scopes: str
) -> None:
    """O-27: v1 answers to v2 requests; a plan that does not say is asked, and may still refuse."""
    grant(connection, scopes)
    run = bring()
    assert run.state == State.FINISHED
    assert states(run) == ["done"] * 4


def test_o_27_names_are_looked_up_only_where_that_was_granted(
    bring: Bring, connection: Connection, stub: Stub
) -> None:
    """O-27: doctors' names may be missing; that is not a failure."""
    grant(
        connection,
        "patient/Patient.rs patient/Coverage.rs patient/ExplanationOfBenefit.rs patient/Organization.rs",
    )
    run = bring()
    assert kinds_asked(stub) == {"Patient", "Coverage", "ExplanationOfBenefit", "Organization"}
    assert run.state == State.FINISHED
    assert step(run, "places").missing == 1


def test_o_27_when_everything_was_declined_nothing_is_asked(
    bring: Bring, connection: Connection, stub: Stub, alice_client: Client
) -> None:
    """O-27: and the page says so instead of pretending that nothing exists."""
    grant(connection, "openid launch/patient")
    run = bring()
    assert stub.asked == []
    assert run.state == State.FAILED
    assert "not allowed at your plan" in alice_client.get(run.get_absolute_url()).content.decode()


def test_o_27_a_wider_grant_of_the_next_sign_in_brings_the_rest(
    bring: Bring, connection: Connection, stub: Stub, now: Any
) -> None:
    """O-27: what was declined once can be allowed later."""
    grant(connection, "patient/Coverage.rs")
    bring()
    grant(connection, ASKED)
    assert bring().state == State.FINISHED
    assert len(claims_of(connection)) == 3
