"""Asking plans to forget tokens: retried, bounded, by one worker at a time, and shredded when over."""

import threading
import uuid
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.db import connections as databases
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from apps.connections import revocations
from apps.connections.models import Connection, Revocation
from apps.connections.oauth import Heard
from apps.connections.revocations import HEAD_START, HELD_FOR, LEASE
from apps.plans.models import Plan
from apps.sync.tasks import bring_records
from apps.vault.boxes import house_box
from tests.at_once import at_once
from tests.connections.conftest import connect
from tests.connections.leaving import DOWN, UP, asked_of, end, granted, text, the_revocation, tokens_of
from tests.connections.stub_plan import Reply, StubPlan, as_json


@pytest.fixture
def waiting(plan: Plan, stub: StubPlan, now: datetime) -> Revocation:
    """Return a revocation nobody has asked for yet; the plan's addresses are on its row."""
    for name, path in (("authorize_url", "a"), ("token_url", "token"), ("revoke_url", "revoke")):
        setattr(plan, name, f"{stub.origin}/{path}")
    plan.issuer = ""  # whose documents would be asked for first
    plan.save()
    return revocations.begin(plan=plan, tokens=granted(plan), now=now, at_once=False)


def ask_at(moment: datetime) -> Revocation:
    """Let a worker look for what is due at that moment; return the only revocation as it is then."""
    revocations.ask_due(clock=lambda: moment)
    return the_revocation()


