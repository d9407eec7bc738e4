"""The bill in hand: read in one way or not at all, compared to the cent; causes are figures of the plan."""

from decimal import Decimal

import pytest
from msgspec import structs

from apps.kinds.claim.records import ClaimRecord, Figure
from apps.kinds.claim.wording import bill
from apps.kinds.claim.wording.amounts import NotAnAmount, read_amount
from tests.claims import made
from tests.claims.made import reading


def visit(**amounts: str) -> ClaimRecord:
    """Return the office visit: billed 480.00, discount 212.40, plan paid 214.08, share 53.52."""
    record = reading(made.visit())
    money = structs.replace(record.money, **{name: Figure(Decimal(text)) for name, text in amounts.items()})
    return structs.replace(record, money=money)


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("53.52", "53.52"), (" $53.52 ", "53.52"), ("1,234.56", "1234.56"), ("USD 12", "12"),
        ("12 usd", "12"), ("1,234,567.00", "1234567.00"), ("0", "0"),
    ],
)  # fmt: skip
def test_an_amount_is_read_as_americans_write_it(typed: str, amount: str) -> None:
    assert read_amount(typed) == Decimal(amount)


@pytest.mark.parametrize(
    ("typed", "start"),
    [
        ("", "Type the amount"), ("   ", "Type the amount"),
        ("1.234,56", "“1.234,56” cannot be read for sure"), ("1.234", "“1.234” cannot be read for sure"),
        ("12,5", "“12,5” cannot"), ("1,23", "“1,23” cannot"), ("1e5", "“1e5” cannot"),
        ("abc", "“abc” cannot"),
        ("٣٤", "“٣٤” cannot"), ("9" * 400, "“99999999999999999999” cannot"), ("NaN", "“NaN” cannot"),
        ("-5.00", "A minus on a bill"), ("−5", "A minus on a bill"), ("(5.00)", "A minus on a bill"),
        ("€20", "This claim is in USD"), ("20 EUR", "This claim is in USD"),
        ("CAD 5", "This claim is in USD"),
    ],
)  # fmt: skip
def test_what_is_no_amount_or_could_be_two_gets_a_sentence(typed: str, start: str) -> None:
    with pytest.raises(NotAnAmount) as problem:
        read_amount(typed)
    assert str(problem.value).startswith(start)
    assert bill.compared(visit(), typed, ()).outcome == "unread"


@pytest.mark.parametrize(
    ("amounts", "asked", "outcome", "cause"),
    [
        ({}, "53.5249", "same", ""),
        ({"you_paid": "20.00"}, "53.52", "higher", "$20.00 that your plan says you paid already"),
        ({"you_paid": "60.00"}, "0", "same", ""),
        ({"other_payer": "9.00", "plan_paid": "205.08"}, "44.52", "lower", ""),
    ],
)
def test_a_bill_is_the_same_higher_or_lower_and_a_cause_is_a_figure_of_the_plan(
    amounts: dict[str, str], asked: str, outcome: str, cause: str
) -> None:
    check = bill.check(visit(**amounts), Decimal(asked))
    assert (check.outcome, len(check.causes)) == (outcome, 1 if cause else 0)
    assert all(cause in one for one in check.causes)


@pytest.mark.parametrize(("asked", "is_told"), [("33.51", False), ("33.53", True), ("60", True)])
def test_what_was_noted_is_asked_about_where_the_bill_asks_for_more_than_is_left(
    asked: str, is_told: bool
) -> None:
    causes = bill.check(visit(), Decimal(asked), noted=Decimal(20)).causes
    assert any("ask whether the bill counts it" in cause for cause in causes) is is_told


@pytest.mark.parametrize(
    ("kind", "told", "asked"),
    [
        ("professional", "submitted 60, benefit 0, deductible 60, memberliability 60", "60"),
        ("professional", "submitted 100, paidtopatient 60, memberliability 40", "100"),
        ("pharmacy", "drugcost 50, benefit 30, memberliability 20, paidbypatient 20", "0"),
    ],
)
def test_a_bill_of_what_is_to_pay_is_not_accused_and_no_bill_is_not_a_bill_of_nothing(
    kind: str, told: str, asked: str
) -> None:
    """It asked why the plan "had done nothing" where the bill is the deductible, or where none was stated."""
    check = bill.check(reading(made.claim(*made.money(told), kind=kind)), Decimal(asked))
    assert (check.outcome, check.causes) == ("same", ())
