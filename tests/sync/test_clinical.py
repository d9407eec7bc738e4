"""Clinical records: asked for under a consent alone, after all claims, in forms that the plan takes."""

from collections.abc import Callable
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from apps.connections.models import Connection
from apps.outbound.door import Answer
from apps.records.models import Record
from apps.sync import clinical, wording
from apps.sync.models import SyncChange, SyncRun, SyncStep
from apps.sync.models.paces import PlanPace
from config.fhir_types import CLINICAL as CLINICAL_CONSENT
from config.fhir_types import fhir_types
from tests.fhir.stub import Door, Reply, Stub, bundle, reply
from tests.sync.conftest import an_eob
from tests.sync.looking import EOB, step
from tests.sync.test_none_found import stated

type Json = dict[str, Any]
CLINICAL = fhir_types(CLINICAL_CONSENT)
DAY = timedelta(days=1)
OBSERVATION, ORDER = "Observation", "MedicationRequest"
PERSON = {"reference": "Patient/alice"}


def a_record(kind: str, number: int, **more: Any) -> Json:
    whose = "patient" if kind in ("AllergyIntolerance", "Immunization") else "subject"
    return {"resourceType": kind, "id": f"{kind}-{number}", whose: PERSON} | more


def asked(stub: Stub, kind: str) -> list[str]:
    """Return what the plan was asked for of a type, without whose it is and how many."""
    told = [url.partition("?")[2].split("&") for url in stub.asked if url.partition("?")[0] == kind]
    return [
        "&".join(part for part in query if not part.startswith(("patient=", "_count="))) for query in told
    ]


def test_what_a_wildcard_brings_is_neither_asked_for_nor_kept_without_a_consent_to_it(
    bring: Callable[..., SyncRun], stub: Stub, connection: Connection
) -> None:
    Connection.objects.update(scopes_granted="patient/*.read", scopes_asked="patient/*.read")
    extra = [a_record(kind, 1) for kind in CLINICAL]
    stub.on(EOB, bundle(an_eob(1), *extra))
    stub.on("Coverage", bundle(*extra))
    run = bring()
    assert run.state == SyncRun.State.FINISHED
    assert not [url for url in stub.asked if url.partition("?")[0].split("/")[0] in CLINICAL]
    assert not Record.objects.filter(fhir_type__in=CLINICAL).exists()
    assert connection.records.filter(fhir_type=EOB).count() == 1


def test_the_same_is_kept_with_a_consent_to_it(
    bring: Callable[..., SyncRun], stub: Stub, consented: Connection
) -> None:
    """So is what nobody asked for; a bill and a log book are neither claims nor care, and are not."""
    task = {"resourceType": "Task", "id": "t1", "for": PERSON}
    others = [a_record("Account", 1), a_record("AuditEvent", 1)]
    stub.on(EOB, bundle(an_eob(1), a_record("Condition", 1), task, *others))
    assert bring().state == SyncRun.State.FINISHED, "what a plan does not share is no gap"
    kept = consented.records.filter(fhir_type__in=[*CLINICAL, "Account", "AuditEvent"])
    assert sorted(kept.values_list("fhir_type", flat=True)) == ["Condition", "Task"]
    assert asked(stub, "Task") == []


def test_what_nobody_asked_for_is_news_when_it_comes_and_never_said_to_be_gone(
    bring: Callable[..., SyncRun], stub: Stub, consented: Connection, now: datetime
) -> None:
    """What the first update brought is none; that it stays away tells nothing, as no answer holds all."""
    first, second = ({"resourceType": "Task", "id": name, "for": PERSON} for name in ("t1", "t2"))
    told = []
    for day, task in enumerate((first, second, second | {"status": "completed"})):
        stub.on(EOB, bundle(an_eob(1), task))
        run = bring(at=now + 40 * day * DAY)
        told.append(list(SyncChange.objects.filter(run_id=run.pk).values_list("what", flat=True)))
    assert told == [[], ["new"], ["changed"]]
    assert consented.records.filter(fhir_type="Task", gone_at=None).count() == 2


