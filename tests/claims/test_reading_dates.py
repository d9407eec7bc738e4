"""The dates of a claim, taken as written (facts claims 8)."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from apps.kinds.claim.reading import read
from apps.kinds.claim.wording import story
from tests.claims.made import claim, concept, line, priced, reading
from tests.claims.payer_data import claims


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


def test_dates_that_are_more_than_a_year_apart_are_all_named() -> None:
    """8: admitted in 2011, billed for 2019: nobody but the plan knows which holds."""
    record = reading(stay("2011-05-23", "2019-01-01", "2019-11-02"))
    assert (record.service_start, record.dates_apart) == ("2011-05-23", ("2019-01-01", "2019-11-02"))
    told = "May 23, 2011, but also January 1, 2019 and November 2, 2019"
    assert story(record).when == told
    [asked] = [row[2] for row in story(record).checklist if row[0] == "date"]
    assert asked == f"{told}: the dates of this claim disagree. Ask your plan which holds."


@pytest.mark.parametrize("served", ["2016", "2016-12", "2017-12-31", "2020-01-04", "2020-11-02", "2021"])
def test_8_more_than_a_year_between_two_dates_is_a_contradiction(served: str) -> None:
    record = reading(stay("2019-01-02", "2019-01-02", served))
    assert record.dates_apart == (served,)


@pytest.mark.parametrize(
    "served", ["2018", "2018-01", "2018-01-01", "2019-01-05", "2020", "2020-01", "2020-01-03"]
)
def test_dates_that_can_lie_within_a_year_are_no_contradiction(served: str) -> None:
    record = reading(stay("2019-01-02", "2019-01-02", served))
    assert (record.dates_apart, story(record).notices) == ((), ())
    assert "but also" not in story(record).when


def test_a_long_period_around_the_lines_contradicts_none_of_them() -> None:
    made = claim(billablePeriod={"start": "2012-01-01", "end": "2026-12-31"}, item=[line(1)])
    assert reading(made).dates_apart == ()


@pytest.mark.parametrize("served", ["2017-03-01", "2018-12-31", "2019-12-01", "2020-06-01"])
def test_a_long_stay_contradicts_no_line_in_it_or_within_a_year_of_it(served: str) -> None:
    made = stay("2018-01-01", "2018-01-01", served)
    made["supportingInfo"][0]["timingPeriod"]["end"] = "2019-10-01"
    made["billablePeriod"]["end"] = "2019-10-01"
    assert reading(made).dates_apart == ()


def test_8_published_claims_whose_dates_are_more_than_a_year_apart_say_so(shared: Path) -> None:
    """All of synthea's: what is billed starts 671 days after the lines or more, and goes on for a year."""
    records = [read(body, {}) for _name, body in claims(shared, "synthea-smart-sample")]
    assert len(records) == 81
    for record in records:
        served, billed = (
            date.fromisoformat(record.service_start or ""),
            date.fromisoformat(record.period_start or ""),
        )
        assert (billed - served).days >= 671
        assert record.dates_apart == (record.period_start,)


@pytest.mark.parametrize(
    ("folder", "apart"),
    [
        ("carin-bb-1.1.0", [("2011-05-23", ("2019-01-01",))]),
        ("carin-bb-2.2.0", [("2011-05-23", ("2019-01-01", "2019-11-02"))] * 2),
        ("carin-connectathon", []),
        ("cms-ab2d", [("2011-01-24", ("1942-01-03",))]),
        ("cms-bb2-python-sdk", []),
        ("cms-bfd-v2", [("2011-01-24", ("1942-01-03",))] * 3),
        ("davinci-pdex", []),
        ("hl7-r4-core-examples", []),
    ],
)
def test_8_other_published_claims_contradict_themselves_by_years_or_not_at_all(
    shared: Path, folder: str, apart: list[tuple[str, tuple[str, ...]]]
) -> None:
    records = [read(body, {}) for _name, body in claims(shared, folder)]
    assert records
    assert [(record.service_start, record.dates_apart) for record in records if record.dates_apart] == apart
