"""Records without an id: none overwrites another, what comes again stays one, none counts twice."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.connections.models import Connection
from apps.fhir import identity
from apps.records.models import Catalogue, EarlierVersion, Record
from apps.sync.models import SyncChange, SyncMark, SyncRun
from tests.claims.given import approvals_of, claims_of, coverages_of
from tests.fhir.stub import Door, Stub, bundle, reply
from tests.sync.conftest import COVERAGE, an_eob
from tests.sync.looking import Interrupted, gone, mirrored, raises, step

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


@pytest.fixture
def as_before(
    connection: Connection, stub: Stub, bring: Bring, monkeypatch: pytest.MonkeyPatch
) -> Connection:
    """Return a connection whose records without id are stored under keys of an earlier version."""
    with monkeypatch.context() as patch:
        patch.setattr(identity, "made_of", dict)
        stub.on(
            KIND, bundle(nameless(), nameless(use="preauthorization", identifier=[NUMBER | {"value": "7"}]))
        )
        stub.on(
            "Coverage",
            bundle({key: value for key, value in COVERAGE.items() if key != "id"} | {"identifier": [NUMBER]}),
        )
        bring()
    Catalogue.objects.update(keyed_as=1)
    return connection


def test_records_stored_under_earlier_keys_are_found_again(
    as_before: Connection, bring: Bring, now: datetime
) -> None:
    run = bring(at=now + DAY)
    assert run.state == SyncRun.State.FINISHED
    for kind in (KIND, "Coverage"):
        counted = step(run, kind)
        assert (counted.new, counted.changed, counted.gone) == (0, 0, 0)
    assert not SyncChange.objects.exists()
    assert not Record.objects.exclude(gone_at=None).exists()
    assert (len(claims_of(as_before)), len(approvals_of(as_before)), len(coverages_of(as_before))) == (1,) * 3
    assert mirrored(as_before).count() == 2


def test_a_pass_cut_off_before_the_keys_changed_calls_nothing_gone(
    as_before: Connection, bring: Bring, stub: Stub, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, other = nameless(), nameless(**paid(250))
    stub.on(KIND, bundle(first, next=f"{KIND}?page=2"), bundle(other), bundle(first, other))
    with monkeypatch.context() as patch:
        patch.setattr(identity, "made_of", dict)
        with pytest.raises(KeyboardInterrupt):
            bring(at=now + DAY, through=Interrupted(4, raises(KeyboardInterrupt())))
    Catalogue.objects.update(keyed_as=1)
    stub.on(KIND, bundle(first, other))
    run = bring(at=now + 2 * DAY, through=Door())
    assert step(run, KIND).gone == 1, "the preauthorization, which is sent no more"
    assert mirrored(as_before).filter(gone_at=None).count() == 2


def test_a_claim_without_numbers_from_before_that_is_decided_anew_counts_once(
    connection: Connection, bring: Bring, stub: Stub, now: datetime
) -> None:
    """Its key is as it was, but the stamp it was stored with would have only changes asked for."""
    bare = {key: value for key, value in nameless().items() if key != "identifier"}
    stub.on(KIND, bundle(bare))
    bring()
    mirrored(connection).update(last_updated=now - DAY)
    SyncMark.objects.filter(resource_type=KIND).update(up_to=now - DAY)
    Catalogue.objects.update(keyed_as=1)
    stub.on(KIND, bundle(bare | paid(250)))
    run = bring(at=now + DAY)
    assert (step(run, KIND).is_full, step(run, KIND).gone) == (True, 1)
    assert len(claims_of(connection)) - len(gone(connection)) == 1


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
