"""R-43: days that are no 24 hours, days that are rare, clocks that are wrong, dates of HTTP.

Not tested here: a clock that jumps while a statement runs, and hosts whose clocks differ for long: those have
to agree within seconds (docs/operations.md).
"""

import contextlib
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from itertools import pairwise
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone as django_timezone
from hypothesis import given
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict

from apps.connections.models import Connection
from apps.fhir.refusals import LONGEST_RETRY_AFTER_SECONDS, retry_after
from apps.outbound.door import Answer
from apps.plans.quirks import Quirks
from apps.sync import actions, schedule, schedule_words, scheduler
from apps.sync.leases import take
from apps.sync.models import LEASE, Refresh, SyncRun
from apps.sync.models.paces import OUTAGES, SLOWER, NotNow, PlanPace
from apps.sync.models.passes import next_due
from tests.fhir.stub import Stub, bundle
from tests.sync.conftest import an_eob
from tests.sync.test_schedule import finish_all

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
LOOK = 50 * MINUTE  # shorter than what counts as a time without workers
ZONES = ("UTC", "America/New_York", "America/Los_Angeles", "Pacific/Honolulu", "America/St_Johns")
CHANGES = (
    datetime(2026, 3, 8, 7, tzinfo=UTC),  # clocks of New York go forward
    datetime(2026, 11, 1, 6, tzinfo=UTC),  # and back
    datetime(2028, 2, 29, tzinfo=UTC),
    datetime(2100, 2, 28, 23, 59, 59, tzinfo=UTC),  # no leap day follows
    datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC),
    datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC),  # a leap second followed
    datetime(1999, 12, 31, 23, 59, 59, tzinfo=UTC),  # before the schedule's own epoch
)
LONG_AGO = datetime(1990, 1, 1, tzinfo=UTC)
MOMENTS = st.one_of(
    st.builds(
        lambda at, seconds: at + timedelta(seconds=seconds),
        st.sampled_from(CHANGES),
        st.integers(-200_000, 200_000),
    ),
    st.integers(0, 160 * 365 * 86400).map(lambda seconds: LONG_AGO + timedelta(seconds=seconds)),
)


# --- the schedule -----------------------------------------------------------------------------------------


@given(MOMENTS, st.uuids(), st.sampled_from([1, 6, 7, 12, 24, 36, 24 * 7, 24 * 30]))
def test_the_next_moment_is_half_a_period_away_or_more_and_always_the_same(
    now: datetime, connection_id: uuid.UUID, hours: int
) -> None:
    """R-43: whatever the calendar does on that day."""
    period = timedelta(hours=hours)
    due = next_due(connection_id, period, after=now)
    assert period / 2 <= due - now < period * 3 / 2
    assert next_due(connection_id, period, after=due) - due == period
    assert next_due(connection_id, period, after=due - period / 2) == due


@pytest.mark.parametrize("wrong", [-DAY, DAY])
def test_after_a_clock_was_a_day_wrong_the_schedule_is_right_again_by_itself(
    connection: Connection, now: datetime, wrong: timedelta
) -> None:
    """R-43: an update ended under the wrong clock; then it is put right. The next ones follow in time."""
    run = actions.start(connection=connection, now=now, is_scheduled=True)
    SyncRun.objects.filter(pk=run.pk).update(state="finished", finished_at=now)
    schedule.note_over(run, state=SyncRun.State.FINISHED, problem="", now=now + wrong)
    moments = [now]
    for at in (now + LOOK * turns for turns in range(28 * 5)):
        scheduler.start_due(now=at)
        moments += [at] * len(finish_all(at))
    waits = [later - earlier for earlier, later in pairwise(moments)]
    assert waits[0] <= max(wrong, timedelta(0)) + DAY * 3 / 2 + LOOK
    assert 2 <= len(waits[1:]) <= 5
    assert all(DAY / 2 <= wait <= DAY * 3 / 2 + LOOK for wait in waits[1:])


def test_a_run_taken_by_a_clock_a_day_ahead_is_free_again_within_that_day(
    connection: Connection, now: datetime
) -> None:
    """R-43: its worker died; nobody waits longer for the run than the clock was wrong, and a lease."""
    run = actions.start(connection=connection, now=now)
    assert take(run_id=run.pk, now_fn=lambda: now + DAY)
    assert take(run_id=run.pk, now_fn=lambda: now + LEASE) is None
    assert take(run_id=run.pk, now_fn=lambda: now + DAY + LEASE + MINUTE)


