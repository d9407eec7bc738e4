"""When a plan's year runs, and which limits it has: only what the plan says."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from apps.kinds.coverage.records import Cost, CostException, CoverageRecord
from apps.overview.plan_years import Limit, Limits, Span, calendar, limits, plan_years

TODAY = date(2026, 3, 9)
JULY = Span(date(2025, 7, 1), date(2026, 6, 30))


def coverage(
    starts: str | None = "2025-07-01", ends: str | None = "2026-06-30", **more: Any
) -> CoverageRecord:
    """Return a coverage with a period, of medical care unless a type is given."""
    return CoverageRecord(starts=starts, ends=ends, **more)


def cost(kind: str, amount: int | None, **more: Any) -> Cost:
    """Return a cost in US dollars."""
    return Cost(kind=kind, amount=None if amount is None else Decimal(amount), **more)


def test_a_period_of_a_year_is_a_plan_year() -> None:
    assert plan_years([coverage()]) == (JULY,)
    assert JULY.crosses_years
    assert not calendar(2025).crosses_years


@pytest.mark.parametrize(
    ("starts", "ends"),
    [
        ("1983-01-01", None),
        (None, "2025-12-31"),
        ("2020-07-01", "2026-06-30"),
        ("2025-07", "2026-06"),
        ("2025", "2025"),
        ("2026-06-30", "2025-07-01"),
        ("2025-02-31", "2026-01-01"),
    ],
    ids=["open", "end only", "years", "months", "a year", "turned round", "no day"],
)
def test_a_period_that_does_not_say_it_says_nothing_claims_10(starts: str | None, ends: str | None) -> None:
    assert plan_years([coverage(starts, ends)]) == ()


def test_medical_coverage_decides_before_that_of_teeth_and_drugs() -> None:
    dental = coverage("2025-01-01", "2025-12-31", type_code="DENTAL")
    assert plan_years([dental, coverage()]) == (JULY,)
    assert plan_years([dental]) == (calendar(2025),)


def test_coverage_entered_in_error_says_nothing() -> None:
    assert plan_years([coverage(status="entered-in-error")]) == ()


def test_limits_are_those_the_plan_shared_for_that_year_and_that_care() -> None:
    medical = coverage(costs=(cost("deductible", 1500), cost("maxoutofpocket", 6000), cost("gpvisit", 20)))
    older = coverage("2024-07-01", "2025-06-30", costs=(cost("deductible", 900),))
    drugs = coverage(type_code="DRUGPOL", costs=(cost("deductible", 100),))
    found = limits([medical, older, drugs], JULY, "medical", today=TODAY)
    assert (found.deductible, found.out_of_pocket) == (
        Limit(Decimal(1500), "USD"),
        Limit(Decimal(6000), "USD"),
    )
    assert limits([medical, older, drugs], JULY, "pharmacy", today=TODAY).deductible == Limit(
        Decimal(100), "USD"
    )
    assert limits([medical, older, drugs], JULY, "dental", today=TODAY) == Limits()


@pytest.mark.parametrize(
    "costs",
    [
        (cost("deductible", 1500), cost("deductible", 3000)),
        (cost("deductible", 3000, words="Family deductible"),),
        (cost("deductible", 3000, words="Deductible, out-of-network"),),
        (cost("deductible", None, share=Decimal("0.15")),),
        (cost("maxoutofpocket", 0),),
        (cost("deductible", 500, words="Deductible per hospital admission"),),
        (cost("other", 150, words="Frame allowance, maximum benefit"),),
        (cost("other", 150, words="Annual frame allowance, maximum benefit"),),
        (cost("other", 90, words="Maximum benefit per visit"),),
        (cost("other", 150, words="Maximum benefit"),),
        (cost("other", 150, words="Calendar year maximum benefit, every 24 months"),),
        (cost("other", 2000, words="Orthodontia maximum benefit per plan year"),),
        (cost("deductible", 1500, exceptions=(CostException(reason="retired"),)),),
    ],
    ids=[
        "two",
        "family",
        "outside",
        "a share",
        "zero as the most",
        "an admission",
        "frames",
        "frames of a year",
        "a visit",
        "of no year",
        "two years",
        "braces",
        "with exceptions",
    ],
)
def test_an_amount_that_may_be_no_limit_of_one_person_is_none(costs: tuple[Cost, ...]) -> None:
    assert limits([coverage(costs=costs)], JULY, "medical", today=TODAY) == Limits()


@pytest.mark.parametrize(
    "words", ["Annual maximum benefit", "Maximum benefit per calendar year", "Yearly maximum"]
)
def test_the_most_that_a_plan_pays_is_a_years_where_its_words_say_so(words: str) -> None:
    stated = limits([coverage(costs=(cost("other", 1500, words=words),))], JULY, "medical", today=TODAY)
    assert stated.benefit == Limit(Decimal(1500), "USD")


def test_coverage_without_an_end_states_the_limits_of_now_and_of_no_other_year() -> None:
    open_ended = coverage("2015-03-01", None, costs=(cost("deductible", 250),))
    assert limits([open_ended], JULY, "medical", today=TODAY).deductible == Limit(Decimal(250), "USD")
    assert limits([open_ended], calendar(2026), "medical", today=TODAY).deductible == Limit(
        Decimal(250), "USD"
    )
    assert limits([open_ended], calendar(2025), "medical", today=TODAY) == Limits()
    for more in ({"status": "cancelled"}, {"unreadable_dates": ("soon",)}):
        other = coverage("2015-03-01", None, costs=(cost("deductible", 250),), **more)
        assert limits([other], JULY, "medical", today=TODAY) == Limits()
