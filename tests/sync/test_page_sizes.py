"""Plans that refuse a page of as many records as they are asked for (C-01, R-27)."""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.connections.models import Connection
from apps.demo_payer.demo_process import Running
from apps.sync import actions, runner
from apps.sync.models import PlanPace, SyncRun
from tests.claims.given import claims_of, coverages_of
from tests.demo_payer.member import Member as Person
from tests.fhir.stub import Query, Reply, Stub, bundle, reply
from tests.quirks import set_quirks
from tests.sync.conftest import COVERAGE, ORGANIZATION, PRACTITIONER, Connect, an_eob
from tests.sync.looking import step

type Bring = Callable[..., SyncRun]
EOB = "ExplanationOfBenefit"
CMS = {"detail": "value must be at most 50"}
OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "invalid"}]}


@dataclass
class Refusing:
    """A plan that refuses searches for more than *most* records, and with 0 every `_count`."""

    most: int
    refusal: Reply
    counts: dict[str, list[str]] = field(default_factory=dict)

    def on(self, stub: Stub, kind: str, *records: Any) -> None:
        """Answer searches for *kind*, each record on a page of its own."""

        def answer(query: Query) -> Reply:
            if "page" not in query:
                count = query.get("_count", "")
                self.counts.setdefault(kind, []).append(count)
                if count and int(count) > self.most:
                    return self.refusal
            page = int(query.get("page", 0))
            following = f"{kind}?page={page + 1}" if page + 1 < len(records) else None
            return reply(bundle(records[page], next=following))

        stub.on(kind, answer)


def refusing(stub: Stub, most: int, refusal: Reply) -> Refusing:
    """Return a plan that refuses, whatever is searched for."""
    plan = Refusing(most, refusal)
    plan.on(stub, EOB, *map(an_eob, range(3)))
    plan.on(stub, "Coverage", COVERAGE)
    plan.on(stub, "Organization", ORGANIZATION)
    plan.on(stub, "Practitioner", PRACTITIONER)
    return plan


@pytest.mark.usefixtures("shared_database")
@pytest.mark.parametrize(
    ("lanes", "most", "refusal", "asked"),
    [
        (4, 50, reply(CMS, 400), ["100", "50"]),
        (1, 10, reply(OUTCOME, 422), ["100", "50", "25", "12", "10"]),
        (4, 0, reply("<html>", 413), ["100", "50", "25", "12", "10", ""]),
    ],
    ids=["50 as CMS", "10 with 422", "none with 413"],
)
def test_c_01_a_plan_that_refuses_so_many_is_asked_for_fewer_and_that_is_remembered(
    bring: Bring,
    connection: Connection,
    stub: Stub,
    now: datetime,
    settings: Any,
    *,
    lanes: int,
    most: int,
    refusal: Reply,
    asked: list[str],
) -> None:
    settings.SYNC_LANES = lanes
    plan = refusing(stub, most, refusal)
    run = bring()
    assert (run.state, len(claims_of(connection)), len(coverages_of(connection))) == ("finished", 3, 1)
    claims, coverages = plan.counts[EOB], plan.counts["Coverage"]
    assert claims == [count for count in asked if count in claims], "in this order, each once"
    assert {*claims, *coverages} == set(asked), "what one search found out serves the other"
    assert set(plan.counts["Organization"]) == {asked[-1]}, "names are asked for as it is known by then"
    plan.counts.clear()
    bring(at=now + timedelta(hours=12))
    assert {count for counts in plan.counts.values() for count in counts} == {asked[-1]}


def test_c_01_what_was_refused_is_remembered_for_longer_than_what_may_have_been_an_outage(
    bring: Bring, stub: Stub, now: datetime
) -> None:
    refusing(stub, 50, reply(CMS, 400))
    bring()
    pace = PlanPace.objects.get()
    assert pace.most_at_once(100, now=now + timedelta(days=60)) == 50
    assert pace.most_at_once(20, now=now) == 20, "an operator may state fewer"
    assert pace.most_at_once(100, now=now + timedelta(days=100)) == 100, "plans change"