@pytest.mark.parametrize("state", [SyncRun.State.WAITING, SyncRun.State.RUNNING, SyncRun.State.FINISHED])
def test_what_a_clock_a_year_ahead_wrote_keeps_no_member_from_updates_until_that_day(
    connection: Connection, now: datetime, state: SyncRun.State
) -> None:
    """R-43: it moved on whatever was due by a year, and its runs slept until then: no certificate held."""
    year = max(now, datetime.now(UTC)) + 365 * DAY
    schedule.begin(connection=connection, now=year)
    run = actions.start(connection=connection, now=year)
    hold = take(run_id=run.pk, now_fn=lambda: year)
    assert hold is not None
    if state == SyncRun.State.WAITING:
        hold.retry_in(MINUTE, problem="unreachable")
    elif state == SyncRun.State.FINISHED:
        hold.finish(state)
    scheduler.tend(now=now)
    refresh = Refresh.objects.get()
    assert refresh.due_at is not None
    assert refresh.due_at - now <= DAY * 3 / 2
    assert refresh.succeeded_at is None or refresh.succeeded_at <= now
    assert actions.next_start_at(runs=actions.newest(connection), now=now + MINUTE) is None
    if state != SyncRun.State.FINISHED:
        assert SyncRun.objects.to_queue_again(now=now).get() == run
        assert take(run_id=run.pk, now_fn=lambda: now)


def test_a_run_that_was_queued_by_a_clock_a_year_ahead_is_queued_again_when_its_entry_is_lost(
    connection: Connection, now: datetime
) -> None:
    """R-43: sweeping leaves alone what was queued a moment ago."""
    run = actions.start(connection=connection, now=now - DAY)
    SyncRun.objects.update(queued_at=max(now, datetime.now(UTC)) + 365 * DAY)
    scheduler.tend(now=now)
    assert SyncRun.objects.to_queue_again(now=now).get() == run


def test_a_clock_far_behind_calls_nothing_wrong_that_the_database_does_not(
    connection: Connection, now: datetime
) -> None:
    """R-43: else all that is right would be due again and again."""
    at = datetime.now(UTC)  # as the database says
    schedule.begin(connection=connection, now=at)
    run = actions.start(connection=connection, now=at)
    assert take(run_id=run.pk, now_fn=lambda: at)
    before = [*Refresh.objects.values(), *SyncRun.objects.values()]
    scheduler.tend(now=now - 365 * DAY)
    assert [*Refresh.objects.values(), *SyncRun.objects.values()] == before


@pytest.mark.parametrize("ahead", [timedelta(hours=2), 365 * DAY])
@pytest.mark.parametrize("per_minute", [None, 1, 600])
def test_a_question_asked_by_a_clock_that_was_ahead_keeps_nobody_from_asking(
    now: datetime, ahead: timedelta, per_minute: int | None
) -> None:
    """R-43: else no member of the plan would get anything until that day."""
    pace, quirks = PlanPace(), Quirks(requests_per_minute=per_minute)
    pace.take_turn(quirks, now=now + ahead)
    assert pace.take_turn(quirks, now=now).at == now
    with contextlib.suppress(NotNow):
        assert pace.take_turn(quirks, now=now).at - now <= MINUTE  # and after that in turn


def test_what_a_plan_asked_for_under_a_clock_far_ahead_shuts_it_for_nobody(
    connection: Connection, now: datetime
) -> None:
    """R-43: neither the wait it asked for, nor a slower rate, a pause or small pages."""
    pace, quirks, year = PlanPace(plan=connection.plan), Quirks(requests_per_minute=100), 365 * DAY
    pace.note_busy(quirks, asked_at=now + year, wait=MINUTE, now=now + year)
    pace.note_too_many(100, now=now + year)
    for run_id in (uuid.UUID(int=1), uuid.UUID(int=2)) * OUTAGES:
        pace.note_outage(run_id, now=now + year)
    pace.save()
    assert not PlanPace.objects.shut(now=now).exists()
    assert PlanPace.objects.shut(now=now + year).exists()
    assert pace.take_turn(quirks, now=now).at == now
    assert pace.learned_per_minute is None
    assert pace.most_at_once(100, now=now) == 100
    assert pace.note_busy(quirks, asked_at=now, wait=MINUTE, now=now) == now + MINUTE
    assert pace.learned_per_minute == 100 * SLOWER  # the rate is lowered now as ever
    assert pace.slowed_at == now


# --- Retry-After ------------------------------------------------------------------------------------------


def rfc_850(at: datetime) -> str:
    return f"{at:%A, %d-%b-%y %H:%M:%S} GMT"


def asctime(at: datetime) -> str:
    return f"{at:%a %b} {at.day:2d} {at:%H:%M:%S %Y}"


FORMATS: tuple[Callable[[datetime], str], ...] = (
    lambda at: format_datetime(at, usegmt=True),
    rfc_850,
    asctime,
)


def read(text: str, now: datetime) -> float | None:
    answer = Answer(429, CaseInsensitiveDict({"retry-after": text}), b"", "")
    return retry_after(answer, now=now)