def test_o_34_a_plan_that_was_down_is_asked_again_until_it_confirms(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """O-34: the member sees the end at once; the receipt says what became of it."""
    made = connect(alice_client, plan, stub)
    access_token, refresh_token = tokens_of(made)
    stub.override["/revoke"] = DOWN
    page = end(alice_client, made)
    receipt = page.redirect_chain[0][0]
    assert "has not confirmed that yet" in text(page)
    row = the_revocation()
    assert (row.state, row.attempts, row.problem) == ("waiting", 1, "status 503")
    assert access_token.encode() not in bytes(row.sealed_tokens)
    del stub.override["/revoke"]
    stub.asked.clear()
    assert row.next_try_at
    assert ask_at(row.next_try_at - timedelta(seconds=1)).state == "waiting"
    assert not asked_of(stub)
    row = ask_at(row.next_try_at)
    assert (row.state, bytes(row.sealed_tokens), row.next_try_at) == ("confirmed", b"", None)
    assert asked_of(stub) == [("refresh_token", refresh_token), ("access_token", access_token)]
    assert "confirmed on" in text(alice_client.get(receipt))


@pytest.mark.parametrize(("status", "form"), [(429, "seconds"), (503, "date")])
def test_o_34_retry_after_is_obeyed(
    waiting: Revocation, stub: StubPlan, now: datetime, status: int, form: str
) -> None:
    """O-34: RFC 7009 section 2.2.1 with RFC 9110 section 10.2.3, in both spellings."""
    until = now + timedelta(hours=7)
    value = "25200" if form == "seconds" else format_datetime(until, usegmt=True)
    stub.override["/revoke"] = (status, "text/html", b"later", {"Retry-After": value})
    row = ask_at(now)
    assert (row.state, row.next_try_at) == ("waiting", until)


def test_o_34_a_plan_that_stays_down_is_given_up_after_a_week(
    waiting: Revocation, stub: StubPlan, now: datetime
) -> None:
    """O-34: a bounded number of tries, ever further apart, and the tokens are shredded in the end."""
    stub.override["/revoke"] = DOWN
    row, waits = the_revocation(), []
    while row.state == "waiting":
        assert row.next_try_at
        moment = row.next_try_at
        row = ask_at(moment)
        waits.append(row.next_try_at - moment if row.next_try_at else None)
    assert (row.state, bytes(row.sealed_tokens)) == ("given_up", b"")
    assert row.problem == "status 503"
    assert row.ended_at
    assert HELD_FOR <= row.ended_at - now < HELD_FOR + timedelta(minutes=1)
    assert 8 <= len(waits) <= 20
    assert waits[0] == timedelta(minutes=1)


def test_a_plan_that_forgets_refresh_tokens_alone_has_confirmed(
    waiting: Revocation, stub: StubPlan, now: datetime
) -> None:
    """Access tokens that nobody can renew end by themselves (RFC 7009 section 2.2.1)."""
    replies = iter([UP, as_json({"error": "unsupported_token_type"}, 400)])
    stub.override["/revoke"] = lambda: next(replies)
    assert ask_at(now).state == "confirmed"


def test_a_plan_that_does_not_know_us_waits_for_an_operator(
    waiting: Revocation, stub: StubPlan, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    """401 invalid_client: an alarm, no giving up; once the registration is right again it goes through."""
    stub.override["/revoke"] = as_json({"error": "invalid_client"}, 401)
    row = ask_at(now)
    assert (row.state, row.problem) == ("waiting", "invalid_client")
    assert any(record.levelname == "ERROR" and "registration" in record.message for record in caplog.records)
    del stub.override["/revoke"]
    assert row.next_try_at
    assert ask_at(row.next_try_at).state == "confirmed"


def test_what_the_plan_has_forgotten_is_not_sent_again(
    waiting: Revocation, stub: StubPlan, now: datetime
) -> None:
    """The second token met an outage: only it is asked for the next time, and sealed meanwhile."""
    replies = iter([UP, DOWN, UP])
    stub.override["/revoke"] = lambda: next(replies)
    row = ask_at(now)
    assert row.next_try_at
    assert ask_at(row.next_try_at).state == "confirmed"
    assert [hint for hint, _ in asked_of(stub)] == ["refresh_token", "access_token", "access_token"]


MEANINGS = [
    (Heard(204), "confirmed"),
    (Heard(None), "waiting"),
    (Heard(302), "waiting"),
    (Heard(404), "waiting"),
    (Heard(500), "waiting"),
    (Heard(400, "temporarily_unavailable"), "waiting"),
    (Heard(400, "invalid_request"), "given_up"),
    (Heard(400), "given_up"),
    (Heard(None, "invalid_client"), "waiting"),
]


def test_every_answer_means_something(now: datetime) -> None:
    for heard, state in MEANINGS:
        assert revocations.read(heard, now=now).state == state, heard


def test_words_of_the_plan_are_not_stored(
    waiting: Revocation, plan: Plan, stub: StubPlan, now: datetime
) -> None:
    """O-31: only known error codes and statuses are written down."""
    for body in (b"", b"[]", b'{"error": 7}', b'{"error": "<script>"}', b"{" * 9000, b"\xff"):
        stub.override["/revoke"] = (400, "text/html", body)
        Revocation.objects.all().delete()
        revocations.begin(plan=plan, tokens=granted(plan), now=now, at_once=False)
        row = ask_at(now)
        assert (row.state, row.problem) == ("given_up", "status 400")


def test_an_operator_sees_where_it_stands_and_can_ask_again(
    waiting: Revocation, stub: StubPlan, transactional_db: None, operator: Client
) -> None:
    """Read only; no token, no member; the queue holds nothing of it."""
    stub.override["/revoke"] = (503, "text/html", b"", {"Retry-After": "90000"})
    ask_at(timezone.now())
    del stub.override["/revoke"]
    changelist = "/admin/connections/revocation/"
    row = f"{changelist}{waiting.pk}/change/"
    for path in (changelist, row):
        content = operator.get(path).content.decode()
        assert "status 503" in content
        assert "grant" not in content
        assert "sealed" not in content
    assert operator.post(row, {"state": "confirmed"}).status_code == 403
    assert operator.post(f"{changelist}{waiting.pk}/delete/", {"post": "yes"}).status_code == 403
    operator.post(changelist, {"action": "ask_again_now", "_selected_action": [str(waiting.pk)]})
    assert not DBTaskResult.objects.exists()
    call_command("sync_worker", once=True)
    assert the_revocation().state == "confirmed"


def test_a_worker_asked_to_stop_asks_no_more(waiting: Revocation, stub: StubPlan, now: datetime) -> None:
    assert revocations.ask_due(clock=lambda: now, stop=lambda: True) == 0
    assert not asked_of(stub)


def test_workers_leave_alone_what_a_member_is_waiting_for(plan: Plan, now: datetime) -> None:
    """Between the commit and the first asking; a process that dies there is replaced after half a minute."""
    revocations.begin(plan=plan, tokens=granted(plan), now=now)
    assert ask_at(now).attempts == 0
    assert ask_at(now + HEAD_START).state == "confirmed"


def test_a_worker_that_died_while_asking_is_replaced(
    waiting: Revocation, stub: StubPlan, now: datetime
) -> None:
    """The claim runs out."""
    stub.override["/revoke"] = UP
    Revocation.objects.update(attempts=1, next_try_at=now + LEASE)  # claimed, and never settled
    assert ask_at(now + LEASE - timedelta(seconds=1)).state == "waiting"
    assert ask_at(now + LEASE).state == "confirmed"


def test_o_34_while_one_asks_nobody_else_finds_it_due(
    shared_database: None, waiting: Revocation, stub: StubPlan, now: datetime
) -> None:
    due: list[int] = []

    def answer() -> Reply:
        try:
            due.append(Revocation.objects.due(now=now + LEASE - timedelta(seconds=1)).count())
        finally:
            databases.close_all()
        return UP

    stub.override["/revoke"] = answer
    assert revocations.ask(the_revocation(), now=now).state == "confirmed"
    assert set(due) == {0}


def test_o_34_of_many_workers_one_asks(
    shared_database: None, waiting: Revocation, stub: StubPlan, now: datetime
) -> None:
    """O-34: six workers read the same row before any of them claims it; each token is sent once."""
    read = threading.Barrier(6)

    def work(_worker: int) -> None:
        row = the_revocation()
        read.wait(timeout=20)
        revocations.ask(row, now=now)

    at_once(work, range(6))
    assert len(asked_of(stub)) == 2
    row = the_revocation()
    assert (row.state, row.attempts) == ("confirmed", 1)


def test_a_plan_that_is_down_is_asked_once_per_wait_not_once_per_member(
    waiting: Revocation, plan: Plan, stub: StubPlan, now: datetime
) -> None:
    """Ten thousand members of one dead plan do not keep the workers busy."""
    for _ in range(5):
        revocations.begin(plan=plan, tokens=granted(plan), now=now, at_once=False)
    stub.override["/revoke"] = DOWN
    assert revocations.ask_due(clock=lambda: now) == 1
    assert not Revocation.objects.due(now=now).exists()
    del stub.override["/revoke"]
    assert revocations.ask_due(clock=lambda: now + timedelta(minutes=1)) == 6


def test_a_slow_plan_is_asked_for_one_token_while_the_member_waits(
    alice_client: Client, plan: Plan, stub: StubPlan, settings: Any
) -> None:
    """The limits of one outside call are the longest wait; the rest is done in the background."""
    made = connect(alice_client, plan, stub)
    settings.OUTBOUND_READ_SECONDS = 0.2
    over = threading.Event()

    def hang() -> Any:
        over.wait(timeout=30)
        return UP

    stub.override["/revoke"] = hang
    try:
        page = end(alice_client, made)
    finally:
        over.set()
    assert 'data-state="waiting"' in page.content.decode()
    assert len(asked_of(stub)) == 1
    assert the_revocation().problem == "no answer"
    assert not Connection.objects.exists()


def test_a_plan_whose_addresses_would_have_to_be_looked_up_is_asked_in_the_background(
    alice_client: Client, plan: Plan, stub: StubPlan, transactional_db: None
) -> None:
    """Discovery may take several calls; no member waits for those."""
    made = connect(alice_client, plan, stub)
    long_ago = timezone.now() - timedelta(days=3)
    Plan.objects.update(discovered_at=long_ago, discovery_tried_at=long_ago)
    stub.asked.clear()
    page = end(alice_client, made)
    assert b"not-revoked" in page.content
    assert not stub.asked
    call_command("sync_worker", once=True)
    assert the_revocation().state == "confirmed"


def test_tokens_that_wait_to_be_ended_are_sealed_by_the_house(waiting: Revocation) -> None:
    assert b"refresh" in house_box().open(waiting, "sealed_tokens")


def test_a_house_key_that_is_lost_ends_the_asking(waiting: Revocation, now: datetime) -> None:
    """What does not open cannot be sent; it is said, not tried for ever."""
    Revocation.objects.update(sealed_tokens=b"garbage")
    row = ask_at(now)
    assert (row.state, row.problem, bytes(row.sealed_tokens)) == ("given_up", "unreadable here", b"")
    assert (row.has_moved, row.is_unreadable) == (False, True)


def test_the_database_refuses_tokens_that_outlive_the_asking(waiting: Revocation) -> None:
    for state in ("confirmed", "not_offered", "given_up"):
        with pytest.raises(IntegrityError), transaction.atomic():
            Revocation.objects.update(state=state)


def test_o_34_an_entry_that_an_older_version_left_in_the_queue_stops_no_worker_and_loses_nothing(
    waiting: Revocation, stub: StubPlan, settings: Any, transactional_db: None
) -> None:
    """O-34: it names a function that is here no more; the revocation is found by its own row, once."""
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    entry = DBTaskResult.objects.create(
        task_path="apps.connections.tasks.ask_plan_to_forget",
        args_kwargs={"args": [], "kwargs": {"revocation_id": str(waiting.pk)}},
        backend_name="default",
    )
    after = bring_records.enqueue(run_id=str(uuid.uuid4()))
    for _ in range(2):
        call_command("sync_worker", once=True)
    entry.refresh_from_db()
    assert (entry.status, len(entry.worker_ids)) == ("FAILED", 1), "tried once, and over"
    assert DBTaskResult.objects.get(pk=after.id).status == "SUCCESSFUL"
    assert the_revocation().state == "confirmed"
    assert len(asked_of(stub)) == 2, "its refresh token, and its access token"
    DBTaskResult.objects.update(finished_at=timezone.now() - timedelta(days=2))
    call_command("prune_db_task_results", min_age_days=1, verbosity=0)
    assert not DBTaskResult.objects.exists()
