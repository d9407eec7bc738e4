"""The year so far: what counts, per currency, and what is said about the rest."""

from decimal import Decimal
from typing import Any

from apps.claims.records import ClaimRecord
from apps.claims.year import so_far
from tests.claims.made import C4BB, claim, concept, priced, reading


def paid(number: str, billed: str, share: str | None, **changes: Any) -> ClaimRecord:
    """Return a claim of 2026 under a number of its own."""
    totals = [priced("submitted", billed, currency=changes.pop("currency", "USD"))]
    if share is not None:
        totals.append(priced("memberliability", share, system=C4BB))
    identifier = [{"value": number}]
    return reading(claim(*totals, id=number, identifier=identifier, **changes))


def test_a_year_sums_what_counts_and_names_what_does_not() -> None:
    records = [
        paid("1", "100.00", "20.00"),
        paid("2", "50.05", "0.10"),
        paid("3", "999.00", "999.00", status="cancelled"),
        paid("4", "999.00", "999.00", use="preauthorization"),
        paid("5", "999.00", "999.00", status="entered-in-error"),
        paid("6", "999.00", "999.00", billablePeriod={"start": "2025-12-31"}),
        paid("7", "30.00", None),
        reading(claim(id="8", identifier=[{"value": "8"}])),
        reading(claim(id="9", identifier=[{"value": "9"}])),
    ]
    year = so_far([records], 2026)
    (dollars,) = year.sums
    assert (year.claims, year.left_out, year.without_amounts) == (5, 1, 2)
    assert (dollars.claims, dollars.billed.amount, dollars.your_share.amount) == (
        3,
        Decimal("180.05"),
        Decimal("20.10"),
    )
    assert dollars.plan_paid.amount is None
    assert year.notes == (
        "2 claims came without amounts.",
        "1 claim came without your share.",
        "1 claim is not counted: cancelled, replaced or not decided yet.",
    )


def test_a_void_takes_the_claim_it_voids_out_of_the_year() -> None:
    void = paid(
        "2",
        "100.00",
        "20.00",
        related=[{"relationship": concept(("r", "prior")), "reference": {"value": "1"}}],
        supportingInfo=[{"category": concept((C4BB, "typeofbill")), "code": concept(("x", "118"))}],
    )
    year = so_far([[paid("1", "100.00", "20.00"), void]], 2026)
    assert (year.claims, year.left_out, year.sums) == (0, 2, ())


def test_a_replaced_claim_counts_once() -> None:
    newer = paid(
        "2", "90.00", "9.00", related=[{"relationship": concept(("r", "prior")), "reference": {"value": "1"}}]
    )
    (dollars,) = so_far([[newer, paid("1", "100.00", "20.00")]], 2026).sums
    assert dollars.your_share.amount == Decimal("9.00")


def test_equal_numbers_of_different_plans_are_different_claims() -> None:
    year = so_far([[paid("1", "10.00", "1.00")], [paid("1", "10.00", "1.00")]], 2026)
    assert year.claims == 2
    assert year.sums[0].your_share.amount == Decimal("2.00")


def test_currencies_are_summed_apart() -> None:
    year = so_far([[paid("1", "10.00", None), paid("2", "20.00", None, currency="CAD")]], 2026)
    assert [(one.currency, one.billed.amount) for one in year.sums] == [
        ("USD", Decimal(10)),
        ("CAD", Decimal(20)),
    ]
    assert "Amounts in different currencies are never added up." in year.notes


def test_reversals_are_summed_with_their_sign() -> None:
    year = so_far([[paid("1", "100.00", "20.00"), paid("2", "-100.00", "-20.00")]], 2026)
    assert year.sums[0].your_share.amount == 0
    assert year.sums[0].your_share.known == 2


def test_a_claim_without_service_date_counts_by_its_creation_and_one_without_any_does_not() -> None:
    created = paid("1", "10.00", None, billablePeriod=None)
    undated = paid("2", "10.00", None, billablePeriod=None, created=None)
    assert so_far([[created, undated]], 2026).claims == 1


def test_an_empty_year_says_nothing() -> None:
    year = so_far([], 2026)
    assert (year.claims, year.sums, year.notes) == (0, (), ())
