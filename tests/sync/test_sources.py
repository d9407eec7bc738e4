"""Where records came from: asked for alone, and with the records where a plan takes that question only."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from apps.connections.models import Connection
from apps.sync.models import SyncRun
from apps.sync.models.paces import PlanPace
from config.fhir_types import CLAIMS, fhir_types
from tests.care.test_pages import path_of
from tests.fhir.stub import Query, Reply, Stub, bundle, reply
from tests.sync.test_clinical import OBSERVATION, a_record, asked

DAY = timedelta(days=1)
SOURCE = {
    "resourceType": "Provenance",
    "id": "p1",
    "target": [{"reference": "Condition/Condition-1"}],
    "recorded": "2026-03-01T10:00:00Z",
    "agent": [{"type": {"coding": [{"code": "author"}]}, "who": {"display": "Riverside Clinic"}}],
}
TOLD = "Recorded by Riverside Clinic."
CONDITION = a_record("Condition", 1, code={"text": "Asthma"})


def with_source(query: Query) -> Reply:
    """Answer as a server of US Core does."""
    is_asked = query.get("_revinclude") == "Provenance:target"
    return reply(bundle(CONDITION, *([SOURCE] if is_asked else [])))


def page(client: Client, connection: Connection) -> str:
    return client.get(path_of(connection, "Condition/Condition-1")).content.decode()


def bring_twice(bring: Callable[..., SyncRun], stub: Stub, now: datetime) -> SyncRun:
    """Do one update, in which the plan says how it takes the question, and forget it; then another."""
    bring()
    stub.asked.clear()
    run = bring(at=now + DAY)
    assert run.state == SyncRun.State.FINISHED
    return run


@pytest.mark.parametrize("status", [400, 403])
def test_a_plan_that_takes_no_question_for_sources_alone_is_asked_for_them_with_the_records(
    bring: Callable[..., SyncRun],
    stub: Stub,
    consented: Connection,
    now: datetime,
    alice_client: Client,
    status: int,
) -> None:
    stub.on("Provenance", reply("{}", status))
    stub.on("Condition", with_source)
    bring_twice(bring, stub, now)
    assert asked(stub, "Condition") == ["_revinclude=Provenance:target"]
    assert TOLD in page(alice_client, consented)
    stub.asked.clear()
    bring(at=now + 2 * DAY)
    assert consented.records.filter(fhir_type="Provenance", gone_at=None).count() == 1


def test_a_plan_that_refuses_it_is_asked_without_and_not_so_again(
    bring: Callable[..., SyncRun], stub: Stub, consented: Connection, now: datetime
) -> None:
    stub.on("Provenance", reply("{}", 400))
    stub.on(
        "Condition", lambda query: reply("{}", 400) if "_revinclude" in query else reply(bundle(CONDITION))
    )
    bring_twice(bring, stub, now)
    assert len(asked(stub, "Condition")) == 2
    assert consented.records.filter(fhir_type="Condition").count() == 1
    stub.asked.clear()
    bring(at=now + 2 * DAY)
    assert asked(stub, "Condition") == [""], "what was refused is not tried again"


def test_where_categories_are_wanted_they_are_asked_for_with_their_sources(
    bring: Callable[..., SyncRun], stub: Stub, consented: Connection, now: datetime
) -> None:
    labs = [a_record(OBSERVATION, 1)]

    def answer(query: Query) -> Reply:
        if query.get("category", ",").count(","):
            return reply("{}", 400)
        return reply(bundle(*(labs if query["category"] == "laboratory" else []), SOURCE))

    stub.on("Provenance", reply("{}", 403))
    stub.on(OBSERVATION, answer)
    for day in range(3):
        stub.asked.clear()
        assert bring(at=now + day * DAY).state == SyncRun.State.FINISHED
    assert PlanPace.objects.get().forms[OBSERVATION]["form"] == 2
    questions = asked(stub, OBSERVATION)
    assert len(questions) == 15 and all(
        "category=" in question and "_revinclude=" in question for question in questions
    )
    assert consented.records.filter(fhir_type=OBSERVATION, gone_at=None).count() == 1
    assert consented.records.filter(fhir_type="Provenance").count() == 1


@pytest.mark.parametrize(
    "answer", [reply(bundle()), reply(bundle(SOURCE)), reply("{}", 404)], ids=["none", "some", "not offered"]
)
def test_a_plan_that_takes_the_question_alone_is_asked_nothing_else(
    bring: Callable[..., SyncRun], stub: Stub, consented: Connection, now: datetime, answer: Any
) -> None:
    stub.on("Provenance", answer)
    stub.on("Condition", with_source)
    bring_twice(bring, stub, now)
    assert not any("_revinclude" in url for url in stub.asked)


@pytest.mark.usefixtures("consented")
def test_sources_are_not_asked_for_where_the_permission_leaves_them_out(
    bring: Callable[..., SyncRun], stub: Stub, now: datetime
) -> None:
    """Cerner answers with an error, or with nothing at all."""
    stub.on("Provenance", reply("{}", 400))
    stub.on("Condition", with_source)
    bring()
    named = (f"patient/{name}.read" for name in [*fhir_types(CLAIMS), "Condition"])
    Connection.objects.update(scopes_granted=" ".join(named), scopes_asked="patient/*.read")
    stub.asked.clear()
    bring(at=now + DAY)
    assert asked(stub, "Condition") and not any("_revinclude" in url for url in stub.asked)
