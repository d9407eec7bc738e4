"""Whole runs against the demo payer over real HTTP, with its own people and with published payer data."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from apps.connections.models import Connection
from apps.demo_payer.demo_process import Running, start
from apps.sync import actions, runner
from apps.sync.models import SyncRun
from tests.claims.given import claims_of, coverages_of
from tests.demo_payer.member import CALLBACK
from tests.sync.conftest import Connect


def brought(connection: Connection) -> SyncRun:
    """Do one run through the connection's own access and return it."""
    run = actions.start(connection=connection, now=timezone.now())
    runner.run(run_id=run.pk, now_fn=timezone.now)
    run.refresh_from_db()
    return run


def test_a_chronic_story_arrives_whole_and_comes_again_unchanged(
    demo_payer: Running, connected: Connect
) -> None:
    connection = connected(demo_payer, "harold")
    run = brought(connection)
    assert run.state == SyncRun.State.FINISHED
    assert len(claims_of(connection)) > 20
    covered = coverages_of(connection)
    assert {(coverage.payer_phone, coverage.person) for coverage in covered} == {
        ("555-555-0100", "Harold Benning")
    }
    places = run.steps.get(resource_type="places")
    assert (places.received > 0, places.missing) == (True, 0)
    again = brought(connection)
    assert again.state == SyncRun.State.FINISHED
    assert [step.changed for step in again.steps.all()] == [0, 0, 0, 0]
    claims = again.steps.get(resource_type="ExplanationOfBenefit")
    assert not claims.is_full, "the second run asks for changes only"
    assert claims.received < len(claims_of(connection))


@pytest.fixture(params=["carin-bb-2.2.0", "cms-bb2-python-sdk"])
def folder(request: pytest.FixtureRequest, shared: Path) -> Path:
    """Return a folder of published payer data."""
    return shared / "fhir" / str(request.param)


@pytest.fixture
def published(folder: Path, tmp_path: Path) -> Iterator[Running]:
    """Return a demo payer that serves the folder."""
    with start(records=folder, var=tmp_path / "payer", redirect_uris=[CALLBACK]) as payer:
        yield payer


def resources_in(folder: Path) -> Iterator[dict[str, Any]]:
    for file in folder.glob("*.json"):
        resource = json.loads(file.read_bytes())
        yield resource
        yield from (entry.get("resource", {}) for entry in resource.get("entry", ()))


def test_every_claim_of_a_published_patient_arrives(
    folder: Path, published: Running, connected: Connect
) -> None:
    by_patient: dict[str, set[str]] = {}
    for claim in resources_in(folder):
        if claim.get("resourceType") == "ExplanationOfBenefit" and claim["use"] == "claim":
            patient = claim["patient"]["reference"].rpartition("/")[2]
            by_patient.setdefault(patient, set()).add(claim["id"])
    patient, expected = max(by_patient.items(), key=lambda item: len(item[1]))
    connection = connected(published, patient)
    run = brought(connection)
    assert run.state in (SyncRun.State.FINISHED, SyncRun.State.PARTIAL)
    assert run.steps.get(resource_type="ExplanationOfBenefit").unreadable == 0
    assert len(claims_of(connection)) == len(expected)
