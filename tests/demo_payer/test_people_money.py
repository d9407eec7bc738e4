"""The invented claims' money: every line and total adds up, and the yearly limits hold."""

from collections import defaultdict
from decimal import Decimal
from functools import cache
from typing import Any

import pytest

from apps.demo_payer.people import plans
from apps.demo_payer.people.money import ZERO, Ledger, Split, cents
from tests.demo_payer.people_on_a_day import amounts, claims, kind, voids

BENEFITS = {
    benefits.name: benefits for benefits in vars(plans).values() if isinstance(benefits, plans.Benefits)
}


@cache
def _with_money() -> list[dict[str, Any]]:
    return [claim for claim in claims() if "total" in claim]


def _check(by_code: dict[str, Decimal]) -> None:
    prior = by_code.get("priorpayerpaid", ZERO)
    shared = by_code["deductible"] + by_code["copay"] + by_code["coinsurance"]
    assert by_code["submitted"] == by_code["discount"] + by_code["noncovered"] + by_code["eligible"]
    assert by_code["eligible"] == by_code["benefit"] + prior + shared
    assert by_code["benefit"] == by_code.get("paidtoprovider", by_code.get("paidtopatient"))
    assert shared <= by_code["memberliability"] <= shared + by_code["noncovered"]
    assert all(value >= 0 and value == cents(value) for value in by_code.values())


def test_every_line_adds_up() -> None:
    checked = 0
    for claim in _with_money():
        for item in claim["item"]:
            by_code = amounts(item.get("adjudication", []))
            if by_code:
                _check(by_code)
                checked += 1
    assert checked > 3000


def test_every_total_adds_up_and_is_the_sum_of_its_lines() -> None:
    for claim in _with_money():
        total = amounts(claim["total"])
        _check(total)
        assert claim["payment"]["amount"]["value"] == total["benefit"]
        if kind(claim) == "inpatient":
            assert amounts(claim["adjudication"]) == total
            continue
        lines = [amounts(item["adjudication"]) for item in claim["item"]]
        for code, amount in total.items():
            if code != "paidbypatient":
                assert amount == sum((line.get(code, ZERO) for line in lines), ZERO)


def test_what_is_not_covered_is_the_members_only_where_the_group_code_says_so() -> None:
    groups = set()
    for claim in _with_money():
        for item in claim["item"]:
            by_code = amounts(item.get("adjudication", []))
            if not by_code:
                continue
            shared = by_code["deductible"] + by_code["copay"] + by_code["coinsurance"]
            reasons = [
                entry["reason"]["coding"]
                for entry in item["adjudication"]
                if entry["category"]["coding"][0]["code"] == "adjustmentreason"
            ]
            assert len(reasons) == (1 if by_code["noncovered"] else 0)
            if reasons:
                group = reasons[0][0]["code"]
                groups.add(group)
                assert by_code["memberliability"] - shared == (by_code["noncovered"] if group == "PR" else 0)
            else:
                assert by_code["memberliability"] == shared
    assert groups == {"PR", "CO"}


def test_institutional_amounts_stand_at_the_header_or_on_the_lines_never_on_both() -> None:
    for claim in _with_money():
        if kind(claim) in ("inpatient", "outpatient"):
            on_lines = any(amounts(item.get("adjudication", [])) for item in claim["item"])
            assert on_lines != bool(amounts(claim["adjudication"]))


