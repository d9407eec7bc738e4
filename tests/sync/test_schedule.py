"""Asking plans for news by itself: at each connection's own moment, few at a time, never for ever."""

import json
import logging
import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.connections.tokens import Tokens
from apps.plans.models import Plan
from apps.sync import actions, runner, schedule, schedule_words, scheduler
from apps.sync.models import Beat, Refresh, SyncRun
from apps.sync.models.passes import next_due
from apps.sync.schedule import MOST_FAILURES
from apps.sync.scheduler import LONGEST_SPREAD
from apps.vault.boxes import box_for
from apps.vault.models import DataKey
from tests.fhir.stub import Door, Stub, reply
from tests.length import is_exploring
from tests.quirks import set_quirks
from tests.sync.looking import tried

State = SyncRun.State
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def crowd(db: None, now: datetime) -> Callable[..., list[Connection]]:
    """Return a verb that makes so many connections of one plan, begun at *now*."""

    def verb(number: int, **quirks: Any) -> list[Connection]:
        base = "https://plan.example"
        plan = Plan.objects.create(slug="crowd", name="Crowd", fhir_base_url=base, own_quirks=quirks)
        people = Member.objects.bulk_create(
            [Member(email=f"m{index}@example.com") for index in range(number)]
        )
        rows = Connection.objects.bulk_create(
            [Connection(member=member, plan=plan, sealed_patient=b"", connected_at=now) for member in people]
        )
        for row in rows:
            schedule.begin(connection=row, now=now)
        return rows

    return verb


def finish_all(now: datetime, state: State = State.FINISHED, problem: str = "") -> list[Any]:
    """Be a worker that does everything at once; return whose runs were done."""
    done = []
    for run in list(SyncRun.objects.active().filter(next_try_at__lte=now)):
        SyncRun.objects.filter(pk=run.pk).update(state=state, problem=problem, finished_at=now)
        schedule.note_over(run, state=state, problem=problem, now=now)
        done.append(run.connection_id)
    return done


def test_every_connection_is_asked_once_a_period_at_its_own_moment(crowd: Any, now: datetime) -> None:
    rows = crowd(24)
    moments: dict[Any, list[datetime]] = {row.pk: [] for row in rows}
    at = now
    while at < now + 3 * DAY:
        scheduler.start_due(now=at)
        for connection_id in finish_all(at):
            moments[connection_id].append(at)
        at += timedelta(minutes=40)
    for asked in moments.values():
        assert 2 <= len(asked) <= 3
        assert {(later - earlier) for earlier, later in pairwise(asked)} == {DAY}
    hours = Counter(asked[0].hour for asked in moments.values())
    assert max(hours.values()) < 24 / 2, "spread over the day, not all at one time"


def test_after_three_days_without_a_worker_each_missed_update_runs_once_and_spread_out(
    crowd: Any, now: datetime
) -> None:
    """R-37, B-07: hundreds of connections (1,000 with the profile `explore`), one jump of the clock."""
    crowd(number := 1000 if is_exploring() else 120, runs_at_once=number)
    scheduler.start_due(now=now)
    back = now + 3 * DAY
    done: Counter[Any] = Counter()
    most, at = 0, back
    while at < back + LONGEST_SPREAD + HOUR:
        started = scheduler.start_due(now=at)
        most = max(most, started)
        done.update(finish_all(at))
        at += timedelta(minutes=3)  # of the 64 parts, not six minutes apart, at most one comes due
    assert len(done) == number
    assert set(done.values()) == {1}, "three missed days are one update"
    # Of 64 parts, drawn by the connections' ids, the fullest holds more than this once in a million runs.
    assert most <= number / 8, "and no minute gets many"


def test_no_more_updates_are_started_than_the_plan_has_room_for(crowd: Any, now: datetime) -> None:
    crowd(100, runs_at_once=2)
    Refresh.objects.update(due_at=now)
    assert scheduler.start_due(now=now) == 6
    assert scheduler.start_due(now=now) == 0
    finish_all(now)
    assert scheduler.start_due(now=now) == 6


