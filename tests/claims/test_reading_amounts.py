"""Amounts as sent: exact or unknown, with their code, currency and source (facts claims 2 and 7)."""

from decimal import Decimal
from typing import Any

import pytest

from apps.kinds.claim.reading import read
from tests.claims import made
from tests.claims.made import STATUS, THO, amount, claim, concept, line, money, priced, reading


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("-68.80", "-68.80"),
        ("424627.40625", "424627.40625"),
        ("0.1", "0.1"),
        ("1e2", "100"),
        ('"12.50"', "12.50"),
        ('" 12.50 "', "12.50"),
        ('"$12.50"', None),
        ('"1,250.00"', None),
        ('"NaN"', None),
        ("NaN", None),
        ("Infinity", None),
        ("-Infinity", None),
        ("1e999", None),
        ("1e99999999999999999999", None),
        ("9" * 5000, None),
        ("1000000000001", None),
        ("true", None),
        ("null", None),
        ("[1]", None),
        ('{"value": 1}', None),
    ],
)
def test_amounts_are_exact_or_unknown(written: str, expected: str | None) -> None:
    body = made.body(claim(*money("submitted 777777, benefit 5.00"))).replace(b"777777", written.encode())
    found = read(body, {})
    assert amount(found.money.billed) == expected
    assert amount(found.money.plan_paid) == "5.00"


def test_money_in_another_currency_is_kept_and_never_added_across() -> None:
    record = reading(
        claim(
            priced("deductible", "20.00", currency="CAD"),
            priced("copay", "10.00"),
            priced("submitted", "1.00", currency=None),
        )
    )
    assert record.money.deductible.unit == "CAD"
    assert not record.money.your_share.is_known
    assert record.money.billed.currency is None
    assert record.money.billed.unit == "USD"


def test_lines_of_different_currencies_are_not_summed() -> None:
    lines = [line(1, priced("submitted", "1.00")), line(2, priced("submitted", "1.00", currency="CAD"))]
    assert not reading(claim(item=lines)).money.billed.is_known


def test_every_figure_says_where_it_came_from() -> None:
    record = reading(
        claim(
            priced("submitted", "1.00"),
            item=[line(1, priced("copay", "1.00")), line(2, priced("copay", "2.00"))],
        )
    )
    billed, copay = record.money.billed.source, record.money.copay.source
    assert billed is not None
    assert (billed.label, billed.path, billed.code, billed.summed) == (
        "Billed amount",
        "total[0]",
        "submitted",
        0,
    )
    assert copay is not None
    assert (copay.path, copay.code, copay.summed) == ("item.adjudication", "copay", 2)


@pytest.mark.parametrize(("name", "what"), [("", "deductible"), ("copay", "copay")])
def test_a_reason_of_the_share_says_what_an_amount_beside_a_network_is_where_no_name_does(
    name: str, what: str
) -> None:
    """1.5, 3.2: a category that is a network alone, or one that has the name of a sum before it."""
    told = {
        **beside(name, "innetwork", 40),
        "reason": concept(("https://x12.org/codes/claim-adjustment-reason-codes", "PR1")),
    }
    parts = reading(claim(*money("submitted 400"), item=[line(1, told)])).money
    known = {part for part in ("billed", "deductible", "copay") if getattr(parts, part).amount == 40}
    assert known == {what}


def test_a_basis_claim_with_totals_all_the_same_shows_them() -> None:
    profile = "http://hl7.org/fhir/us/carin-bb/StructureDefinition/C4BB-ExplanationOfBenefit-Professional-NonClinician-Basis"
    record = reading(claim(priced("submitted", "82.97"), meta={"profile": [profile]}))
    assert record.shares_money
    assert record.money.billed.amount == Decimal("82.97")


def test_billed_minus_allowed_is_worked_out_only_where_it_makes_sense() -> None:
    assert amount(reading(claim(*money("submitted 90, eligible 80"))).money.reduction) == "10"
    paid_more = claim(*money("submitted 90, eligible 0, benefit 60"))
    assert not reading(paid_more).money.reduction.is_known


def beside(code: str, status: str, amount: int) -> dict[str, Any]:
    return {
        "category": concept((THO, code), (STATUS, status)),
        "amount": {"value": amount, "currency": "USD"},
    }


INSIDE, OUTSIDE = beside("submitted", "innetwork", 300), beside("submitted", "outofnetwork", 100)


@pytest.mark.parametrize(
    ("totals", "billed"),
    [
        ([INSIDE], 300),
        ([INSIDE, beside("submitted", "outofnetwork", 0)], 300),
        ([INSIDE, OUTSIDE], None),
        ([beside("", "innetwork", 300)], None),
        ([beside("submitted", "denied", 300)], None),
        ([*money("submitted 400"), INSIDE, OUTSIDE], 400),
        ([*money("submitted 400"), beside("submitted", "other", 0)], 400),
        ([INSIDE, *money("submitted 400")], 400),
    ],
)
def test_a_network_beside_the_name_of_a_sum_leaves_it_a_sum_where_no_other_is_that(
    totals: list[dict[str, Any]], billed: int | None
) -> None:
    """3.2: "What was billed was not shared", of a sum called submitted, and in network; a plan that splits
    its sum by network, or fills a status in beside a zero, contradicts nothing."""
    record = reading(
        claim(*totals, *money("benefit 250, memberliability 150"), beside("benefit", "denied", 0))
    )
    assert (record.money.billed.amount, record.money.plan_paid.amount) == (billed, 250)
    assert record.disagreements == ()
    splits = [sent.value for sent in record.also_sent if sent.figure]
    amounts = [total["amount"]["value"] for total in totals]
    assert splits == [f"{amount} USD" for amount in amounts if amount in {100, 300} - {billed}]
