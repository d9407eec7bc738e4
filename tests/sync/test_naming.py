"""Names of people and places: none forgotten by a kill, and only what names change is read again."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.connections.models import Connection
from apps.sync.models import LEASE, SyncRun, WantedRecord
from tests.fhir.stub import Stub, bundle
from tests.sync.conftest import PRACTITIONER, an_eob
from tests.sync.looking import Interrupted, claim_of, raises, record_of, tried

Bring = Callable[..., SyncRun]
OTHER: dict[str, Any] = {"resourceType": "Practitioner", "id": "p2", "name": [{"text": "Omar Reyes"}]}


def test_what_a_stored_page_refers_to_is_asked_for_although_the_worker_was_killed(
    bring: Bring, connection: Connection, stub: Stub, now: datetime
) -> None:
    """B-01: the second worker reads page 2 only, which names nobody of page 1."""
    stub.on(
        "ExplanationOfBenefit",
        bundle(an_eob(1), next="ExplanationOfBenefit?page=2"),
        bundle(an_eob(2, provider={"display": "Clinic"}, insurer={"display": "Plan"})),
    )
    with pytest.raises(KeyboardInterrupt):
        bring(through=Interrupted(4, raises(KeyboardInterrupt())))
    run, later = connection.runs.get(), now + LEASE + timedelta(seconds=1)
    tried(run, later)
    assert run.state == SyncRun.State.FINISHED
    assert any("Practitioner?_id=p1" in url for url in stub.asked)
    names = {record_of(connection, n).provider for n in (1, 2)}
    assert names == {"Ruth Okafor", "Clinic"}


def test_only_claims_that_refer_to_a_name_are_read_again_when_it_changes(
    bring: Bring, connection: Connection, stub: Stub, now: datetime
) -> None:
    eobs = [an_eob(1), an_eob(2, provider={"reference": "Practitioner/p2"}), an_eob(3)]
    stub.on("ExplanationOfBenefit", bundle(*eobs))
    stub.on("Practitioner", bundle(PRACTITIONER, OTHER))
    bring()
    before = {number: claim_of(connection, number).entry for number in (1, 2, 3)}
    married = OTHER | {"name": [{"text": "Omar Reyes-Stein"}]}
    # Plans send who treated somebody with the claims, too.
    stub.on("ExplanationOfBenefit", bundle(*eobs, married))
    bring(at=now + timedelta(days=1))
    assert record_of(connection, 2).provider == "Omar Reyes-Stein"
    changed = [number for number, entry in before.items() if claim_of(connection, number).entry != entry]
    assert changed == [2]


def test_what_is_wanted_names_nobody_in_the_database(bring: Bring, connection: Connection) -> None:
    bring()
    rows = WantedRecord.objects.filter(connection=connection)
    assert rows.count() == 2
    assert all(b"Practitioner" not in bytes(row.sealed_reference) for row in rows)