@pytest.mark.usefixtures("shared_database", "consented")
def test_clinical_records_are_asked_for_when_every_claim_and_its_names_are_here(
    bring: Callable[..., SyncRun], stub: Stub, settings: Any
) -> None:
    settings.SYNC_LANES = 4
    stub.on(OBSERVATION, bundle(a_record(OBSERVATION, 1)))
    assert bring().state == SyncRun.State.FINISHED
    assert Record.objects.filter(fhir_type=OBSERVATION).count() == 1
    types = [url.partition("?")[0].split("/")[0] for url in stub.asked]
    first = min(place for place, kind in enumerate(types) if kind in CLINICAL)
    assert set(types[:first]) == {"Patient", "Coverage", EOB, "Organization", "Practitioner"}
    assert set(types[first:]) <= {*CLINICAL, "metadata"}


@pytest.mark.usefixtures("consented")
def test_of_a_plans_server_is_noted_what_it_refuses_or_lacks_and_nothing_of_members(
    bring: Callable[..., SyncRun], stub: Stub
) -> None:
    """Neither that records came nor that none did: the next member of the plan would be told of this one."""
    stub.on(OBSERVATION, bundle(a_record(OBSERVATION, 1)))
    stub.on("Condition", bundle())
    stub.on("Goal", lambda _: reply("{}", 403))
    stub.on("Procedure", lambda _: reply("{}", 404))
    bring()
    met = PlanPace.objects.get().met
    assert (met["Goal"]["state"], met["Procedure"]["state"]) == ("refused", "not_offered")
    assert met.keys() <= CLINICAL.keys() - {OBSERVATION, "Condition"}
    assert all(held.keys() == {"state", "at"} for held in met.values())


def test_what_a_release_before_kept_of_members_records_with_a_plan_goes(
    bring: Callable[..., SyncRun], stub: Stub, consented: Connection
) -> None:
    """By the migration, and where a process of that release wrote it again meanwhile, by the next answer."""
    migration = import_module("apps.sync.migrations.0004_nothing_of_members_records")
    pace, _ = PlanPace.objects.get_or_create(plan=consented.plan)
    answers = ("records", "empty", "answered")
    told = {
        name: {"state": state, "at": "2026-11-01T00:00:00+00:00"}
        for name, state in zip(CLINICAL, (*answers, "refused", "not_offered"), strict=False)
    }
    PlanPace.objects.update(met=told)
    migration.forget_answers(apps, None)
    pace.refresh_from_db()
    assert [held["state"] for held in pace.met.values()] == ["refused", "not_offered"]
    PlanPace.objects.update(met={OBSERVATION: {"state": "records", "at": "2999-01-01T00:00:00+00:00"}})
    stub.on(OBSERVATION, bundle(a_record(OBSERVATION, 1)))
    bring()
    assert OBSERVATION not in PlanPace.objects.get().met


def test_a_consent_taken_back_while_records_come_holds_from_the_next_page_on(
    bring: Callable[..., SyncRun], stub: Stub, consented: Connection
) -> None:
    class TakingBack(Door):
        def ask(self, url: str, form: str | None = None) -> Answer:
            answer = super().ask(url, form)
            if "/Condition?" in url:  # on its way to us
                Connection.objects.update(clinical_since=None)
            return answer

    stub.on("Condition", bundle(a_record("Condition", 1)))
    stub.on(OBSERVATION, bundle(a_record(OBSERVATION, 1)))
    run = bring(through=TakingBack("alice"))
    assert not Record.objects.filter(fhir_type__in=CLINICAL).exists()
    assert step(run, OBSERVATION).state in (SyncStep.State.DONE, SyncStep.State.REFUSED)


