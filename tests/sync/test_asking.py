"""Who is asked for by name, and when again: no bad record keeps a good one away, no name stays wrong."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from apps.connections.models import Connection
from apps.kinds.claim.kind import CLAIM
from apps.kinds.claim.records import ClaimRecord
from apps.sync import actions, references, runner
from apps.sync.models import SyncRun, SyncStep, WantedRecord
from tests.claims.given import claims_of, coverages_of
from tests.fhir.stub import Door, Stub, bundle, reply
from tests.sync.conftest import COVERAGE, ORGANIZATION, PRACTITIONER, an_eob
from tests.sync.looking import entries_of, key_of, record_of, step

type Json = dict[str, Any]
Bring = Callable[..., SyncRun]
DAY = timedelta(days=1)
MONTH = timedelta(days=31)
BAD = [f"a{number:02}" for number in range(30)]
"""Their ids come before the good one's, whoever sorts them."""


def eobs_by(*practitioners: str) -> Json:
    eobs = (
        an_eob(n, provider={"reference": f"Practitioner/{practitioner}"})
        for n, practitioner in enumerate(practitioners)
    )
    return bundle(*eobs)


def asked_for(stub: Stub, kind: str) -> list[str]:
    """Return the ids of this type that were asked for, alone or in a list, and forget what was asked."""
    urls = [url for url in stub.asked if url.startswith((f"{kind}?", f"{kind}/"))]
    stub.asked.clear()
    return [url.removeprefix(f"{kind}/").removeprefix(f"{kind}?_id=").partition("&")[0] for url in urls]


def married() -> Json:
    return PRACTITIONER | {"name": [{"given": ["Ruth"], "family": "Stein"}]}


def test_records_that_the_plan_does_not_have_keep_no_name_away(
    bring: Bring, connection: Connection, stub: Stub, now: datetime
) -> None:
    """Each run learns of some that they are not there, and asks for others first."""
    stub.on("Practitioner", reply("", 400))
    stub.on("Practitioner/p1", PRACTITIONER)
    stub.on("ExplanationOfBenefit", eobs_by("p1", *BAD))
    for day in range(5):
        run = bring(at=now + day * DAY)
        assert len(asked_for(stub, "Practitioner")) < len(BAD), "no run asks for all of them"
    assert (step(run, SyncStep.PLACES).received, step(run, SyncStep.PLACES).missing) == (2, len(BAD))
    assert "Ruth Okafor" in {record.provider for record in records_of(connection)}


def test_while_some_come_the_rest_is_asked_for_in_the_same_run(bring: Bring, stub: Stub) -> None:
    other = PRACTITIONER | {"id": "a"}
    stub.on("Practitioner", reply("", 400))
    stub.on("Practitioner/p1", PRACTITIONER)
    stub.on("Practitioner/a", other)
    stub.on("ExplanationOfBenefit", eobs_by("a", *BAD[:10], "p1"))
    assert step(bring(), SyncStep.PLACES).received == 3


def test_records_on_which_the_plan_fails_keep_no_name_away(bring: Bring, stub: Stub, now: datetime) -> None:
    """Oddity 18 (Cigna): 500 for ever is no word that they are not there: asked for in every run, last."""
    stub.on("Practitioner", reply("", 400))
    for bad in BAD:
        stub.on(f"Practitioner/{bad}", reply("", 500))
    stub.on("Practitioner/p1", PRACTITIONER)
    stub.on("ExplanationOfBenefit", eobs_by("p1", *BAD))
    for day in range(5):
        run = bring(at=now + day * DAY)
    assert step(run, SyncStep.PLACES).received == 2
    stub.on(f"Practitioner/{BAD[0]}", PRACTITIONER | {"id": BAD[0]})
    for day in range(5, 10):
        run = bring(at=now + day * DAY)
    assert step(run, SyncStep.PLACES).received == 3


