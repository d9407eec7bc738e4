"""Names of people and places: none forgotten by a kill, and only what names change is read again."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from apps.connections.models import Connection
from apps.sync import running
from apps.sync.models import LEASE, SyncRun, SyncStep, WantedRecord
from tests.fhir.stub import Door, Stub, bundle
from tests.sync.conftest import PRACTITIONER, an_eob
from tests.sync.looking import Interrupted, claim_of, raises, record_of, step

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
    running.run(run_id=run.pk, now_fn=lambda: later, connect=lambda *_, **__: Door())
    run.refresh_from_db()
    assert run.state == SyncRun.State.FINISHED
    assert any("Practitioner?_id=p1" in url for url in stub.asked)
    names = {record_of(connection, n).provider for n in (1, 2)}
    assert names == {"Ruth Okafor", "Clinic"}


def test_a_list_looked_at_after_a_kill_has_every_claim_in_its_sums(
    bring: Bring, alice_client: Client
) -> None:
    """Nobody but the page writes the books then."""
    with pytest.raises(KeyboardInterrupt):
        bring(through=Interrupted(4, raises(KeyboardInterrupt())))
    html = alice_client.get("/claims/").content.decode()
    assert "2 claims" in html
    assert "still-reading" not in html


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


def test_a_record_the_plan_did_not_give_is_asked_for_again_by_the_next_run(
    bring: Bring, connection: Connection, stub: Stub, now: datetime
) -> None:
    stub.on("Practitioner", bundle())
    run = bring()
    assert (step(run, SyncStep.PLACES).received, step(run, SyncStep.PLACES).missing) == (1, 1)
    stub.on("Practitioner", bundle(PRACTITIONER))
    stub.on("ExplanationOfBenefit", bundle(an_eob(1), an_eob(2), an_eob(3)))
    run = bring(at=now + timedelta(days=1))
    assert (step(run, SyncStep.PLACES).received, step(run, SyncStep.PLACES).missing) == (2, 0)
    assert record_of(connection).provider == "Ruth Okafor"


def test_a_claim_of_the_same_bytes_is_not_read_again_and_counted_all_the_same(
    bring: Bring, stub: Stub, now: datetime
) -> None:
    broken = {"resourceType": "ExplanationOfBenefit", "id": "bad", "type": 7, "item": "x", "use": {"a": 1}}
    page = bundle(an_eob(1), an_eob(2, use="preauthorization"), broken)
    stub.on("ExplanationOfBenefit", page)
    first = step(bring(), "ExplanationOfBenefit")
    again = step(bring(at=now + timedelta(days=1)), "ExplanationOfBenefit")
    assert (again.unreadable, again.set_aside) == (first.unreadable, first.set_aside)
    assert again.set_aside == 1


def test_what_is_wanted_names_nobody_in_the_database(bring: Bring, connection: Connection) -> None:
    bring()
    rows = WantedRecord.objects.filter(connection=connection)
    assert rows.count() == 2
    assert all(b"Practitioner" not in bytes(row.sealed_reference) for row in rows)