def test_deductible_and_out_of_pocket_never_pass_the_plans_limits() -> None:
    spent: dict[tuple[str, str, bool, str], list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
    taken_back = voids()
    for claim in _with_money():
        replaced = any(
            relation["relationship"]["coding"][0]["code"] == "replacedby"
            for relation in claim.get("related", [])
        )
        if claim["status"] != "active" or replaced or claim["id"] in taken_back:
            continue
        plan = claim["insurance"][0]["coverage"]["display"]
        inside = claim["adjudication"][0]["reason"]["coding"][0]["code"] == "innetwork"
        total = amounts(claim["total"])
        counted = spent[plan, claim["billablePeriod"]["start"][:4], inside, claim["patient"]["reference"]]
        counted[0] += total["deductible"]
        counted[1] += total["deductible"] + total["copay"] + total["coinsurance"]
    families: dict[tuple[str, str, bool, str], list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
    for (plan, year, inside, patient), (deductible, out_of_pocket) in spent.items():
        limits = BENEFITS[plan].limits(in_network=inside)
        assert deductible <= limits.deductible
        assert out_of_pocket <= limits.out_of_pocket
        families[plan, year, inside, patient[:-2]][0] += deductible
        families[plan, year, inside, patient[:-2]][1] += out_of_pocket
    for (plan, _, inside, _), (deductible, out_of_pocket) in families.items():
        limits = BENEFITS[plan].limits(in_network=inside)
        assert deductible <= limits.family_deductible
        assert out_of_pocket <= limits.family_out_of_pocket


def test_the_hospital_year_ends_exactly_at_the_out_of_pocket_maximum_and_care_is_free_from_then_on() -> None:
    year = [claim for claim in claims("70430001") if claim["billablePeriod"]["start"].startswith("2025")]
    counted = [claim for claim in year if claim["status"] == "active"]
    owed = sum((amounts(claim["total"])["memberliability"] for claim in counted), ZERO)
    assert owed == plans.SILVER.inside.out_of_pocket
    after = [claim for claim in counted if claim["billablePeriod"]["start"] > "2025-02-14"]
    assert len(after) > 20
    assert {amounts(claim["total"])["memberliability"] for claim in after} == {ZERO}


@pytest.fixture
def ledger() -> Ledger:
    """Return the ledger of a plan with a 2,500 deductible, 20 % coinsurance and a 7,500 maximum."""
    return Ledger(plans.SILVER)


def _hospital(ledger: Ledger, who: str, allowed: str, *, in_network: bool = True) -> Split:
    amount = cents(allowed)
    return ledger.settle(
        who=who, year=2025, in_network=in_network, care="hospital", billed=amount * 2, allowed=amount
    )


def test_the_deductible_comes_first_then_coinsurance_then_nothing(ledger: Ledger) -> None:
    first = _hospital(ledger, "a", "3000")
    assert (first.deductible, first.coinsurance, first.benefit) == (cents(2500), cents(100), cents(400))
    second = _hospital(ledger, "a", "50000")
    assert (second.deductible, second.coinsurance) == (ZERO, cents(4900))
    third = _hospital(ledger, "a", "1000")
    assert (third.shared, third.benefit) == (ZERO, cents(1000))


def test_the_family_limit_spares_the_third_person(ledger: Ledger) -> None:
    for who in ("a", "b"):
        assert _hospital(ledger, who, "2500").deductible == cents(2500)
    assert _hospital(ledger, "c", "100").deductible == ZERO


def test_an_undone_line_frees_the_limits_again(ledger: Ledger) -> None:
    split = _hospital(ledger, "a", "2000")
    ledger.undo(split, who="a", year=2025)
    assert _hospital(ledger, "a", "2500").deductible == cents(2500)
    assert _hospital(ledger, "b", "2500").deductible == cents(2500)


def test_out_of_network_has_limits_of_its_own_and_no_discount(ledger: Ledger) -> None:
    split = _hospital(ledger, "a", "1000", in_network=False)
    assert (split.discount, split.noncovered, split.reason) == (ZERO, cents(1000), "45")
    assert split.liability == cents(1000) + cents(500)
    assert _hospital(ledger, "a", "2500").deductible == cents(2500)


def test_parts_larger_than_the_bill_are_refused(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="cannot exceed"):
        ledger.settle(who="a", year=2025, in_network=True, care="lab", billed=cents(10), allowed=cents(11))
