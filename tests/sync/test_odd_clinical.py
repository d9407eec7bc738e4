"""Oddities of how plans answer for clinical records (facts clinical 3), by number."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from apps.connections.models import Connection
from apps.sync import wording
from apps.sync.models import SyncRun, SyncStep
from tests.connections.conftest import shared_database
from tests.fhir.stub import Stub, bundle, reply
from tests.sync.changing import DAY
from tests.sync.looking import step
from tests.sync.test_clinical import a_record, consented

__all__ = ["consented", "shared_database"]
Bring = Callable[..., SyncRun]


def warning(issue: str, number: str) -> dict[str, Any]:
    """Return an outcome as Epic puts it among records: a code of FHIR's, and a number of its own."""
    details = {"coding": [{"system": "urn:oid:1.2.840.114350", "code": number}], "text": "It may not be all."}
    return {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "warning", "code": issue, "details": details}],
    }


@pytest.mark.parametrize(("issue", "number"), [("suppressed", "59204"), ("processing", "4119")])
def test_that_not_all_is_sent_is_said_of_its_type_alone_and_is_no_record(
    bring: Bring, stub: Stub, consented: Connection, issue: str, number: str
) -> None:
    """Oddity 26: Epic's warnings are entries of a bundle that was answered with 200."""
    stub.on("Condition", bundle(a_record("Condition", 1), warning(issue, number)))
    stub.on("Procedure", bundle(a_record("Procedure", 1)))
    run = bring()
    told = {
        name: wording.step_words(step(run, name), tells_changes=False) for name in ("Condition", "Procedure")
    }
    assert wording.WARNED in told["Condition"] and wording.WARNED not in told["Procedure"]
    assert not consented.records.filter(fhir_type="OperationOutcome").exists()
    assert consented.records.filter(fhir_type="Condition").count() == 1


def test_what_a_record_refers_to_and_the_plan_fails_on_is_missing_and_nothing_else_is(
    bring: Bring, stub: Stub, consented: Connection
) -> None:
    """Oddity 18: Cigna answers with 500 for records that others refer to."""
    gone = {"performer": [{"actor": {"reference": "Practitioner/gone", "display": "Dr. Ray"}}]}
    stub.on("Procedure", bundle(a_record("Procedure", 1, status="completed", **gone)))
    stub.on("Practitioner", reply("", 400))
    stub.on("Practitioner/gone", reply("", 500))
    run = bring()
    assert step(run, "Procedure").received == 1
    assert step(run, SyncStep.PLACES).missing >= 1
    assert consented.records.filter(fhir_type="Procedure").count() == 1


def test_a_version_that_differs_in_its_number_alone_is_no_change(
    bring: Bring, stub: Stub, consented: Connection, now: datetime
) -> None:
    """Oddity 10: Humana writes versionId 988 and a new lastUpdated each day."""
    for day, version in enumerate(("988", "989")):
        meta = {"versionId": version, "lastUpdated": f"2026-03-0{day + 1}T00:00:00Z"}
        stub.on("Goal", bundle(a_record("Goal", 1, lifecycleStatus="active", meta=meta)))
        run = bring(at=now + day * DAY)
    assert (step(run, "Goal").received, step(run, "Goal").changed) == (1, 0)
    stub.on("Goal", bundle(a_record("Goal", 1, lifecycleStatus="completed", meta={"versionId": "990"})))
    assert step(bring(at=now + 2 * DAY), "Goal").changed == 1