def test_what_the_plan_does_not_have_is_asked_for_less_and_less(
    bring: Bring, connection: Connection, stub: Stub, now: datetime
) -> None:
    stub.on("Practitioner", bundle())
    days = []
    for day in range(33):
        bring(at=now + day * DAY)
        if asked_for(stub, "Practitioner"):
            days.append(day)
    gaps = [after - before for before, after in pairwise(days)]
    assert days[:2] == [0, 1]
    assert gaps == sorted(gaps)
    assert 4 <= len(days) <= 8
    stub.on("Practitioner", bundle(PRACTITIONER))
    run = actions.start(connection=connection, now=now + 34 * DAY, everything=True)
    runner.run(run_id=run.pk, now_fn=lambda: now + 34 * DAY, connect=lambda *_, **__: Door())
    assert record_of(connection).provider == "Ruth Okafor"
    assert set(WantedRecord.objects.values_list("fruitless", flat=True)) == {0}


def test_a_corrected_name_is_in_its_claims_within_a_month(
    bring: Bring, connection: Connection, stub: Stub, now: datetime
) -> None:
    bring()
    stub.on("Practitioner", bundle(married()))
    stub.on("Organization", bundle(ORGANIZATION | {"name": "Harborlight Mutual"}))
    bring(at=now + DAY)
    assert record_of(connection).provider == "Ruth Okafor"
    asked_for(stub, "Practitioner")
    run = bring(at=now + MONTH)
    assert step(run, SyncStep.PLACES).changed == 2
    assert {record.provider for record in records_of(connection)} == {"Ruth Stein"}
    assert payers_of(connection) == ("Harborlight Mutual",)
    assert asked_for(stub, "Practitioner") == ["p1"]
    bring(at=now + MONTH + DAY)
    assert asked_for(stub, "Practitioner") == []


def test_an_unchanged_name_costs_a_question_and_reads_no_claim_again(
    bring: Bring, connection: Connection, stub: Stub, now: datetime
) -> None:
    bring()
    before = entries_of(connection, CLAIM)
    asked_for(stub, "Practitioner")
    run = bring(at=now + MONTH)
    assert asked_for(stub, "Practitioner") == ["p1"]
    assert (step(run, SyncStep.PLACES).new, step(run, SyncStep.PLACES).changed) == (0, 0)
    assert entries_of(connection, CLAIM) == before


def test_a_run_that_goes_on_asks_nobody_twice(
    bring: Bring, connection: Connection, stub: Stub, now: datetime
) -> None:
    """Neither for what is not there nor for what came, also where everything is read again."""
    bring()
    stub.on("Practitioner", bundle())
    stub.on("ExplanationOfBenefit", bundle(an_eob(1), an_eob(2, provider={"reference": "Practitioner/p2"})))
    stub.on("Coverage", reply("<html>maintenance</html>", 200), bundle(COVERAGE))
    stub.asked.clear()
    run = actions.start(connection=connection, now=now + DAY, everything=True)
    for minutes in (0, 1):
        at = now + DAY + timedelta(minutes=minutes)
        runner.run(run_id=run.pk, now_fn=lambda: at, connect=lambda *_, **__: Door())  # noqa: B023
    run.refresh_from_db()
    assert run.state == SyncRun.State.FINISHED
    assert asked_for(stub, "Practitioner") == ["p1,p2", "p1", "p2"], "in a list, then alone"


def test_who_left_a_plan_keeps_the_name_that_was_sent(
    bring: Bring, connection: Connection, stub: Stub, now: datetime
) -> None:
    """The claim still says it, and the plan is not asked again before another month."""
    bring()
    stub.on("Practitioner", bundle())
    bring(at=now + MONTH)
    assert record_of(connection).provider == "Ruth Okafor"
    asked_for(stub, "Practitioner")
    bring(at=now + MONTH + DAY)
    assert asked_for(stub, "Practitioner") == []


