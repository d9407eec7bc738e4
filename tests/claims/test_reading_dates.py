"""The dates of a claim, taken as written (facts claims 8)."""

from decimal import Decimal
from typing import Any

import pytest

from apps.kinds.claim.wording import story
from tests.claims.made import claim, concept, line, priced, reading


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


def stay(admitted: str, period: str, served: str) -> dict[str, Any]:
    """Return a stay in hospital whose dates start on these days."""
    category = "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBSupportingInfoType"
    info = {
        "sequence": 1,
        "category": concept((category, "admissionperiod")),
        "timingPeriod": {"start": admitted, "end": admitted},
    }
    return claim(
        kind="institutional",
        subType=concept(
            ("http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBInstitutionalClaimSubType", "inpatient")
        ),
        supportingInfo=[info],
        billablePeriod={"start": period, "end": period},
        item=[line(1, servicedDate=served)],
    )


def test_dates_that_are_years_apart_are_all_named() -> None:
    """8: admitted in 2011, billed for 2019: nobody but the plan knows which holds."""
    record = reading(stay("2011-05-23", "2019-01-01", "2019-11-02"))
    assert (record.service_start, record.dates_apart) == ("2011-05-23", ("2019-01-01", "2019-11-02"))
    told = (
        "The dates of this claim disagree by years: May 23, 2011, but also January 1, 2019 and "
        "November 2, 2019. We show the first; ask your plan which holds."
    )
    assert story(record).notices == (told,)


@pytest.mark.parametrize("served", ["2019-01-05", "2019-12-30", "2020-11-02"])
def test_dates_that_are_less_than_years_apart_are_no_contradiction(served: str) -> None:
    record = reading(stay("2019-01-02", "2019-01-02", served))
    assert (record.dates_apart, story(record).notices) == ((), ())


def test_a_long_period_around_the_lines_contradicts_none_of_them() -> None:
    made = claim(billablePeriod={"start": "2012-01-01", "end": "2026-12-31"}, item=[line(1)])
    assert reading(made).dates_apart == ()
