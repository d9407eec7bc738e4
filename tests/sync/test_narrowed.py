"""A permission for some categories of a type: asked for these alone, and told what is missing and why."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.connections import granted
from apps.connections.models import Connection
from apps.records.models import Record
from apps.sync import clinical
from apps.sync.models import SyncRun
from config.fhir_types import CLAIMS, fhir_types
from tests.fhir.stub import Query, Reply, Stub, bundle, reply
from tests.sync.changing import DAY, Changing, plan
from tests.sync.conftest import an_eob
from tests.sync.looking import EOB
from tests.sync.test_clinical import OBSERVATION, a_record, asked

__all__ = ["plan"]
LIST = "http://terminology.hl7.org/CodeSystem/observation-category"
RECORDS = [{"coding": [{"system": LIST, "code": "laboratory"}]}]


def of(*codes: str) -> str:
    """Return the scopes for claims and for these categories of Observation."""
    claims = (f"patient/{name}.rs" for name in fhir_types(CLAIMS))
    return " ".join([*claims, *(f"patient/Observation.rs?category={LIST}|{code}" for code in codes)])


def states_of(connection: Connection) -> dict[str, list[str]]:
    """Return by state what stands on the connection's page."""
    return {group.code: list(group.names) for group in clinical.half_of(connection).groups}


def only_granted(query: Query) -> Reply:
    """Answer as a server does that gives laboratory results alone."""
    if query.get("category") == "laboratory":
        return reply(bundle(a_record(OBSERVATION, 1, category=RECORDS)))
    return reply("{}", 403)


def test_only_what_was_allowed_is_asked_for_and_the_rest_is_told(
    bring: Callable[..., SyncRun], stub: Stub, consented: Connection
) -> None:
    stub.on(OBSERVATION, only_granted)
    given = f"{of('laboratory')} patient/Procedure.rs"
    Connection.objects.update(scopes_asked="patient/*.rs", scopes_granted=given)
    assert bring().state == SyncRun.State.FINISHED
    assert asked(stub, OBSERVATION) == ["category=laboratory"]
    assert Record.objects.filter(fhir_type=OBSERVATION).count() == 1
    consented.refresh_from_db()
    states = states_of(consented)
    assert "Test results, vital signs and answers (1)" in states["records"]
    (left,) = [name for name in states["not_allowed"] if name.startswith("Test results")]
    assert left == (
        "Test results, vital signs and answers: vital signs, answers about your life, questionnaires "
        "and answers about your circumstances"
    )
    # The answer of a plan tells what it gives, never whether a member or their plan left out the rest.
    (words,) = {group.words for group in clinical.half_of(consented).groups if group.code == "not_allowed"}
    assert words.startswith("The permission that your plan gave does not include these, so we did not ask.")
    assert "You did not" not in words


@pytest.mark.parametrize("code", ["survey", "exam"])
def test_a_type_is_not_called_refused_for_the_categories_that_nobody_allowed(
    bring: Callable[..., SyncRun], stub: Stub, consented: Connection, code: str
) -> None:
    """Every search but one is refused, whichever it is."""
    mine, no = reply(bundle(a_record(OBSERVATION, 1))), reply("{}", 403)
    stub.on(OBSERVATION, lambda query: mine if query.get("category") == code else no)
    Connection.objects.update(scopes_asked="patient/*.rs", scopes_granted=of(code))
    assert bring().state == SyncRun.State.FINISHED
    consented.refresh_from_db()
    states = states_of(consented)
    assert "Test results, vital signs and answers (1)" in states["records"]
    assert "refused" not in states


def test_what_the_plan_has_no_scope_for_is_not_offered_and_not_the_persons_choice(
    bring: Callable[..., SyncRun], stub: Stub, consented: Connection
) -> None:
    stub.on(OBSERVATION, only_granted)
    Connection.objects.update(scopes_asked=of("laboratory", "vital-signs"), scopes_granted=of("laboratory"))
    assert bring().state == SyncRun.State.FINISHED
    consented.refresh_from_db()
    states = states_of(consented)
    name = "Test results, vital signs and answers"
    assert f"{name}: vital signs" in states["not_allowed"]
    assert (
        f"{name}: answers about your life, questionnaires and answers about your circumstances"
        in (states["not_offered"])
    )


def test_a_pass_begun_under_a_narrower_permission_calls_nothing_gone_after_a_wider_one(
    bring: Callable[..., SyncRun], stub: Stub, consented: Connection, now: datetime
) -> None:
    every, kept = [a_record(OBSERVATION, number, category=RECORDS) for number in (1, 2, 3)], OBSERVATION
    Connection.objects.update(scopes_asked="patient/*.rs", scopes_granted="patient/*.rs")
    stub.on(kept, bundle(*every))
    bring()
    Connection.objects.update(scopes_granted=of("laboratory"))
    stub.on(
        kept,
        lambda query: (
            reply("{}", 503)
            if "page" in query
            else reply(bundle(*every[:2], next=f"{kept}?category=laboratory&page=2"))
        ),
    )
    asleep = bring(at=now + timedelta(days=40))
    assert asleep.state == SyncRun.State.WAITING
    later = now + timedelta(days=41)
    Connection.objects.update(scopes_granted="patient/*.rs", connected_at=later)
    stub.on(kept, lambda query: reply(bundle(*(every[:1] if "page" in query else every))))
    assert bring(at=later + timedelta(hours=1)).pk == asleep.pk
    assert asked(stub, kept)[-1] == "", "the link of before holds what was allowed then"
    assert Record.objects.filter(fhir_type=kept, gone_at=None).count() == 3