def test_c_01_a_refusal_for_another_reason_teaches_nothing_about_pages(
    bring: Bring, connection: Connection, stub: Stub, now: datetime
) -> None:
    plan = Refusing(1000, reply(OUTCOME, 400))
    plan.on(stub, EOB, *map(an_eob, range(3)))
    stub.on("Coverage", reply(OUTCOME, 400))
    run = bring()
    assert (run.state, len(claims_of(connection))) == ("partial", 3)
    assert (step(run, "Coverage").problem, step(run, "Coverage").http_status) == ("rejected", 400)
    assert PlanPace.objects.get().most_at_once(100, now=now) == 100
    bring(at=now + timedelta(days=1))
    assert plan.counts[EOB] == ["100", "100"]


def test_c_01_a_page_refused_on_the_way_is_no_refusal_of_the_number(
    bring: Bring, stub: Stub, now: datetime
) -> None:
    """A link that died is asked for anew once, with as many as before."""
    sizes: list[str] = []

    def answer(query: Query) -> Reply:
        if "page" in query:
            return reply(OUTCOME, 400)
        sizes.append(query["_count"])
        return reply(bundle(an_eob(1), next=f"{EOB}?page=2"))

    stub.on(EOB, answer)
    assert step(bring(), EOB).state == "problem"
    assert set(sizes) == {"100"}
    assert PlanPace.objects.get().most_at_once(100, now=now) == 100


def test_c_01_a_plan_that_refuses_the_question_for_changes_is_asked_for_all_first(
    bring: Bring, stub: Stub, now: datetime
) -> None:
    """Both refused: the plan lowered its limit meanwhile. What it says of changes is not taken for known."""
    stamped = {"meta": {"lastUpdated": "2026-03-10T00:00:00Z"}}
    stub.on(EOB, bundle(an_eob(1, **stamped)))
    bring()
    plan = Refusing(50, reply(CMS, 400))
    plan.on(stub, EOB, an_eob(1, **stamped))
    bring(at=now + timedelta(days=1))
    bring(at=now + timedelta(days=2))
    assert plan.counts[EOB] == ["100", "100", "50", "50"]
    assert "_lastUpdated" in [url for url in stub.asked if url.startswith(EOB)][-1]


def test_c_01_operators_are_told_which_plan_and_what_holds_now(
    bring: Bring, stub: Stub, operator: Client, caplog: pytest.LogCaptureFixture
) -> None:
    refusing(stub, 0, reply(OUTCOME, 400))
    with caplog.at_level(logging.WARNING, logger="plainclaim.sync"):
        bring(at=timezone.now())
    told = [record.getMessage() for record in caplog.records if record.name == "plainclaim.sync"]
    assert told == ["plan stub refuses pages of 10 records: it is asked without _count from now on"]
    html = operator.get(reverse("admin:sync_planpace_changelist")).content.decode()
    assert "without _count" in html


def test_c_01_medicares_members_get_their_claims_whatever_the_row_says(
    demo_payer: Running, connected: Connect
) -> None:
    """The demo's Blue Button refuses more than 50 as CMS does; as shipped it is never asked for more."""
    connection = connected(demo_payer, "harold", "blue-button")
    for page_size in (None, 100):
        set_quirks(page_size=page_size)
        run = actions.start(connection=connection, now=timezone.now(), everything=True)
        runner.run(run_id=run.pk, now_fn=timezone.now)
        run.refresh_from_db()
        assert step(run, EOB).state == "done"
        assert len(claims_of(connection)) > 20
        assert PlanPace.objects.get().page_size == (page_size and 50)


def test_c_01_the_demos_blue_button_says_no_as_cms_does(demo_payer: Running) -> None:
    harold = Person(demo_payer, "harold", personality="blue-button")
    token = harold.tokens()["access_token"]
    for kind in (EOB, "Coverage", "Patient"):
        refused = harold.get(f"{kind}?_count=51", token)
        assert (refused.status_code, json.loads(refused.content)) == (400, CMS)
        assert harold.get(f"{kind}?_count=50", token).status_code == 200