@given(
    MOMENTS.filter(lambda at: 1970 <= at.year < 2068),  # years of two digits mean these
    st.integers(-100_000, 100_000),
    st.sampled_from(FORMATS),
    st.sampled_from(ZONES),
)
def test_every_http_date_means_the_same_moment(
    now: datetime, seconds: int, spelled: Callable[[datetime], str], zone: str
) -> None:
    """R-43: in each of the formats, around days of 23 and 25 hours, whatever zone our clock shows."""
    now = now.replace(microsecond=0)
    wait = read(spelled(now + timedelta(seconds=seconds)), now.astimezone(ZoneInfo(zone)))
    assert wait == min(max(seconds, 0), LONGEST_RETRY_AFTER_SECONDS)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Wed, 25 Nov 2026 07:00:30 -0500", 30),  # not allowed, but clear
        ("Wed, 25 Nov 2026 12:00:30 -0000", 30),
        ("Sat, 31 Dec 9999 23:59:59 GMT", 3600),
        ("Mon, 01 Jan 0001 00:00:00 GMT", 0),
        ("Sun, 29 Feb 2027 12:00:00 GMT", None),
        ("Wed, 25 Nov 2026 25:00:00 GMT", None),
    ],
)
def test_odd_http_dates(now: datetime, text: str, seconds: float | None) -> None:
    """R-43."""
    assert read(text, now) == seconds


# --- words ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "later", "words"),
    [
        ("2026-03-07 23:30", 23 * HOUR, "tomorrow"),  # a day of 23 hours
        ("2026-10-31 23:30", 25 * HOUR, "tomorrow"),  # and one of 25
        ("2026-11-01 00:10", 24 * HOUR, "today"),  # which lasts 24 hours and more
        ("2026-03-08 01:30", 2 * HOUR, "today"),
        ("2026-12-31 23:30", 2 * HOUR, "tomorrow"),
        ("2028-02-28 12:00", DAY, "tomorrow"),
        ("2028-02-29 12:00", DAY, "tomorrow"),
        ("2027-02-28 12:00", 2 * DAY, "March 2, 2027"),
        ("2026-11-25 12:00", -DAY, "within the hour"),  # a clock that was ahead has been put right
    ],
)
def test_today_and_tomorrow_are_days_of_the_members_zone(now: str, later: timedelta, words: str) -> None:
    """R-43: by the calendar, not by 24 hours."""
    with django_timezone.override(ZoneInfo("America/New_York")):
        at = datetime.fromisoformat(now).replace(tzinfo=ZoneInfo("America/New_York")).astimezone(UTC)
        assert schedule_words.moment(at + later, now=at) == words


@given(MOMENTS, st.integers(3600, 10**6), st.sampled_from(ZONES))
def test_the_moment_is_named_by_how_many_midnights_lie_between(
    now: datetime, seconds: int, zone: str
) -> None:
    """R-43."""
    at, here = now + timedelta(seconds=seconds), ZoneInfo(zone)
    midnights = at.astimezone(here).toordinal() - now.astimezone(here).toordinal()
    with django_timezone.override(here):
        words = schedule_words.moment(at.astimezone(timezone(timedelta(hours=5))), now=now)
    assert words == {0: "today", 1: "tomorrow"}.get(midnights, words)
    assert (words in ("today", "tomorrow")) == (midnights < 2)


# --- the plan's clock -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stamps", "since"),
    [
        (
            ("2026-11-01T01:50:00-04:00", "2026-11-01T01:30:00-05:00"),
            "2026-10-31T06:30:00Z",
        ),  # the hour twice
        (("2026-03-08T01:59:59-05:00", "2026-03-08T03:00:00-04:00"), "2026-03-07T07:00:00Z"),
        (("2025-12-31T23:30:00-10:00", "2026-01-01T00:30:00Z"), "2025-12-31T09:30:00Z"),
        (("2024-02-29T20:00:00-06:00", "2024-02-29T20:00:00"), "2024-02-29T02:00:00Z"),  # none named: UTC
        (("2027-06-01T00:00:00Z", "2026-01-01T00:00:00Z"), "2026-11-24T12:00:00Z"),  # ahead of ours
    ],
)
def test_changes_are_asked_for_from_a_day_before_the_newest_stamp_whatever_its_zone(
    bring: Callable[..., SyncRun], stub: Stub, now: datetime, stamps: tuple[str, str], since: str
) -> None:
    """R-43: of records that another system stamped, in its own time."""
    sent = [an_eob(number, meta={"lastUpdated": stamp}) for number, stamp in enumerate(stamps)]
    stub.on("ExplanationOfBenefit", bundle(*sent))
    bring()
    stub.asked.clear()
    bring(at=now + DAY)
    (asked,) = [url for url in stub.asked if url.startswith("ExplanationOfBenefit")]
    assert parse_qs(asked.partition("?")[2])["_lastUpdated"] == [f"ge{since}"]
