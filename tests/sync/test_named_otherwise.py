"""Servers that want the member named otherwise: `Patient/id` for the bare id, `beneficiary` for `patient`."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from apps.connections.models import Connection
from apps.sync.models import PlanPace, SyncChange, SyncRun
from tests.claims.given import claims_of
from tests.fhir.stub import Query, Reply, Stub, bundle, reply
from tests.sync.conftest import COVERAGE, an_eob
from tests.sync.looking import step

Bring = Callable[..., SyncRun]
EOB = "ExplanationOfBenefit"
TYPES = {EOB: an_eob(1), "Coverage": COVERAGE}


def said(text: str) -> Reply:
    issue = {"severity": "error", "code": "invalid", "diagnostics": text}
    return reply({"resourceType": "OperationOutcome", "issue": [issue]}, 400)


@pytest.fixture
def asked(stub: Stub) -> Callable[[], list[str]]:
    """Return what says whose claims and coverages were asked for since the last call, in order."""

    def verb() -> list[str]:
        searches = [line for line in stub.asked if line.startswith((f"{EOB}?", "Coverage?"))]
        stub.asked.clear()
        return [line.partition("&")[0] for line in sorted(searches[:2]) + searches[2:]]

    return verb


@pytest.mark.parametrize("otherwise", [bundle(), "unknown parameter patient", "something is invalid"])
def test_records_that_are_found_by_a_reference_only_come_and_that_is_remembered(
    bring: Bring,
    stub: Stub,
    connection: Connection,
    now: datetime,
    asked: Callable[[], list[str]],
    otherwise: dict[str, object] | str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Both were empty, or refused, and the update was "up to date", or the plan's fault.

    What the first update brings is no news, though its first question came to an end without it.
    """
    for kind, record in TYPES.items():

        def answer(query: Query, record: object = record) -> Reply:
            if query["patient"] == "Patient/alice":
                return reply(bundle(record))
            return said(otherwise) if isinstance(otherwise, str) else reply(otherwise)

        stub.on(kind, answer)
    run = bring()
    assert (run.state, len(claims_of(connection))) == (SyncRun.State.FINISHED, 1)
    assert not SyncChange.objects.exists()
    assert f"wants {EOB} to be asked for in form 2" in caplog.text
    asked()
    bring(at=now + timedelta(days=1))
    assert asked() == [f"{kind}?patient=Patient/alice" for kind in sorted(TYPES)], "asked so at once"


def test_a_coverage_that_is_searched_by_its_beneficiary_only_comes(bring: Bring, stub: Stub) -> None:
    stub.on(
        "Coverage",
        lambda query: said("unknown parameter patient") if "patient" in query else reply(bundle(COVERAGE)),
    )
    run = bring()
    assert (run.state, step(run, "Coverage").received) == (SyncRun.State.FINISHED, 1)
    assert [line for line in stub.asked if "beneficiary" in line] == [
        "Coverage?beneficiary=Patient/alice&_count=100"
    ]


@pytest.mark.parametrize("guess", [reply(bundle()), said("invalid patient"), reply("", 500)])
def test_who_truly_has_nothing_costs_one_question_more(
    bring: Bring, stub: Stub, asked: Callable[[], list[str]], guess: Reply
) -> None:
    """And a refusal of that question is nothing that went wrong."""
    stub.on(EOB, bundle())
    stub.on("Coverage", lambda query: guess if "/" in query["patient"] else reply(bundle()))
    assert bring().state == SyncRun.State.FINISHED
    plain = [f"{kind}?patient=alice" for kind in sorted(TYPES)]
    assert asked() == [*plain, "Coverage?patient=Patient/alice"]
    assert not PlanPace.objects.get().forms, "what found nothing is not remembered"


@pytest.mark.parametrize("kind", list(TYPES))
def test_who_has_either_is_not_asked_for_otherwise(
    bring: Bring, stub: Stub, asked: Callable[[], list[str]], kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    for name, record in TYPES.items():
        stub.on(name, bundle(record) if name == kind else bundle())
    bring()
    assert len(asked()) == 2 and "form" not in caplog.text
