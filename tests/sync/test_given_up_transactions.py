"""R-33: a database that gives a transaction up, for two waited for each other or could not both be right."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connections
from psycopg import errors

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.kinds.claim.kind import CLAIM
from apps.plans.models import Plan
from apps.sync import actions, runner
from apps.sync.models import LEASE, SyncRun
from apps.vault.boxes import box_for
from tests.claims.given import claims_of, coverages_of
from tests.fhir.stub import Door, Reply, Stub, bundle, reply
from tests.length import in_full, is_exploring, is_played_on_postgresql
from tests.registered import registered
from tests.sync.conftest import an_eob
from tests.sync.looking import are_books_whole

CODES: dict[str, type[Exception]] = {"40001": errors.SerializationFailure, "40P01": errors.DeadlockDetected}
WRITES = ("INSERT", "UPDATE", "DELETE")
State = SyncRun.State


class GivingUp:
    """Lets one write fail: on PostgreSQL by an error of its own, which ends the transaction there."""

    def __init__(self, *, at: int, code: str) -> None:
        self.at, self.code, self.writes = at, code, 0

    @property
    def has_failed(self) -> bool:
        return self.writes >= self.at

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.writes += sql.startswith(WRITES)
        if sql.startswith(WRITES) and self.writes == self.at:
            if context["connection"].vendor == "postgresql":
                raising = f"DO $$ BEGIN RAISE EXCEPTION 'made up' USING ERRCODE = '{self.code}'; END $$"
                return execute(raising, None, False, context)
            raise OperationalError("made up") from CODES[self.code]("made up")
        return execute(sql, params, many, context)


def kept(connection: Connection) -> dict[str, Any]:
    """Return what an update left, in clear: the same of two updates that brought the same."""
    box = box_for(connection.member)
    bodies = [box.open(row, "sealed_body") for row in connection.records.all()]
    records = [CLAIM.open_brief(claim.entry.brief) for claim in claims_of(connection)]
    return {"bodies": sorted(bodies), "records": records, "coverages": coverages_of(connection)}


@pytest.fixture
def anew(db: None, stub: Stub, now: datetime) -> Callable[[], Connection]:
    """Return a verb that connects a new member, of whom nothing is here yet: not even a key."""
    plan = Plan.objects.create(
        slug="anew", name="Anew", fhir_base_url=stub.base_url, registration=registered("x")
    )
    stub.on("ExplanationOfBenefit", lambda query: PAGE_2 if "page" in query else PAGE_1)

    def verb() -> Connection:
        member = Member.objects.create(email=f"{Member.objects.count()}@example.com")
        return Connection.objects.create(member=member, plan=plan, sealed_patient=b"", connected_at=now)

    return verb


def _page(*numbers: int, **more: Any) -> Reply:
    return reply(bundle(*[an_eob(number) for number in numbers], **more))


PAGE_1, PAGE_2 = _page(1, 2, next="ExplanationOfBenefit?page=2"), _page(3)


@pytest.mark.skipif(is_played_on_postgresql(), reason="played on PostgreSQL, whose codes these are")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("code", "first"), [("40001", 1), ("40P01", 2)])
def test_whichever_write_is_given_up_the_update_is_tried_again_and_nothing_is_lost_or_doubled(
    anew: Callable[[], Connection], now: datetime, code: str, first: int
) -> None:
    """R-33: one write of a whole update fails, from taking the run to noting its end, then another of the
    next update. In the gate two of five do, in one of two ways each; all of them with the
    profile `explore` (tests/length.py).

    Two sessions that really meet are not made here: PostgreSQL says the same of them by the same codes.
    """

    def go(connection: Connection, at: datetime) -> SyncRun | None:
        with suppress(OperationalError):
            run = actions.start(connection=connection, now=at)
            runner.run(run_id=run.pk, now_fn=lambda: at, connect=lambda *_, **__: Door())
        return connection.runs.first()

    undisturbed = anew()
    assert go(undisturbed, now).state == State.FINISHED  # type: ignore[union-attr]
    expected = kept(undisturbed)
    assert len(expected["records"]) == 3
    step = 2 if is_exploring() else in_full(5, otherwise=12)
    at_write, has_failed = first - step, True
    while has_failed:
        at_write += step
        at = now + timedelta(hours=at_write)
        connection, giving_up = anew(), GivingUp(at=at_write, code=code)
        with connections["default"].execute_wrapper(giving_up):
            run = go(connection, at)
        has_failed = giving_up.has_failed
        if has_failed:
            assert run is None or run.state in (State.WAITING, State.RUNNING), at_write
            run = go(connection, at + LEASE + timedelta(minutes=1))
        assert run is not None
        assert (run.state, run.problem) == (State.FINISHED, ""), at_write
        assert [(step.received, step.pages) for step in run.steps.all()][2] == (3, 2), at_write
        assert are_books_whole(connection), at_write
        assert kept(connection) == expected, at_write
    assert at_write > 20
