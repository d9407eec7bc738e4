"""How long until a plan is asked again."""

from datetime import datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.connections.revocation_answers import BACKOFF, backoff
from apps.outbound.limits import LONGEST_WAIT, asked_to_wait


def test_the_wait_grows_from_a_minute_to_a_day() -> None:
    waits = [backoff(attempts) for attempts in range(1, 30)]
    assert waits[0] == timedelta(minutes=1)
    assert waits[-1] == timedelta(days=1)
    assert waits == sorted(waits)
    assert set(waits) == set(BACKOFF)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("120", 120), (" 7200 ", 7200), ("0", 0)],
)
def test_seconds_are_obeyed(now: datetime, header: str, seconds: int) -> None:
    """RFC 9110 section 10.2.3."""
    assert asked_to_wait(header, now=now) == timedelta(seconds=seconds)


def test_dates_are_obeyed(now: datetime) -> None:
    later = now + timedelta(hours=5)
    assert asked_to_wait(format_datetime(later, usegmt=True), now=now) == timedelta(hours=5)
    assert asked_to_wait("Wed, 25 Nov 2026 14:00:00", now=now) == timedelta(hours=2)
    assert asked_to_wait(format_datetime(now - timedelta(days=1), usegmt=True), now=now) == timedelta(0)
    assert asked_to_wait("1 Jan 0 0:0:0 GMT", now=now) == timedelta(0)  # of 2000, as mails have it


@pytest.mark.parametrize(
    "header",
    [
        "",
        "-5",
        "soon",
        "1.5",
        "٣",
        "1 Jan 99999999999999 0:0:0 GMT",
        "1 Jan 2027 0:0:0 +99999999999999999999",
        "99999999999999999999 Jan 2027 0:0:0 GMT",
        "1 Jan 2027 99999999999999999999:0:0 GMT",
        "Mon, 0 Foo",
        "()",
        "\x00",
    ],
)
def test_what_is_neither_seconds_nor_a_date_asks_for_no_wait(now: datetime, header: str) -> None:
    """RFC 9110 section 10.2.3: a header is a stranger's text."""
    assert asked_to_wait(header, now=now) is None


@given(st.text(max_size=60))
def test_no_header_breaks_it_or_waits_for_ever(header: str) -> None:
    now = datetime.fromisoformat("2026-11-25T12:00:00+00:00")
    wait = asked_to_wait(header, now=now)
    assert wait is None or timedelta(0) <= wait <= LONGEST_WAIT
    assert asked_to_wait("9" * 400, now=now) == LONGEST_WAIT