@pytest.mark.usefixtures("shared_database")
@pytest.mark.parametrize(("lanes", "erase"), [(0, False), (4, False), (4, True)])
def test_after_an_end_nothing_more_is_asked_and_what_is_kept_is_not_called_gone(
    bring: Callable[..., SyncRun],
    stub: Stub,
    consented: Connection,
    now: datetime,
    settings: Any,
    lanes: int,
    erase: bool,
) -> None:
    """The last page comes after the end: with it alone the pass would look whole, and the rest gone."""

    class Ending(Door):
        def ask(self, url: str, form: str | None = None) -> Answer:
            answer = super().ask(url, form)
            if "Condition?page=2" in url:
                clinical.end(connection=consented, erase=erase)
            return answer

    pages = bundle(*(a_record("Condition", number) for number in (1, 2)), next="Condition?page=2")
    last = bundle(a_record("Condition", 3))
    stub.on("Condition", lambda query: reply(last if "page" in query else pages))
    settings.SYNC_LANES = lanes
    bring()
    stub.asked.clear()
    run = bring(at=now + DAY, through=Ending("alice"))
    assert run.state == SyncRun.State.FINISHED
    rows = Record.objects.filter(fhir_type="Condition")
    assert (rows.count(), rows.exclude(gone_at=None).count()) == (0 if erase else 3, 0)
    if not erase:
        ended = step(run, "Condition")
        assert (ended.state, ended.problem, ended.gone) == (SyncStep.State.REFUSED, "no_consent", 0)
    after = [url.partition("?")[0] for url in stub.asked]
    assert lanes or set(after[after.index("Condition") :]) == {"Condition"}


def test_a_yes_while_claims_come_is_heeded_in_the_same_update(
    bring: Callable[..., SyncRun], stub: Stub, now: datetime
) -> None:
    class SayingYes(Door):
        def ask(self, url: str, form: str | None = None) -> Answer:
            answer = super().ask(url, form)
            if f"/{EOB}?" in url:
                Connection.objects.update(clinical_since=now)
            return answer

    stub.on("Condition", bundle(a_record("Condition", 1)))
    run = bring(through=SayingYes("alice"))
    assert (run.state, step(run, "Condition").received) == (SyncRun.State.FINISHED, 1)


def only_with(name: str, *, at_once: bool, **held: list[Json]) -> Callable[[Any], Reply]:
    """Return a server's answer that wants one parameter, and several values of it only where it says so."""

    def answer(query: dict[str, str]) -> Reply:
        values = query.get(name, "").split(",")
        if values == [""] or (len(values) > 1 and not at_once) or "therapy" in values[:1]:
            return reply({"resourceType": "OperationOutcome", "issue": [{"severity": "error"}]}, 400)
        return reply(
            bundle(*(record for value in values for record in held.get(value.replace("-", "_"), [])))
        )

    return answer


RESULTS = {
    "laboratory": [a_record(OBSERVATION, 1), a_record(OBSERVATION, 2)],
    "survey": [a_record(OBSERVATION, 3)],
}
FORMS = [
    ("plain", OBSERVATION, lambda _: reply(bundle(*RESULTS["laboratory"], *RESULTS["survey"])), 0, 1),
    ("list", OBSERVATION, only_with("category", at_once=True, **RESULTS), 1, 2),
    ("one by one, some refused", OBSERVATION, only_with("category", at_once=False, **RESULTS), 2, 2 + 15),
    (
        "by intent",
        ORDER,
        only_with("intent", at_once=True, proposal=[a_record(ORDER, 1)], order=[a_record(ORDER, 2)]),
        1,
        2,
    ),
    (
        "by status",
        "CareTeam",
        only_with("status", at_once=False, active=[a_record("CareTeam", 1)]),
        2,
        2 + 5,
    ),
]


