"""The dates of a claim, taken as written (facts claims 8)."""

from decimal import Decimal

from tests.claims.made import claim, line, priced, reading


def test_a_date_that_is_none_is_kept_as_text_and_costs_nothing_else() -> None:
    record = reading(claim(priced("submitted", "1.00"), billablePeriod={"start": "2026-02-30"}))
    assert (record.service_on, record.unreadable_dates) == (None, ("2026-02-30",))
    assert record.money.billed.amount == Decimal("1.00")


def test_m_05_a_placeholder_in_place_of_a_date_is_no_date_that_could_not_be_read() -> None:
    record = reading(claim(billablePeriod={"start": "IGNORED_FIELD", "end": "N/A"}, created="-"))
    assert (record.service_on, record.unreadable_dates) == (None, ())


def test_the_earliest_line_is_the_date_of_service() -> None:
    lines = [line(1), line(2, servicedDate=None, servicedPeriod={"start": "2026-03-02", "end": "2026-03-04"})]
    record = reading(claim(billablePeriod={"start": "2026-01-01", "end": "2026-12-31"}, item=lines))
    assert (record.service_start, record.service_end) == ("2026-03-02", "2026-03-09")
    assert (record.period_start, record.period_end) == ("2026-01-01", "2026-12-31")
