"""Partial dates as spans of time (https://hl7.org/fhir/R4/search.html#date)."""

from datetime import UTC, datetime

import pytest

from apps.demo_payer.server import dates

SPANS = {
    "2024": ((2024, 1, 1), (2025, 1, 1)),
    "2024-12": ((2024, 12, 1), (2025, 1, 1)),
    "2024-02-29": ((2024, 2, 29), (2024, 3, 1)),
    "2024-01-01T23:30:00-04:00": ((2024, 1, 2, 3, 30), (2024, 1, 2, 3, 30, 1)),
    "2024-01-01T10:00Z": ((2024, 1, 1, 10), (2024, 1, 1, 10, 1)),
    "2024-01-01T10:00:00.5Z": ((2024, 1, 1, 10, 0, 0, 500000), (2024, 1, 1, 10, 0, 0, 600000)),
    "2024-01-01T10:00:00.123456789Z": ((2024, 1, 1, 10, 0, 0, 123456), (2024, 1, 1, 10, 0, 0, 123457)),
}
NO_DATES = (
    *("", "24", "2024-1", "2024-02-30", "2024-01-01Z", "2024-01-01T25:00Z", "9999", "9999-12", "0000"),
    *("now", "２０２４"),
)


@pytest.mark.parametrize("text", SPANS)
def test_a_date_covers_the_time_it_leaves_open(text: str) -> None:
    start, end = (datetime(*parts, tzinfo=UTC) for parts in SPANS[text])  # type: ignore[misc, arg-type]
    assert dates.span(text) == dates.Span(start, end)


@pytest.mark.parametrize("text", NO_DATES)
def test_what_is_no_date_is_refused(text: str) -> None:
    """ValueError, never another exception."""
    with pytest.raises(ValueError):
        dates.span(text)
