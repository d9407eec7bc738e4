"""R-44: whatever happens to a connection and its runs, in any order, every state has a way out."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from apps.accounts.models import Member
from apps.connections.errors import PermissionEnded, RefreshDelayed, RegistrationBroken
from apps.connections.models import Connection
from apps.outbound.door import Answer
from apps.outbound.errors import TooSlow
from apps.plans.models import Plan
from apps.sync import actions, runner, scheduler, turn
from apps.sync.leases import LONGEST_RUN
from apps.sync.models import PlanPace, Refresh, SyncRun
from tests.fhir.stub import Stub
from tests.length import in_full
from tests.quirks import set_quirks
from tests.registered import registered
from tests.sync.clockwork import START, Clock

State = SyncRun.State
BODY = b'{"resourceType":"Bundle","type":"searchset"}'
ANSWERS = {
    "well": Answer(200, {}, BODY, ""),
    "wait": Answer(429, {"Retry-After": "300"}, b"", ""),
    "wait, no word when": Answer(429, {}, b"", ""),
    "broken": Answer(500, {}, b"", ""),
    "refused": Answer(403, {}, b"", ""),
    "html": Answer(200, {}, b"<html>", ""),
}
RAISED: dict[str, Any] = {
    "slow": TooSlow("scripted"),
    "over": PermissionEnded("refused"),
    "renewal late": RefreshDelayed("503"),
    "registration": RegistrationBroken("invalid_client"),
    "bug": ZeroDivisionError(),
    "killed": KeyboardInterrupt(),
}


class Scripted:
    """A plan that answers as told, in turn; then well."""

    patient_id = "alice"

    def __init__(self, told: list[str]) -> None:
        self.told = list(told)

    def ask(self, _url: str, _form: str | None = None) -> Answer:
        word = self.told.pop(0) if self.told else "well"
        if word in RAISED:
            raise RAISED[word]
        return ANSWERS[word]


class Life(RuleBasedStateMachine):
    """Two members of one plan, whatever happens to them."""

    stub: Stub

    @initialize()
    def begin(self) -> None:
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.clock = Clock()
        plan = Plan.objects.create(
            slug="p",
            name="P",
            fhir_base_url=self.stub.base_url,
            registration=registered("x"),
            own_quirks={"runs_at_once": 1},
        )
        people = [Member.objects.create_user(f"{name}@example.com", None) for name in ("one", "two")]
        self.ids = [
            Connection.objects.create(member=member, plan=plan, sealed_patient=b"", connected_at=START).pk
            for member in people
        ]

    def teardown(self) -> None:
        """Then all is well: everybody who may be served is, and what is over stays over."""
        if not hasattr(self, "undo"):
            return
        try:
            self.all_is_well()
        finally:
            transaction.set_rollback(True)
            self.undo.__exit__(None, None, None)

    @rule(who=some.integers(0, 1), by_itself=some.booleans())
    def start(self, who: int, by_itself: bool) -> None:
        connection = Connection.objects.get(pk=self.ids[who])
        if by_itself or not connection.is_active:
            scheduler.start_due(now=self.clock())
        else:
            actions.start_again(connection=connection, now=self.clock())

    @rule(told=some.lists(some.sampled_from([*ANSWERS, *RAISED]), max_size=6))
    def work(self, told: list[str]) -> None:
        due = SyncRun.objects.free_to_take(now=self.clock()).order_by("next_try_at").first()
        if due is None:
            return
        try:
            self._run(due, Scripted(told))
        except (ZeroDivisionError, KeyboardInterrupt):
            pass
        finally:
            runner.in_hand = None

    @rule(
        wait=some.sampled_from(
            [timedelta(seconds=1), timedelta(minutes=2), timedelta(hours=1), timedelta(days=2)]
        )
    )
    def pass_time(self, wait: timedelta) -> None:
        self.clock.moment += wait
        scheduler.tend(now=self.clock())

    @rule(who=some.integers(0, 1), status=some.sampled_from(Connection.Status.values))
    def change_permission(self, who: int, status: str) -> None:
        connection = Connection.objects.get(pk=self.ids[who])
        Connection.objects.filter(pk=connection.pk).update(status=status)
        if status == Connection.Status.ACTIVE and not connection.is_active:
            connection.refresh_from_db()
            actions.start_first(connection=connection, now=self.clock())

    @rule(hours=some.sampled_from([0, 1, 24]))
    def change_plan(self, hours: int) -> None:
        set_quirks(refresh_hours=hours)

    @rule()
    def stop_worker(self) -> None:
        self.clock.set()
        due = SyncRun.objects.free_to_take(now=self.clock()).first()
        if due is not None:
            self._run(due, Scripted([]))
        self.clock.clear()

    @invariant()
    def every_state_has_a_way_out(self) -> None:
        """An active run has a moment at which a worker takes it; a refresh is due, or says why not."""
        if not hasattr(self, "undo"):
            return
        now = self.clock()
        for run in SyncRun.objects.active():
            moment = run.lease_until if run.state == State.RUNNING else run.next_try_at
            assert moment is not None
            assert moment <= now + timedelta(days=1, minutes=1), "within the longest wait a plan may ask for"
        for refresh in Refresh.objects.all():
            assert (refresh.due_at is None) == bool(refresh.rests_because)
            assert (refresh.rests_because == Refresh.Rest.FAILURES) <= bool(refresh.problem)
        for run in SyncRun.objects.filter(state__in=[State.FAILED, State.ENDED]):
            assert run.problem, "an end that is no success has a reason"
            assert run.finished_at is not None
        for pace in PlanPace.objects.all():
            shut = pace.shut_until(now=now)
            assert shut is None or shut[0] <= now + timedelta(days=1)

    def all_is_well(self) -> None:
        set_quirks(refresh_hours=24)
        give_up_at = self.clock() + LONGEST_RUN
        while SyncRun.objects.active().exists():
            assert self.clock() < give_up_at, "a run that nothing ends"
            while (chosen := turn.next_run(now=self.clock())) is not None:
                self._run(SyncRun.objects.get(pk=chosen), Scripted([]))
            for due in list(SyncRun.objects.free_to_take(now=self.clock())):
                self._run(due, Scripted([]))
            self.clock.moment += timedelta(minutes=30)
            for run in SyncRun.objects.active().filter(next_try_at__gt=self.clock()):
                self.clock.moment = min(run.next_try_at, give_up_at)
        scheduler.tend(now=self.clock())
        for connection in Connection.objects.filter(status=Connection.Status.ACTIVE):
            refresh = Refresh.objects.get(connection=connection)
            if refresh.rests_because == Refresh.Rest.PERMISSION:
                actions.start_first(connection=connection, now=self.clock())
            elif refresh.rests_because:
                assert refresh.rests_because == Refresh.Rest.FAILURES
                self.clock.moment += timedelta(hours=2)
                _run, answer = actions.start_again(connection=connection, now=self.clock())
                assert answer is actions.Answer.STARTED, "the member resumes it"
            refresh.refresh_from_db()
            assert refresh.due_at is not None

    def _run(self, run: SyncRun, access: Any) -> None:
        runner.run_next(hint=run.pk, now_fn=self.clock, stop=self.clock, connect=lambda *_, **__: access)


@pytest.fixture
def machine(db: None, stub: Stub) -> Iterator[type[Life]]:
    Life.stub = stub
    yield Life
    runner.in_hand = None


def test_there_is_a_way_out_of_every_state(machine: type[Life], settings: Any) -> None:
    """R-44: random lives of two connections; then the plan is well, and all that is under way ends."""
    settings.SYNC_LANES = 0
    run_state_machine_as_test(
        machine,
        settings=hypothesis_settings(
            max_examples=in_full(12, otherwise=6), stateful_step_count=15, deadline=None
        ),
    )


def test_the_scripted_plan_is_asked_through_the_real_pace(machine: type[Life]) -> None:
    """The machine means something only if its words reach the code: a wait is a wait."""
    life = machine()
    life.begin()
    try:
        actions.start(connection=Connection.objects.get(pk=life.ids[0]), now=life.clock())
        life.work(["wait"])
        run = SyncRun.objects.get()
        assert (run.state, run.problem) == (State.WAITING, "busy")
    finally:
        life.teardown()
