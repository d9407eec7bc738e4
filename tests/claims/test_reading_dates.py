"""The dates of a claim, taken as written (facts claims 8)."""

from datetime import date
from decimal import Decimal

import pytest

from tests.claims.made import claim, line, priced, reading


def test_dates_are_taken_as_written_and_never_moved_to_another_day() -> None:
    record = reading(
        claim(billablePeriod={"start": "2026-03-01T00:00:00Z"}, created="2026-03-20T23:30:00.176000-04:00")
    )
    assert (record.service_start, record.service_end) == ("2026-03-01", None)
    assert record.created_on == date(2026, 3, 20)


@pytest.mark.parametrize(("written", "first"), [("2026", date(2026, 1, 1)), ("2026-03", date(2026, 3, 1))])
def test_partial_dates_stay_partial(written: str, first: date) -> None:
    record = reading(claim(billablePeriod={"start": written}))
    assert (record.service_start, record.service_on) == (written, first)


def test_a_date_that_is_none_is_kept_as_text_and_costs_nothing_else() -> None:
    record = reading(claim(priced("submitted", "1.00"), billablePeriod={"start": "IGNORED_FIELD"}))
    assert (record.service_on, record.unreadable_dates) == (None, ("IGNORED_FIELD",))
    assert record.money.billed.amount == Decimal("1.00")


def test_the_earliest_line_is_the_date_of_service() -> None:
    lines = [line(1), line(2, servicedDate=None, servicedPeriod={"start": "2026-03-02", "end": "2026-03-04"})]
    record = reading(claim(billablePeriod={"start": "2026-01-01", "end": "2026-12-31"}, item=lines))
    assert (record.service_start, record.service_end) == ("2026-03-02", "2026-03-09")
    assert (record.period_start, record.period_end) == ("2026-01-01", "2026-12-31")


def test_a_prescription_without_lines_is_dated_by_payment_then_creation() -> None:
    paid = claim(kind="pharmacy", billablePeriod=None, payment={"date": "2026-03-12"})
    assert reading(paid).service_start == "2026-03-12"
    assert reading(claim(kind="pharmacy", billablePeriod=None)).service_start == "2026-03-20"
    assert reading(claim(billablePeriod=None)).service_start is None