def test_a_member_whose_key_is_damaged_keeps_nobody_waiting(
    crowd: Any, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = crowd(2)
    box_for(first.member)
    DataKey.objects.filter(member=first.member).update(wrapped=b"damaged")
    for place, connection in enumerate((first, second)):
        Refresh.objects.filter(pk=connection.pk).update(due_at=now - DAY + HOUR * place)
    assert scheduler.start_due(now=now) == 2
    assert "vault.datakey" in caplog.text


def test_while_no_key_can_be_had_a_run_waits_and_no_try_is_lost(
    connection: Connection, now: datetime, settings: Any
) -> None:
    box_for(connection.member)  # a data key that the site's keys then no longer open
    settings.VAULT_KEYS = [f"another:{'Q' * 43}="]
    run = actions.start(connection=connection, now=now)
    for hour in range(12):
        moment = now + HOUR * hour
        runner.run(run_id=run.pk, now_fn=lambda moment=moment: moment, connect=lambda *_, **__: Door())  # type: ignore[misc]
    run.refresh_from_db()
    assert (run.state, run.problem, run.attempts) == (State.WAITING, "unexpected", 0)


def test_a_plan_that_allows_none_is_asked_only_by_the_member(crowd: Any, now: datetime) -> None:
    (row,) = crowd(1, refresh_hours=0)
    assert Refresh.objects.get().rests_because == Refresh.Rest.PLAN
    assert scheduler.start_due(now=now + 3 * DAY) == 0
    set_quirks(refresh_hours=12)
    scheduler.tend(now=now)
    refresh = Refresh.objects.get()
    assert (refresh.rests_because, refresh.hours) == ("", 12)
    assert scheduler.start_due(now=now + DAY) == 1
    set_quirks(refresh_hours=0)
    finish_all(now + DAY)
    assert Refresh.objects.get().due_at is None
    assert row.runs.count() == 1


@pytest.mark.parametrize(
    ("tokens", "expires_in", "is_started"),
    [
        (Tokens(access_token="a"), -HOUR, False),
        (Tokens(access_token="a"), HOUR, True),
        (Tokens(access_token="a"), None, True),
        (Tokens(access_token="a", refresh_token="r"), -HOUR, True),
    ],
    ids=["expired", "unexpired", "unknown end", "renewable"],
)
def test_only_a_permission_that_can_be_used_is_used(
    connection: Connection, now: datetime, tokens: Tokens, expires_in: timedelta | None, is_started: bool
) -> None:
    box = box_for(connection.member)
    connection.sealed_tokens = box.seal(connection, "sealed_tokens", tokens.to_bytes())
    connection.access_expires_at = None if expires_in is None else now + expires_in
    connection.save()
    schedule.begin(connection=connection, now=now)
    Refresh.objects.update(due_at=now)
    assert scheduler.start_due(now=now) == int(is_started)
    assert Refresh.objects.get().rests_because == ("" if is_started else Refresh.Rest.PERMISSION)


@pytest.mark.parametrize("status", ["needs_sign_in", "kept"])
def test_an_ended_permission_is_left_alone_until_it_is_given_anew(
    connection: Connection, now: datetime, status: str
) -> None:
    schedule.begin(connection=connection, now=now)
    Connection.objects.update(status=status)
    assert scheduler.start_due(now=now + 3 * DAY) == 0
    assert Refresh.objects.get().rests_because == Refresh.Rest.PERMISSION
    Connection.objects.update(status="active")
    connection.refresh_from_db()
    actions.start_first(connection=connection, now=now + 3 * DAY)
    assert Refresh.objects.get().due_at == next_due(connection.pk, DAY, after=now + 3 * DAY)


def failed_days(connection: Connection, number: int, now: datetime) -> datetime:
    """Let so many scheduled updates fail, each at its moment."""
    schedule.begin(connection=connection, now=now)
    for _ in range(number):
        now = Refresh.objects.get().due_at or now
        Beat.objects.all().delete()  # a worker looked all the time: no downtime
        assert scheduler.start_due(now=now) == 1
        finish_all(now, State.FAILED, "unreachable")
    return now


def test_after_failures_in_a_row_it_stops_and_says_why(
    connection: Connection, alice_client: Client, now: datetime
) -> None:
    at = failed_days(connection, MOST_FAILURES - 1, now)
    assert Refresh.objects.get().due_at is not None
    at = failed_days(connection, MOST_FAILURES, now)
    refresh = Refresh.objects.get()
    assert (refresh.rests_because, refresh.due_at) == (Refresh.Rest.FAILURES, None)
    assert scheduler.start_due(now=at + 30 * DAY) == 0
    scheduler.tend(now=at + 30 * DAY)
    assert Refresh.objects.get().due_at is None, "upkeep does not wake what failed"
    html = alice_client.get(connection.get_absolute_url()).content.decode()
    assert "it did not work 5 times in a row. Your plan&#x27;s system could not be reached." in html
    assert "Press “Update now” to try again" in html
    alice_client.post(reverse("sync:again", args=[connection.pk]))
    refresh.refresh_from_db()
    assert (refresh.rests_because, refresh.failures, refresh.problem) == ("", 0, "")
    html = alice_client.get(connection.get_absolute_url()).content.decode()
    assert "for news once a day by ourselves. Next time:" in html


def test_one_success_forgets_the_failures_before(connection: Connection, now: datetime) -> None:
    at = failed_days(connection, MOST_FAILURES - 1, now)
    at = Refresh.objects.get().due_at or at
    Beat.objects.all().delete()
    assert scheduler.start_due(now=at) == 1
    finish_all(at)
    refresh = Refresh.objects.get()
    assert (refresh.failures, refresh.problem, refresh.succeeded_at) == (0, "", at)


def test_a_failed_update_that_the_member_asked_for_counts_not(connection: Connection, now: datetime) -> None:
    schedule.begin(connection=connection, now=now)
    for _ in range(MOST_FAILURES + 1):
        actions.start(connection=connection, now=now)
        finish_all(now, State.FAILED, "unreachable")
    assert Refresh.objects.get().failures == 0


def test_a_real_run_moves_the_schedule_on_when_it_ends(
    bring: Callable[..., SyncRun], connection: Connection, stub: Stub, now: datetime
) -> None:
    bring()
    refresh = Refresh.objects.get()
    assert refresh.succeeded_at == now
    assert now + DAY / 2 <= refresh.due_at <= now + 3 * DAY / 2
    for path in ("Patient/alice", "Coverage", "ExplanationOfBenefit"):
        stub.on(path, reply("", 403))
    due = refresh.due_at
    scheduler.start_due(now=due)
    run = connection.runs.active().get()
    tried(run, due)
    assert (run.state, run.is_scheduled) == (State.FAILED, True)
    assert Refresh.objects.get().failures == 1


def test_update_now_says_when_it_may_be_pressed_again(connection: Connection, alice_client: Client) -> None:
    """W-18: six times an hour, and not twice a minute."""
    started = timezone.now()
    for minutes in range(6):
        at = started - timedelta(minutes=50 - minutes)
        assert actions.next_start_at(runs=actions.newest(connection), now=at) is None
        actions.start_again(connection=connection, now=at)
        SyncRun.objects.active().update(state=State.FINISHED, finished_at=at)
    assert actions.next_start_at(runs=actions.newest(connection), now=started) == started + timedelta(
        minutes=10
    )
    html = alice_client.get(connection.get_absolute_url()).content.decode()
    assert schedule_words.rest(started + timedelta(minutes=10)) in html
    assert '<button class="button button--quiet">Update now' not in html
    response = alice_client.post(reverse("sync:again", args=[connection.pk]), follow=True)
    assert "This was updated just now. You can update again at" in response.content.decode()
    assert connection.runs.count() == 6


def test_what_is_stuck_is_an_error_in_the_log_and_a_filter_for_operators(
    connection: Connection, now: datetime, caplog: pytest.LogCaptureFixture, operator: Client
) -> None:
    """R-44: older than two periods; and who it is stays out of both."""
    scheduler.tend(now=now)
    assert Refresh.objects.get().due_at == next_due(connection.pk, DAY, after=now), "it had no place before"
    with caplog.at_level(logging.ERROR):
        scheduler.tend(now=now + 2 * DAY - HOUR)
        assert not caplog.records
        scheduler.tend(now=now + 2 * DAY)
    assert "plan stub: 1 connections were not brought up to date for two periods" in caplog.text
    Connection.objects.update(connected_at=timezone.now() - 3 * DAY)
    page = reverse("admin:sync_refresh_changelist")
    listed = operator.get(page, {"stuck": "yes"}).content.decode()
    assert str(connection.pk) in listed
    assert "alice" not in listed.lower()
    Refresh.objects.update(succeeded_at=timezone.now())
    assert str(connection.pk) not in operator.get(page, {"stuck": "yes"}).content.decode()
    assert str(connection.pk) in operator.get(page).content.decode()


def test_runs_without_a_worker_are_an_error_in_the_log(
    connection: Connection, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    actions.start(connection=connection, now=now)
    with caplog.at_level(logging.ERROR):
        scheduler.tend(now=now + 2 * HOUR)
    assert "1 updates wait for a worker" in caplog.text


def test_operators_read_the_reason_in_words_and_lift_a_pause(
    bring: Callable[..., SyncRun], stub: Stub, operator: Client
) -> None:
    stub.on("Patient/alice", reply("", 429, Retry_After="600"))
    bring(at=timezone.now())
    scheduler.tend(now=timezone.now())
    html = operator.get(reverse("admin:sync_refresh_changelist")).content.decode()
    assert "Waiting now" in html
    assert "busy and asked us to wait" in html
    paces = reverse("admin:sync_planpace_changelist")
    pk = Plan.objects.get().pk
    operator.post(paces, {"action": "forget", "_selected_action": [str(pk)]})
    run = SyncRun.objects.get()
    stub.on("Patient/alice", reply(json.dumps({"resourceType": "Patient", "id": "alice"})))
    SyncRun.objects.update(next_try_at=timezone.now())
    bring(at=timezone.now())
    run.refresh_from_db()
    assert run.state == State.FINISHED


def test_how_often_is_said_in_everyday_words_and_a_time_of_day_ends_its_sentence_with_one_period() -> None:
    often = {1: "once an hour", 12: "every 12 hours", 24: "once a day", 168: "every 7 days"}
    assert {hours: schedule_words.often(hours) for hours in often} == often
    for language in ("en", "es"):
        with translation.override(language):
            words = schedule_words.rest(datetime(2026, 11, 25, 19, 49, 30, tzinfo=UTC))
        assert re.search(r"[^.]\.$", words)


def test_who_waits_in_line_reads_so_and_no_time_that_means_nothing(
    connection: Connection, alice_client: Client
) -> None:
    run = actions.start(connection=connection, now=timezone.now())
    SyncRun.objects.update(problem="in_line", next_try_at=timezone.now() + timedelta(seconds=20))
    html = alice_client.get(run.get_absolute_url()).content.decode()
    assert "so this waits its turn. Nothing was lost." in html
    assert "We are asking Harborlight Health for your records." in html
    assert "we will try again" not in html


def test_the_schedule_is_said_in_spanish_too(connection: Connection, alice_client: Client) -> None:
    schedule.begin(connection=connection, now=timezone.now())
    alice_client.cookies["django_language"] = "es"
    page = alice_client.get(connection.get_absolute_url(), headers={"Accept-Language": "es"}).content.decode()
    assert "Pedimos novedades a Harborlight Health una vez al día por nuestra cuenta." in page