def test_a_pass_over_claims_begun_before_a_new_permission_calls_nothing_gone(
    bring: Callable[..., SyncRun], stub: Stub, connection: Connection, now: datetime
) -> None:
    """It goes on where it was: what it asked for before may have been less than all."""
    stub.on(EOB, bundle(*map(an_eob, (1, 2, 3))))
    bring()
    first = reply(bundle(an_eob(1), an_eob(2), next=f"{EOB}?page=2"))
    stub.on(EOB, lambda query: reply("{}", 503) if "page" in query else first)
    Connection.objects.update(scopes_granted="patient/*.rs patient/ExplanationOfBenefit.rs?type=pharmacy")
    asleep = bring(at=now + timedelta(days=40))
    later = now + timedelta(days=41)
    Connection.objects.update(scopes_granted="patient/*.rs", connected_at=later)
    stub.on(EOB, bundle(an_eob(1)))
    assert bring(at=later + timedelta(hours=1)).pk == asleep.pk
    assert Record.objects.filter(fhir_type=EOB, gone_at=None).count() == 3


class Reconnecting:
    """A door through which the second page comes after the connection was given another permission."""

    def __init__(self, door: Any, **given: Any) -> None:
        self.door, self.given = door, given

    def __getattr__(self, name: str) -> Any:
        return getattr(self.door, name)

    def ask(self, url: str, form: str | None = None) -> Any:
        if "page=2" in url:
            Connection.objects.update(**self.given)
        return self.door.ask(url, form)


LATER = datetime(2027, 1, 4, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "given",
    [
        {"connected_at": LATER + timedelta(minutes=1)},
        {"scopes_granted": "patient/ExplanationOfBenefit.rs?type=pharmacy"},
    ],
)
def test_a_permission_given_between_two_pages_calls_nothing_gone(
    bring: Callable[..., SyncRun], stub: Stub, connection: Connection, door: Any, given: dict[str, Any]
) -> None:
    """Given anew by the member, or made narrower by the plan when it was renewed."""
    stub.on(EOB, bundle(*map(an_eob, (1, 2, 3))))
    bring()
    first = reply(bundle(an_eob(1), next=f"{EOB}?page=2"))
    stub.on(EOB, lambda query: reply(bundle(an_eob(2))) if "page" in query else first)
    bring(at=LATER, through=Reconnecting(door, **given))
    assert Record.objects.filter(fhir_type=EOB, gone_at=None).count() == 3


@pytest.mark.parametrize("narrower", ["?code=http://loinc.org|4548-4", "?category=laboratory"])
def test_a_permission_narrowed_by_anything_leaves_what_is_here(
    bring: Callable[..., SyncRun], stub: Stub, consented: Connection, now: datetime, narrower: str
) -> None:
    whole = of().strip()
    Connection.objects.update(scopes_granted=f"{whole} patient/Observation.rs")
    stub.on(OBSERVATION, bundle(a_record(OBSERVATION, 1), a_record(OBSERVATION, 2, category=RECORDS)))
    bring()
    Connection.objects.update(scopes_granted=f"{whole} patient/Observation.rs{narrower}")
    stub.on(OBSERVATION, bundle(a_record(OBSERVATION, 2, category=RECORDS)))
    for day in (1, 40, 80):
        bring(at=now + timedelta(days=day))
    assert Record.objects.filter(fhir_type=OBSERVATION, gone_at=None).count() == 2


def test_what_one_members_permission_leaves_out_is_no_word_about_the_plan(
    bring: Callable[..., SyncRun], stub: Stub, consented: Connection
) -> None:
    stub.on(OBSERVATION, reply("{}", 404))
    Connection.objects.update(scopes_granted=of("sdoh"))
    bring()
    assert OBSERVATION not in consented.plan.pace.met


def test_a_category_that_would_be_another_parameter_is_none() -> None:
    scopes = "patient/Condition.rs?category=a%26patient%3DX,laboratory"
    assert granted.limits(scopes, "Condition") == {"laboratory"}


def test_after_a_permission_given_anew_everything_is_asked_for_once(
    bring: Callable[..., SyncRun], connection: Connection, plan: Changing, now: datetime
) -> None:
    """It may cover more than the one before: of old claims no stamp is new."""
    bring()
    Connection.objects.update(connected_at=now + DAY)
    bring(at=now + DAY)
    bring(at=now + 2 * DAY)
    assert [bool(since) for since in plan.since] == [False, False, True]
