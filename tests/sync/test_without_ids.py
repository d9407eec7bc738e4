"""Records without an id: none overwrites another, what comes again stays one, none counts twice."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.connections.models import Connection
from apps.records.models import EarlierVersion
from apps.sync.models import SyncRun
from tests.claims.given import claims_of
from tests.fhir.stub import Stub, bundle, reply
from tests.sync.conftest import an_eob
from tests.sync.looking import mirrored, step

type Json = dict[str, Any]
Bring = Callable[..., SyncRun]
DAY = timedelta(days=1)
KIND = "ExplanationOfBenefit"
NUMBER = {
    "type": {
        "coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "FILL"}],
    },
    "system": "https://plan.example/claims",
    "value": "7001",
}


def nameless(**changes: Any) -> Json:
    eob = an_eob(1, identifier=[NUMBER], meta={"lastUpdated": "2026-03-10T08:00:00Z"}) | changes
    return {key: value for key, value in eob.items() if key != "id"}


def paid(value: int) -> Json:
    """Return the elements of a claim of which so much was billed."""
    return {"total": [an_eob(1)["total"][0] | {"amount": {"value": value, "currency": "USD"}}]}


def current(connection: Connection) -> list[Any]:
    return [claim for claim in claims_of(connection) if claim.entry.is_current]


def test_two_claims_of_one_number_that_differ_are_both_kept(
    bring: Bring, connection: Connection, stub: Stub, now: datetime
) -> None:
    """On one page and on two; and the next run finds both unchanged."""
    first, other, third = nameless(), nameless(**paid(250)), nameless(**paid(300))
    stub.on(
        KIND,
        bundle(first, other, next=f"{KIND}?page=2"),
        bundle(third, first),
        bundle(third, first, other),
    )
    bring()
    assert mirrored(connection).count() == len(claims_of(connection)) == 3
    assert len(current(connection)) == 1, "one number, kind, day and patient"
    again = step(bring(at=now + DAY), KIND)
    assert (again.new, again.changed, again.gone, again.received) == (0, 0, 0, 3)
    assert not EarlierVersion.objects.exists()


def test_claims_of_one_number_on_other_days_are_both_listed(
    bring: Bring, connection: Connection, stub: Stub
) -> None:
    line = {"sequence": 1, "servicedDate": "2026-03-09", "productOrService": {"text": "Visit"}}
    later = line | {"servicedDate": "2026-03-20"}
    stub.on(KIND, bundle(nameless(item=[line]), nameless(item=[later])))
    bring()
    assert len(current(connection)) == 2


def test_a_new_stamp_or_wording_is_a_version_of_the_same_claim(
    bring: Bring, connection: Connection, stub: Stub, now: datetime
) -> None:
    stub.on(KIND, bundle(nameless()))
    bring()
    for day in range(1, 4):
        stub.on(KIND, bundle(nameless(disposition=f"Day {day}", created=f"2026-04-0{day}")))
        assert step(bring(at=now + day * DAY), KIND).changed == 1
    assert mirrored(connection).count() == len(claims_of(connection)) == 1
    assert EarlierVersion.objects.count() == 3


def test_a_claim_decided_anew_is_the_version_that_counts_after_the_same_run(
    bring: Bring, connection: Connection, stub: Stub, now: datetime
) -> None:
    """Its stamp does not let it be asked for as a change only, so the former one is found gone at once."""
    stub.on(KIND, bundle(nameless()))
    bring()
    newer = nameless(meta={"lastUpdated": "2026-05-01T08:00:00Z"}, **paid(250))
    stub.on(KIND, bundle(newer))
    run = bring(at=now + DAY)
    assert step(run, KIND).is_full
    assert mirrored(connection).filter(gone_at=None).count() == 1
    (counts,) = current(connection)
    assert counts.id == mirrored(connection).get(gone_at=None).pk
    assert len(claims_of(connection)) == 2


@pytest.mark.parametrize("depth", [90, 900, 5000])
def test_a_record_nested_too_deeply_keeps_no_other_away(
    bring: Bring, connection: Connection, stub: Stub, depth: int
) -> None:
    """R-28: whatever becomes of it, what stands beside it comes, and two of one number stay two."""
    deep = '{"a":' * depth + "1" + "}" * depth
    odd = [json.dumps(nameless(item=["?"], **paid(value))).replace('"?"', deep) for value in (100, 250)]
    texts = ",".join(f'{{"resource": {text}}}' for text in (*odd, json.dumps(an_eob(2))))
    stub.on(KIND, reply(f'{{"resourceType": "Bundle", "entry": [{texts}]}}'))
    assert bring().state in (SyncRun.State.FINISHED, SyncRun.State.PARTIAL)
    assert mirrored(connection).count() == 3
