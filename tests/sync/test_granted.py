"""Only what the plan's answer allowed is asked for."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apps.connections.models import Connection
from apps.sync import progress
from apps.sync.models import SyncRun
from apps.vault.boxes import box_for
from tests.claims.given import claims_of, coverages_of
from tests.fhir.stub import Stub, reply
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


def test_o_27_what_was_granted_or_not_said_is_asked_for(
    bring: Bring, connection: Connection, now: datetime
) -> None:
    """O-27: v1 answers to v2 requests; a plan that does not say is asked, and may still refuse."""
    for day, scopes in enumerate(("patient/*.read", "patient/*.rs", "user/*.*", "", "plan-words-of-its-own")):
        grant(connection, scopes)
        run = bring(at=now + timedelta(days=day))
        assert run.state == State.FINISHED
        assert states(run) == ["done"] * 4, scopes


@pytest.mark.parametrize(
    ("also", "told"),
    [({"Organization"}, "1 name received. 1 name did not come"), (set(), "2 names did not come")],
)
def test_o_27_names_are_looked_up_only_where_that_was_granted(
    bring: Bring, connection: Connection, stub: Stub, also: set[str], told: str
) -> None:
    """O-27: doctors' names may be missing; that is not a failure."""
    granted = {"Patient", "Coverage", "ExplanationOfBenefit"} | also
    grant(connection, " ".join(f"patient/{kind}.rs" for kind in sorted(granted)))
    run = bring()
    assert kinds_asked(stub) == granted
    assert run.state == State.FINISHED
    (places,) = [part.words for part in shown(run) if part.title == "Doctors and places"]
    assert places == f"{told}: what was not allowed at your plan's sign-in is not asked for."


def test_o_27_when_everything_was_declined_nothing_is_asked(
    bring: Bring, connection: Connection, stub: Stub, alice_client: Client
) -> None:
    """O-27: and the page says so instead of pretending that nothing exists."""
    grant(connection, "openid launch/patient")
    run = bring()
    assert stub.asked == []
    assert run.state == State.FAILED
    page = alice_client.get(run.get_absolute_url()).content.decode()
    assert "not allowed at your plan" in page
    assert "sign in at Harborlight Health again and allow them there" in page


def test_o_27_a_wider_grant_of_the_next_sign_in_brings_the_rest(bring: Bring, connection: Connection) -> None:
    """O-27: what was declined once can be allowed later."""
    grant(connection, "patient/Coverage.rs")
    bring()
    grant(connection, ASKED)
    assert bring().state == State.FINISHED
    assert len(claims_of(connection)) == 3


ASKED_ONCE = "We asked for it once, when you connected, to learn whose records these are, and not again."
NO = reply({"resourceType": "OperationOutcome", "issue": [{"code": "forbidden"}]}, 403)


def shown(run: SyncRun) -> tuple[progress.StepShown, ...]:
    """Return the parts of a run as its page tells them."""
    return progress.of(run=SyncRun.objects.get(pk=run.pk), now=timezone.now()).steps


def words(run: SyncRun) -> list[str]:
    return [part.words for part in shown(run)]


def test_c_07_each_part_tells_its_own_cause_and_the_run_blames_none_for_all(
    bring: Bring, connection: Connection, stub: Stub
) -> None:
    """C-07: the person was not allowed and not asked; coverage allowed and refused; claims not understood."""
    grant(connection, "patient/Coverage.rs patient/ExplanationOfBenefit.rs")
    stub.on("Coverage", NO)
    stub.on("ExplanationOfBenefit", reply("", 400))
    run = bring()
    assert run.state == State.FAILED
    patient, coverage, claims, _places = words(run)
    assert patient == "This was not allowed at your plan's sign-in, so we did not ask for it."
    assert coverage == (
        "This was allowed at your plan's sign-in and we asked for it, but your plan's system refused it."
    )
    assert claims == "Your plan's system did not accept our question for this part."
    told = progress.of(run=run, now=timezone.now())
    assert told.lede == (
        "We could not bring your records from Harborlight Health. "
        "What stood in the way of each part is named below."
    )
    assert "Try again later" in told.advice


def test_c_07_who_refuses_what_it_never_said_it_granted_has_not_been_allowed_anything(
    bring: Bring, connection: Connection, stub: Stub
) -> None:
    """C-07: nobody knows what was allowed there: only that it was asked and refused."""
    grant(connection, "words-of-its-own")
    stub.on("Coverage", NO)
    assert words(bring())[1] == "Your plan did not let us read this part."


@pytest.mark.parametrize("name", ["Alice Adams", ""])
def test_c_07_a_person_who_was_asked_for_at_connecting_is_not_said_not_to_have_been(
    bring: Bring, connection: Connection, name: str
) -> None:
    """C-07: where nothing else says whose records these are, `Patient` is asked for once, allowed or not."""
    person = json.dumps({"id": "alice", "name": name}).encode()
    connection.sealed_patient = box_for(connection.member).seal(connection, "sealed_patient", person)
    connection.save()
    grant(connection, "patient/Coverage.rs patient/ExplanationOfBenefit.rs")
    assert (ASKED_ONCE in words(bring())[0]) is bool(name)