@pytest.mark.parametrize(
    ("kind", "answer", "form", "questions"), [row[1:] for row in FORMS], ids=[row[0] for row in FORMS]
)
def test_a_plan_is_asked_in_the_form_it_takes_and_that_is_remembered(
    bring: Callable[..., SyncRun],
    stub: Stub,
    consented: Connection,
    now: datetime,
    kind: str,
    answer: Callable[[Any], Reply],
    form: int,
    questions: int,
) -> None:
    stub.on(kind, answer)
    run = bring()
    assert (run.state, step(run, kind).state) == (SyncRun.State.FINISHED, SyncStep.State.DONE)
    number = consented.records.filter(fhir_type=kind).count()
    assert number == step(run, kind).received > 0
    assert len(asked(stub, kind)) == questions
    assert PlanPace.objects.get().forms.get(kind, {"form": 0})["form"] == form
    stub.asked.clear()
    again = bring(at=now + DAY)
    assert len(asked(stub, kind)) == questions - form, "refused forms are not tried again"
    assert (step(again, kind).new, step(again, kind).gone) == (0, 0)


def test_pages_within_one_of_several_searches_are_all_followed(
    bring: Callable[..., SyncRun], stub: Stub, consented: Connection
) -> None:
    def answer(query: dict[str, str]) -> Reply:
        if "page" in query:
            return reply(bundle(a_record(OBSERVATION, 2)))
        if query.get("category") == "laboratory":
            return reply(bundle(a_record(OBSERVATION, 1), next=f"{OBSERVATION}?page=2"))
        if query.get("category") == "survey":
            return reply(bundle(a_record(OBSERVATION, 3)))
        return reply("{}", 400) if query.get("category", ",").count(",") else reply(bundle())

    stub.on(OBSERVATION, answer)
    run = bring()
    assert step(run, OBSERVATION).received == 3
    assert all("#" not in url and "begin-" not in url for url in stub.asked)


def warning(issue: str, number: str) -> dict[str, Any]:
    """Return an outcome as Epic puts it among records: a code of FHIR's, and a number of its own."""
    details = {"coding": [{"system": "urn:oid:1.2.840.114350", "code": number}], "text": "It may not be all."}
    return {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "warning", "code": issue, "details": details}],
    }


@pytest.mark.parametrize(("issue", "number"), [("suppressed", "59204"), ("processing", "4119")])
def test_that_not_all_is_sent_is_said_of_its_type_alone_and_is_no_record(
    bring: Callable[..., SyncRun], stub: Stub, consented: Connection, issue: str, number: str
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


def test_a_version_that_differs_in_its_number_alone_is_no_change(
    bring: Callable[..., SyncRun], stub: Stub, consented: Connection, now: datetime
) -> None:
    """Oddity 10: Humana writes versionId 988 and a new lastUpdated each day."""
    for day, version in enumerate(("988", "989")):
        meta = {"versionId": version, "lastUpdated": f"2026-03-0{day + 1}T00:00:00Z"}
        stub.on("Goal", bundle(a_record("Goal", 1, lifecycleStatus="active", meta=meta)))
        run = bring(at=now + day * DAY)
    assert (step(run, "Goal").received, step(run, "Goal").changed) == (1, 0)
    stub.on("Goal", bundle(a_record("Goal", 1, lifecycleStatus="completed", meta={"versionId": "990"})))
    assert step(bring(at=now + 2 * DAY), "Goal").changed == 1


def test_what_is_refused_before_anybody_is_asked_is_noted_at_once(
    bring: Callable[..., SyncRun], stub: Stub, consented: Connection, now: datetime
) -> None:
    """Of most plans thirty types: each in a transaction of its own cost more than the records did."""
    stub.on("metadata", stated("Patient", "Coverage", EOB))
    bring()  # every clinical type is met as not offered
    stub.asked.clear()
    with CaptureQueriesContext(database) as queries:
        run = bring(at=now + DAY)
    refused = run.steps.filter(state=SyncStep.State.REFUSED, resource_type__in=CLINICAL).count()
    proofs = sum("lease_until" in query["sql"] and query["sql"].startswith("UPDATE") for query in queries)
    assert refused > 20 and not any(url.startswith("Condition") for url in stub.asked)
    assert proofs < refused