def test_only_those_are_asked_for_again_that_something_here_refers_to(
    bring: Bring, stub: Stub, now: datetime
) -> None:
    """The payer is named by the coverage alone, the doctor's role by a claim, the doctor by the role."""
    role = {
        "resourceType": "PractitionerRole",
        "id": "r1",
        "practitioner": {"reference": f"{stub.base_url}/Practitioner/p1"},
    }
    nobody: Json = {"display": "Somebody"}
    absolute = {"reference": f"{stub.base_url}/PractitionerRole/r1"}
    stub.on("Coverage", bundle(COVERAGE))
    stub.on("PractitionerRole", bundle(role))
    kept = an_eob(1, provider=absolute, insurer=nobody)
    left = an_eob(2, provider={"reference": "Practitioner/p2"}, insurer=nobody)
    stub.on("Practitioner", bundle(PRACTITIONER, PRACTITIONER | {"id": "p2"}))
    stub.on("ExplanationOfBenefit", bundle(kept, left))
    bring()
    stub.on("ExplanationOfBenefit", bundle(kept))
    bring(at=now + DAY)
    bring(at=now + 2 * DAY)  # what is called gone is looked for once more
    stub.asked.clear()
    bring(at=now + MONTH)
    asked = [url for url in stub.asked if "_id=" in url]
    assert sorted(url.partition("&")[0] for url in asked) == [
        "Organization?_id=o1",
        "Practitioner?_id=p1",
        "PractitionerRole?_id=r1",
    ]


def test_a_run_asks_for_so_many_again_and_the_next_for_the_rest(
    bring: Bring, stub: Stub, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(references, "MOST_AGED", 3)
    people = [PRACTITIONER | {"id": f"p{number}"} for number in range(5)]
    stub.on(
        "Practitioner",
        lambda query: reply(
            bundle(*(person for person in people if person["id"] in query["_id"].split(",")))
        ),
    )
    stub.on("ExplanationOfBenefit", eobs_by(*(person["id"] for person in people)))
    bring()
    asked_for(stub, "Practitioner")
    bring(at=now + MONTH)
    bring(at=now + MONTH + DAY)
    bring(at=now + MONTH + 2 * DAY)
    asked = [id_ for url in asked_for(stub, "Practitioner") for id_ in url.split(",")]
    assert sorted(asked) == [person["id"] for person in people]


def records_of(connection: Connection) -> list[ClaimRecord]:
    return [CLAIM.open_brief(claim.entry.brief) for claim in claims_of(connection)]


def payers_of(connection: Connection) -> tuple[str, ...]:
    (covered,) = coverages_of(connection)
    return covered.payers


@pytest.mark.parametrize("id_", ["p9", None], ids=["another id", "no id"])
def test_who_is_answered_for_under_another_id_is_asked_for_once(
    bring: Bring, stub: Stub, now: datetime, id_: str | None
) -> None:
    """R-21: a plan that merged two records, or leaves ids out: no name, but no questions without end."""
    other = {key: value for key, value in (PRACTITIONER | {"id": id_}).items() if value}
    stub.on("Practitioner", reply("", 400))
    stub.on("Practitioner/p1", *[reply(other)] * 40, reply("", 404))
    run = bring()
    assert asked_for(stub, "Practitioner").count("p1") <= 2, "once in a list, once alone"
    assert (run.state, step(run, SyncStep.PLACES).missing) == (SyncRun.State.FINISHED, 1)
    bring(at=now + timedelta(hours=1))
    assert asked_for(stub, "Practitioner") == []


def test_a_damaged_note_of_whom_to_ask_for_stops_no_update_and_is_made_anew(
    bring: Bring, connection: Connection, stub: Stub, now: datetime
) -> None:
    """R-21: it is forgotten; the next claim that names the same person has it noted again."""
    bring()
    damaged = WantedRecord.objects.filter(source_key=key_of(connection, "Practitioner/p1"))
    damaged.update(sealed_reference=b"\x02" * 60)
    connection.records.filter(fhir_type="Practitioner").delete()
    assert bring(at=now + DAY).state == SyncRun.State.FINISHED
    assert not damaged.exists()
    stub.on("ExplanationOfBenefit", bundle(*map(an_eob, (1, 2, 3, 7))))
    assert bring(at=now + 2 * DAY).state == SyncRun.State.FINISHED
    assert damaged.exists()
    assert connection.records.filter(fhir_type="Practitioner").exists()


def test_a_damaged_note_of_who_is_here_stops_no_update(
    bring: Bring, connection: Connection, now: datetime
) -> None:
    bring()
    WantedRecord.objects.update(sealed_reference=b"\x02" * 60)
    assert bring(at=now + MONTH).state == SyncRun.State.FINISHED
    assert record_of(connection).provider == "Ruth Okafor"
